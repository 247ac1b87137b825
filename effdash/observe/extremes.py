"""Smallest and largest pre-activations: gathered on the device, brought to the host once a pass."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor


class BatchExtremes(NamedTuple):
    """Of one layer and batch: of units the smallest, largest, how many of `seen` above 0; of samples."""

    unit_min: Tensor
    unit_max: Tensor
    active: Tensor
    seen: int
    point_min: Tensor
    point_max: Tensor


def batch_extremes(z: Tensor, features_last: bool) -> BatchExtremes:
    """One read of `z`, `(sample, unit, *position)`, or `(sample, *position, unit)` with `features_last`.

    `amax` and `amin` are vectorised where `aminmax` and `max` with indices are not, and pass a nan on;
    comparing into a float buffer is several times faster than into bool.
    """
    unit_dim = z.dim() - 1 if features_last else 1
    positions = [dim for dim in range(1, z.dim()) if dim != unit_dim]
    above = torch.gt(z, 0, out=torch.empty(z.shape, dtype=torch.float32, device=z.device))
    if positions:
        largest, smallest = z.amax(positions), z.amin(positions)
        active = above.sum(positions).to(torch.int64).sum(0)
    else:
        largest, smallest = z, z
        active = above.sum(0)
    seen = z.numel() // z.shape[unit_dim]
    return BatchExtremes(smallest.amin(0), largest.amax(0), active, seen, smallest.amin(1), largest.amax(1))


class LayerGatherer:
    """Takes up the batches of one layer."""

    def __init__(self, first: BatchExtremes) -> None:
        self.unit_min, self.unit_max, self.active, self.seen = first[:4]
        self.point_min, self.point_max = [first.point_min], [first.point_max]

    def add(self, batch: BatchExtremes) -> None:
        self.unit_min = torch.minimum(self.unit_min, batch.unit_min)
        self.unit_max = torch.maximum(self.unit_max, batch.unit_max)
        # Counts of one batch are exact in float32, their sum may not be.
        self.active = self.active.to(torch.int64) + batch.active.to(torch.int64)
        self.seen += batch.seen
        self.point_min.append(batch.point_min)
        self.point_max.append(batch.point_max)


class PassExtremes(NamedTuple):
    """What a pass found, on the host, in float64: units `(units,)`, points `(layers, samples)`."""

    unit_min: np.ndarray
    unit_max: np.ndarray
    active_share: np.ndarray
    point_min: np.ndarray
    point_max: np.ndarray
    extra: np.ndarray


def to_host(gatherers: Sequence[LayerGatherer], extra: Sequence[Tensor], points: bool) -> PassExtremes:
    """Everything that was gathered, and some further tensors end to end, in one transfer."""
    lows = torch.cat([one.unit_min for one in gatherers])
    highs = torch.cat([one.unit_max for one in gatherers])
    active = torch.cat([one.active for one in gatherers])
    point_lows = [part for one in gatherers for part in one.point_min] if points else []
    point_highs = [part for one in gatherers for part in one.point_max] if points else []
    tensors = [lows, highs, active, *point_lows, *point_highs, *(tensor.reshape(-1) for tensor in extra)]
    common = torch.float64 if any(tensor.dtype == torch.float64 for tensor in tensors) else torch.float32
    host = torch.cat([tensor.to(common) for tensor in tensors]).cpu().to(torch.float64).numpy()
    n_units, n_points = len(lows), sum(map(len, point_lows))
    ends = np.cumsum([n_units, n_units, n_units, n_points, n_points])
    parts = np.split(host, ends)
    counts = np.repeat([one.seen for one in gatherers], [len(one.active) for one in gatherers])
    shape = (len(gatherers), n_points // len(gatherers))
    return PassExtremes(
        parts[0], parts[1], parts[2] / counts, parts[3].reshape(shape), parts[4].reshape(shape), parts[5]
    )
