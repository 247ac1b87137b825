"""Smallest and largest pre-activations: gathered on the device, brought to the host once a pass."""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import torch
from torch import Tensor

from effdash.observe.discovery import units_second

STACK_ENTRIES: Final = 1 << 17
"""A stack is reduced as soon as it has so many entries. A layer that has them alone needs no stack."""


class ExtremesVisitor:
    """Visits the pre-activations of forward passes. `finish` has to follow each of them.

    A small network pays for each operation, whatever its size. So layers of one shape wait for each other and
    are reduced side by side, in stacks of limited size.
    """

    def __init__(self) -> None:
        self._waiting: dict[torch.Size, Stack] = {}

    def __call__(self, z: Tensor, features_last: bool) -> "Place":
        """Reads `z`: `(sample, unit, *position)`, or `(sample, *position, unit)` with `features_last`."""
        z = units_second(z, features_last)
        stack = self._waiting.get(z.shape)
        if stack is None:
            stack = self._waiting[z.shape] = Stack(z.shape)
        place = stack.add(z)
        if stack.is_full:
            self._waiting.pop(z.shape).reduce()
        return stack, place

    def finish(self) -> None:
        """The forward pass is over: reduces what waits."""
        for stack in self._waiting.values():
            stack.reduce()
        self._waiting = {}


class Stack:
    """Layers of one shape, reduced side by side once it `is_full` or no other is to come.

    Then `units`, `(2, layer, unit)`, has the smallest and the largest of every unit, `points`,
    `(2, layer, sample)`, those of every sample, and `active`, `(layer, unit)`, how many values of every unit
    are above 0, out of `seen`.
    """

    units: Tensor
    points: Tensor
    active: Tensor

    def __init__(self, shape: torch.Size) -> None:
        self.n_samples, self.n_units = shape[:2]
        self.seen = shape.numel() // self.n_units
        self._room = math.ceil(STACK_ENTRIES / max(1, shape.numel()))
        self._waiting: list[Tensor] = []

    @property
    def is_full(self) -> bool:
        return len(self._waiting) == self._room

    def add(self, z: Tensor) -> int:
        """Returns the layer's index."""
        # An activation may write over what waits.
        self._waiting.append(z if self._room == 1 else z.clone())
        return len(self._waiting) - 1

    def reduce(self) -> None:
        """Fills in the results and lets go of the layers.

        `amax` and `amin` are vectorised where `aminmax` and `max` with indices are not, and pass a nan on.
        They are fastest with the samples outside, and with the positions first.
        """
        alone = len(self._waiting) == 1
        z = self._waiting[0].unsqueeze(1) if alone else torch.stack(self._waiting, 1)
        self._waiting = []
        smallest = largest = z
        active = above_zero(z)
        positions = tuple(range(3, z.dim()))
        if positions:
            smallest, largest = z.amin(positions), z.amax(positions)
            # Counts of one sample are exact in float32, their sum may not be.
            active = active.sum(positions).to(torch.int64)
        self.units = torch.stack([smallest.amin(0), largest.amax(0)])
        self.points = torch.stack([smallest.amin(2), largest.amax(2)]).transpose(1, 2)
        self.active = active.sum(0)


Place = tuple[Stack, int]
"""Where a layer's results are: in a stack, at an index."""


def above_zero(z: Tensor) -> Tensor:
    """1 where `z` is above 0, else 0. Several times faster in float than in bool."""
    return torch.gt(z, 0, out=torch.empty(z.shape, dtype=torch.float32, device=z.device))


class BatchExtremes(NamedTuple):
    """Of one batch, its layers end to end."""

    units: Tensor
    """`(2, unit)`"""
    active: Tensor
    seen: np.ndarray
    """Of each unit; on the host."""
    points: Tensor
    """`(2, layer, sample)`; without samples where points are not asked for."""


def end_to_end(places: Sequence[Place], *, points: bool) -> BatchExtremes:
    runs = neighbours(places)
    units = torch.cat([stack.units[:, run].flatten(1) for stack, run in runs], 1)
    active = torch.cat([stack.active[run].flatten() for stack, run in runs])
    seen = np.repeat([stack.seen for stack, _ in places], [stack.n_units for stack, _ in places])
    if not points:
        return BatchExtremes(units, active, seen, units.new_empty(2, len(places), 0))
    return BatchExtremes(units, active, seen, torch.cat([stack.points[:, run] for stack, run in runs], 1))


def neighbours(places: Sequence[Place]) -> list[tuple[Stack, slice]]:
    """The same places; what stands side by side in a stack, and often that is all of it, taken together."""
    runs: list[tuple[Stack, slice]] = []
    for stack, i in places:
        start = i
        if runs and runs[-1][0] is stack and runs[-1][1].stop == i:
            start = runs.pop()[1].start
        runs.append((stack, slice(start, i + 1)))
    return runs


class PassGatherer:
    """Takes up the batches of a pass; what it holds grows with their points only."""

    def __init__(self, first: BatchExtremes, n_samples: int) -> None:
        self.units, self.active, self.seen = first.units, first.active, first.seen
        self.points = [first.points]
        self.n_samples = n_samples

    def add(self, batch: BatchExtremes, n_samples: int) -> None:
        """The same layers on further samples."""
        self.n_samples += n_samples
        # In place: of many units, new arrays for every batch leave the memory in pieces.
        torch.minimum(self.units[0], batch.units[0], out=self.units[0])
        torch.maximum(self.units[1], batch.units[1], out=self.units[1])
        # Counts of one batch are exact in float32, their sum may not be.
        self.active = self.active.to(torch.int64)
        self.active += batch.active.to(torch.int64)
        self.seen += batch.seen
        if batch.points.numel():
            self.points.append(batch.points)


class PassExtremes(NamedTuple):
    """What a pass found, on the host, in float32 or float64: units `(units,)`, points `(layers, samples)`."""

    unit_min: np.ndarray
    unit_max: np.ndarray
    active_share: np.ndarray
    point_min: np.ndarray
    point_max: np.ndarray
    extra: np.ndarray


def to_host(gatherer: PassGatherer, extra: Sequence[Tensor]) -> PassExtremes:
    """Everything that was gathered, and some further tensors end to end, in one transfer."""
    points = torch.cat(gatherer.points, 2)
    tensors = [gatherer.units, gatherer.active, points, *extra]
    common = torch.float64 if any(tensor.dtype == torch.float64 for tensor in tensors) else torch.float32
    host = torch.cat([tensor.reshape(-1).to(common) for tensor in tensors]).cpu().numpy()
    ends = np.cumsum([gatherer.units.numel(), len(gatherer.active), points.numel()])
    units, active, of_points, rest = np.split(host, ends)
    unit_min, unit_max = units.reshape(2, -1)
    point_min, point_max = of_points.reshape(points.shape)
    return PassExtremes(unit_min, unit_max, active / gatherer.seen, point_min, point_max, rest)
