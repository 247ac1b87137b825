"""One layer solved anew, or the layers of one sum: dense ones at once, convolutions in two steps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.modules.conv import _ConvNd

from effdash.pruning.flats import Flat
from effdash.pruning.least_squares import RIDGE, NormalEquations, Solution
from effdash.pruning.moments import Goal, Rows, gather_channels
from effdash.pruning.patches import Convolution, zero_padded
from effdash.pruning.surgery import Weighted, with_bias

PATCH_RIDGE: Final = 1e-4
"""Draws a convolution's weights to those that mixing its channels gives."""

ROUNDS: Final = 4
"""In which what an activation cuts off is let go."""

STEP: Final = 1.6
"""So many times as far as the equations of a round say; below 2 it goes on getting better, and faster."""


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
    layer: Unsolved, goal: Goal, known: NormalEquations | None, weights: Float[Tensor, " sample"]
) -> None:
    """Solves a layer so that it reaches its goal; `known` are its equations, if somebody has them already."""
    module = layer.module
    if known is None and isinstance(module, _ConvNd) and module.groups > 1:
        _solve_groups(layer, goal, weights)
    else:
        _write([layer], _solution([layer], goal, known, weights))


def solve_sum(layers: Sequence[Unsolved], goal: Goal, weights: Float[Tensor, " sample"]) -> None:
    """Solves layers so that together they reach a goal; the first one's bias is solved with them."""
    rest = goal.rest
    for other in layers[1:]:
        if other.module.bias is not None:
            shape = [-1] + [1] * (goal.total.dim() - 2) if isinstance(other.module, _ConvNd) else [-1]
            bias = other.module.bias.view(shape).expand_as(goal.total)
            rest = bias if rest is None else rest + bias
    _write(layers, _solution(layers, replace(goal, rest=rest), None, weights))


def _solve_groups(layer: Unsolved, goal: Goal, weights: Float[Tensor, " sample"]) -> None:
    """Every group of a convolution by itself."""
    assert isinstance(layer.module, Convolution)
    groups = layer.module.groups
    solutions = []
    for x, prior, part in zip(
        layer.x.chunk(groups, dim=1), layer.prior.chunk(groups), goal.of_groups(groups), strict=True
    ):
        solutions.append(_solution([Unsolved(layer.module, x, prior)], part, None, weights))
    whole = Solution(
        torch.cat([solution.weight for solution in solutions]),
        torch.cat([solution.bias for solution in solutions]),
    )
    _write([layer], whole)


def _solution(
    layers: Sequence[Unsolved], goal: Goal, known: NormalEquations | None, weights: Float[Tensor, " sample"]
) -> Solution:
    """The weights of layers, one after the other, and the bias with which they come closest to a goal.

    Where an activation follows that cuts off, closest behind it: in rounds, each of which asks for what is
    cut off that it stays beyond the cut, and for the rest that it is as in the original. Least squares alone
    would spend most of what the survivors can say on values that nobody hears.

    Source:
        The aim is that of Zhang et al., *Accelerating Very Deep Convolutional Networks for Classification
        and Detection*, arXiv 1505.06798, section 2.2.
    """
    prior = torch.cat([layer.prior.flatten(1) for layer in layers], dim=1)
    ridge = _ridge(layers)
    if known is not None and goal.flat is None:
        return known.solve(prior, ridge=ridge)
    rows = Rows.of([layer.module for layer in layers], [layer.x for layer in layers], goal, weights)
    equations = rows.moments() if known is None or rows.shift is not None else known
    solution = equations.solve(prior, ridge=ridge)
    if goal.flat is not None:
        for _ in range(ROUNDS):
            asked = equations.asking(_heard_behind(goal.flat, solution, rows))
            solution = solution.towards(asked.solve(prior, ridge=ridge), STEP)
    return solution if rows.shift is None else solution.unshifted(rows.shift)


def _heard_behind(flat: Flat, solution: Solution, rows: Rows) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Columns, outputs and weights, where of each output any value does that is the same behind `flat`."""
    for batch in rows:
        bias, weight = (numbers.to(batch.columns.dtype) for numbers in (solution.bias, solution.weight))
        given = torch.addmm(bias[:, None], weight, batch.columns)
        yield batch.columns, flat.nearest(given, batch.outputs, batch.rest), batch.weights


def _ridge(layers: Sequence[Unsolved]) -> float:
    return PATCH_RIDGE if any(isinstance(layer.module, _ConvNd) for layer in layers) else RIDGE


def _write(layers: Sequence[Unsolved], solution: Solution) -> None:
    """Puts a solution into its layers, whose columns lie one after the other in it."""
    sizes = [layer.module.weight[0].numel() for layer in layers]
    for layer, weight in zip(layers, solution.weight.split(sizes, dim=1), strict=True):
        layer.module.weight.copy_(weight.reshape(layer.module.weight.shape))
    with_bias(layers[0].module).copy_(solution.bias)
