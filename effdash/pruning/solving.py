"""One layer solved anew, or the layers of one sum: dense ones at once, convolutions in two steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.modules.conv import _ConvNd

from effdash.pruning.least_squares import RIDGE, NormalEquations, Solution
from effdash.pruning.moments import gather, gather_channels
from effdash.pruning.patches import Convolution, zero_padded
from effdash.pruning.surgery import Weighted, with_bias

PATCH_RIDGE: Final = 1e-4
"""Draws a convolution's weights to those that mixing its channels gives."""


@dataclass(frozen=True, eq=False)
class Unsolved:
    """A layer to be solved, with what it reads and the weights to stay near."""

    module: Weighted
    x: Tensor
    prior: Tensor


def mixed(
    convolution: Convolution,
    *,
    weight: Float[Tensor, "output channel *kernel"],
    x: Float[Tensor, "sample kept *position"],
    originals: Float[Tensor, "sample original *position"],
    known: NormalEquations | None,
    weights: Float[Tensor, " sample"],
) -> Float[Tensor, "output kept_of_a_group *kernel"]:
    """A convolution's weights on the channels `x`, if these say the `originals` as well as they can.

    `weight` are those on the original channels. Every original channel becomes a mixture of what is there,
    the same at all positions; where the border sees zeros, without a constant part. `known` are the moments
    of `x` and the originals, where somebody has them already.
    """
    groups = convolution.groups
    parts = []
    for block, seen, told in zip(
        weight.chunk(groups), x.chunk(groups, dim=1), originals.chunk(groups, dim=1), strict=True
    ):
        equations = gather_channels(seen, told, weights) if known is None or groups > 1 else known
        mixture = equations.solve(intercept=not zero_padded(convolution)).weight
        parts.append(torch.tensordot(block.transpose(1, -1), mixture, 1).transpose(1, -1))
    return torch.cat(parts)


def solve_layer(
    layer: Unsolved, target: Tensor, known: NormalEquations | None, weights: Float[Tensor, " sample"]
) -> None:
    """Solves a layer so that it gives `target`; `known` are its equations, if somebody has them already."""
    module = layer.module
    if known is not None:
        _write([layer], known.solve(layer.prior.flatten(1), ridge=_ridge([layer])))
    elif isinstance(module, _ConvNd) and module.groups > 1:
        _solve_groups(layer, target, weights)
    else:
        solve_sum([layer], target, weights)


def solve_sum(layers: Sequence[Unsolved], target: Tensor, weights: Float[Tensor, " sample"]) -> None:
    """Solves layers so that their outputs add up to `target`; the first one's bias is solved with them."""
    for other in layers[1:]:
        if other.module.bias is not None:
            shape = [-1] + [1] * (target.dim() - 2) if isinstance(other.module, _ConvNd) else [-1]
            target = target - other.module.bias.view(shape)
    equations = gather([layer.module for layer in layers], [layer.x for layer in layers], target, weights)
    prior = torch.cat([layer.prior.flatten(1) for layer in layers], dim=1)
    _write(layers, equations.solve(prior, ridge=_ridge(layers)))


def _solve_groups(layer: Unsolved, target: Tensor, weights: Float[Tensor, " sample"]) -> None:
    """Every group of a convolution by itself."""
    assert isinstance(layer.module, Convolution)
    groups = layer.module.groups
    solutions = []
    for x, prior, part in zip(
        layer.x.chunk(groups, dim=1), layer.prior.chunk(groups), target.chunk(groups, dim=1), strict=True
    ):
        equations = gather([layer.module], [x], part, weights)
        solutions.append(equations.solve(prior.flatten(1), ridge=PATCH_RIDGE))
    whole = Solution(
        torch.cat([solution.weight for solution in solutions]),
        torch.cat([solution.bias for solution in solutions]),
    )
    _write([layer], whole)


def _ridge(layers: Sequence[Unsolved]) -> float:
    return PATCH_RIDGE if any(isinstance(layer.module, _ConvNd) for layer in layers) else RIDGE


def _write(layers: Sequence[Unsolved], solution: Solution) -> None:
    """Puts a solution into its layers, whose columns lie one after the other in it."""
    sizes = [layer.module.weight[0].numel() for layer in layers]
    for layer, weight in zip(layers, solution.weight.split(sizes, dim=1), strict=True):
        layer.module.weight.copy_(weight.reshape(layer.module.weight.shape))
    with_bias(layers[0].module).copy_(solution.bias)
