"""The moments of what layers read and give, gathered in batches, for least squares.

A consumer's columns are what it multiplies with its weights; a convolution's rows are samples x positions.
"""

from collections.abc import Sequence
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.modules.conv import _ConvNd

from effdash.pruning.least_squares import NormalEquations
from effdash.pruning.patches import batches, channels_first, evenly, patches
from effdash.pruning.surgery import Weighted

LEAST_ROWS: Final = 20_000
ROWS_A_COLUMN: Final = 30
"""A convolution is solved on as many samples, spread evenly, as give it this many rows, and so many for each
column: neighbouring positions say much the same, and the number of rows is what solving costs."""


def columns_of(module: Weighted, x: Tensor) -> Tensor:
    """(column, row): what a consumer multiplies with its weights."""
    return patches(module, x) if isinstance(module, _ConvNd) else x.reshape(-1, x.shape[-1]).T


def rows_of(module: Weighted, outputs: Tensor) -> Tensor:
    """(output, row): what it gives, rows as in `columns_of`."""
    if isinstance(module, _ConvNd):
        return channels_first(outputs)
    return outputs.reshape(-1, outputs.shape[-1]).T


def positions_of(module: Weighted, x: Tensor) -> int:
    """How many rows a sample gives."""
    return columns_of(module, x[:1]).shape[1]


def gather(
    modules: Sequence[Weighted],
    inputs: Sequence[Tensor],
    outputs: Tensor | None,
    weights: Float[Tensor, " sample"],
) -> NormalEquations:
    """The moments of the columns of consumers that are summed (or of one), and of their sum, if it is given.

    The columns of a consumer follow those of the one before it.
    """
    first = modules[0]
    columns = sum(columns_of(module, x[:1]).shape[0] for module, x in zip(modules, inputs, strict=True))
    positions = positions_of(first, inputs[0])
    chosen = slice(None)
    if any(isinstance(module, _ConvNd) for module in modules):
        chosen = _enough(len(weights), columns, positions)
    inputs, weights = [x[chosen] for x in inputs], weights[chosen]
    targets = None if outputs is None else outputs[chosen]
    equations = NormalEquations(columns, 0 if targets is None else rows_of(first, targets[:1]).shape[0])
    for part in batches(len(weights), columns * positions):
        seen = [columns_of(module, x[part]) for module, x in zip(modules, inputs, strict=True)]
        rows = seen[0] if len(seen) == 1 else torch.cat(seen)
        told = rows[:0] if targets is None else rows_of(first, targets[part])
        equations.add(rows, told, weights[part].repeat_interleave(positions))
    return equations


def gather_channels(
    inputs: Tensor, originals: Tensor | None, weights: Float[Tensor, " sample"]
) -> NormalEquations:
    """The moments of channels, positions as rows, and of the original channels, if they are given."""
    positions = inputs[0, 0].numel()
    chosen = _enough(len(weights), inputs.shape[1], positions)
    inputs, weights = inputs[chosen], weights[chosen]
    targets = inputs[:, :0] if originals is None else originals[chosen]
    equations = NormalEquations(inputs.shape[1], targets.shape[1])
    for part in batches(len(weights), (inputs.shape[1] + targets.shape[1]) * positions):
        equations.add(
            channels_first(inputs[part]),
            channels_first(targets[part]),
            weights[part].repeat_interleave(positions),
        )
    return equations


def _enough(samples: int, columns: int, positions: int) -> slice:
    """The samples that a convolution is solved on."""
    return evenly(samples, -(-max(LEAST_ROWS, ROWS_A_COLUMN * columns) // positions))
