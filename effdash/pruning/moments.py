"""The moments of what layers read and give, gathered in batches, for least squares.

A consumer's columns are what it multiplies with its weights; a convolution's rows are samples x positions.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.modules.conv import _ConvNd

from effdash.pruning.flats import Flat
from effdash.pruning.least_squares import NormalEquations
from effdash.pruning.patches import batches, channels_first, evenly, patches
from effdash.pruning.surgery import Weighted

LEAST_ROWS: Final = 20_000
ROWS_A_COLUMN: Final = 30
"""A convolution is solved on as many samples, spread evenly, as give it this many rows, and so many for each
column: neighbouring positions say much the same, and the number of rows is what solving costs."""


MOST_HELD: Final = 1 << 24
"""Numbers of columns that are kept for a second look, instead of written out again."""


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
    goal: "Goal | None",
    weights: Float[Tensor, " sample"],
) -> NormalEquations:
    """The moments of the columns of consumers that are summed (or of one), and of what they are to give.

    The columns of a consumer follow those of the one before it.
    """
    return Rows.of(modules, inputs, goal, weights).moments()


@dataclass(frozen=True, eq=False)
class Goal:
    """What layers are to add up to: `total`, to which others add `rest`, as their consumer gives it."""

    total: Tensor
    rest: Tensor | None = None
    flat: Flat | None = None
    """What an activation makes of the total, and nothing else does; `None`: all of it counts."""

    def missing(self) -> Tensor:
        """What the layers are to give themselves."""
        return self.total if self.rest is None else self.total - self.rest

    def part(self, samples: slice) -> "Goal":
        return replace(
            self, total=self.total[samples], rest=None if self.rest is None else self.rest[samples]
        )

    def float(self) -> "Goal":
        return replace(self, total=self.total.float(), rest=None if self.rest is None else self.rest.float())

    def of_groups(self, groups: int) -> Iterator["Goal"]:
        """Of every group of a convolution."""
        rests = [None] * groups if self.rest is None else self.rest.chunk(groups, dim=1)
        for total, rest in zip(self.total.chunk(groups, dim=1), rests, strict=True):
            yield replace(self, total=total, rest=rest)


class Batch(NamedTuple):
    """Some rows: what is multiplied with the weights, what it is to give, and how much each counts."""

    columns: Float[Tensor, "column row"]
    outputs: Float[Tensor, "output row"]
    weights: Float[Tensor, " row"]
    rest: Float[Tensor, "output row"] | None
    """What others add to the outputs."""


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows that layers which are summed (or one) are solved on, batch by batch; use `Rows.of`."""

    modules: Sequence[Weighted]
    inputs: Sequence[Tensor]
    goal: Goal | None
    weights: Float[Tensor, " sample"]
    columns: int
    positions: int

    @classmethod
    def of(
        cls,
        modules: Sequence[Weighted],
        inputs: Sequence[Tensor],
        goal: Goal | None,
        weights: Float[Tensor, " sample"],
    ) -> "Rows":
        """Without a goal outputs are empty. Of convolutions' samples enough are taken, spread evenly.

        Where these are solved at once they are in float32, whose rounding is far below the ridge, once what
        columns have in common is taken out of them.
        """
        columns = sum(columns_of(module, x[:1]).shape[0] for module, x in zip(modules, inputs, strict=True))
        positions = positions_of(modules[0], inputs[0])
        if any(isinstance(module, _ConvNd) for module in modules):
            chosen = _enough(len(weights), columns, positions)
            inputs, weights = [x[chosen] for x in inputs], weights[chosen]
            if goal is not None:
                inputs, weights = [x.float() for x in inputs], weights.float()
                goal = goal.part(chosen).float()
        return cls(modules, inputs, goal, weights, columns, positions)

    @cached_property
    def shift(self) -> Float[Tensor, " column"] | None:
        """What is taken from the columns: those of one row, so that of a constant nothing is left, not even
        rounding. `None` where they are in float64."""
        middle = slice(len(self.weights) // 2, len(self.weights) // 2 + 1)
        if self.weights.dtype == torch.float64:
            return None
        seen = torch.cat(
            [columns_of(module, x[middle]) for module, x in zip(self.modules, self.inputs, strict=True)]
        )
        return seen[:, self.positions // 2].clone()

    def moments(self) -> NormalEquations:
        outputs = 0 if self.goal is None else rows_of(self.modules[0], self.goal.total[:1]).shape[0]
        equations = NormalEquations(self.columns, outputs)
        for batch in self:
            equations.add(batch.columns, batch.outputs, batch.weights)
        return equations

    def __iter__(self) -> Iterator[Batch]:
        return iter(self._held) if self._fit else self._batches()

    @property
    def _fit(self) -> bool:
        return self.columns * self.positions * len(self.weights) <= MOST_HELD

    @cached_property
    def _held(self) -> tuple[Batch, ...]:
        return tuple(self._batches())

    def _batches(self) -> Iterator[Batch]:
        first = self.modules[0]
        for part in batches(len(self.weights), self.columns * self.positions):
            seen = [columns_of(module, x[part]) for module, x in zip(self.modules, self.inputs, strict=True)]
            columns = seen[0] if len(seen) == 1 else torch.cat(seen)
            if self.shift is not None:
                columns = columns - self.shift[:, None]
            weights = self.weights[part].repeat_interleave(self.positions)
            if self.goal is None:
                yield Batch(columns, columns[:0], weights, None)
            else:
                goal = self.goal.part(part)
                rest = None if goal.rest is None else rows_of(first, goal.rest)
                yield Batch(columns, rows_of(first, goal.missing()), weights, rest)


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
