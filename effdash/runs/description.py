"""What a trainer hands to a run file: what the run is, once, and what an epoch was, every time."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from effdash.config import RunConfig
from effdash.vocab import JUMPSTART, LEARNING_RATE

if TYPE_CHECKING:
    import torch

    import effdash.data


CHANGEABLE: Final = (JUMPSTART, LEARNING_RATE)
"""What can be turned while a run trains."""


@dataclass(frozen=True)
class LayerInfo:
    """A place where a nonlinearity is applied."""

    name: str
    kind: str
    units: int
    positions: tuple[int, ...] = ()
    """Height and width of a convolutional layer's map, say; empty for a dense one."""


class DataSize(NamedTuple):
    """How many samples of a split statuses and accuracies are taken on, and how many it has."""

    observed: int
    total: int


@dataclass(frozen=True, eq=False)
class RunDescription:
    """What a run is from its first moment on.

    `config` is `None` where the network was not built by effdash. `graph` describes a network that no
    configuration does (`Graph.to_json`), one made smaller by pruning, say: then the model is rebuilt from it,
    and `config` says where it came from. With neither, it cannot be rebuilt.
    `probe` names the samples (indices into the split, at most 1,024) whose status is kept for every layer.
    `data` is given where the data cannot be had again from `config.data`: its tensors go into the file.
    `n_classes` is 0 where the samples have none.
    `weights` are given where the first ones cannot be had again from `config.seed`: they are in the file from
    its first moment on, as those of epoch 0.
    """

    config: RunConfig | None
    layers: Sequence[LayerInfo]
    input_shape: tuple[int, ...]
    n_classes: int
    data_sizes: Mapping[str, DataSize]
    probe: Mapping[str, np.ndarray]
    versions: Mapping[str, str] = field(default_factory=dict)
    data: "effdash.data.Dataset | None" = None
    graph: str | None = None
    weights: "Mapping[str, torch.Tensor] | None" = None
    parent: str | None = None
    name: str | None = None
    note: str = ""

    @property
    def units(self) -> int:
        return sum(layer.units for layer in self.layers)


@dataclass(frozen=True, eq=False)
class SplitRecord:
    """What the units did with one split at an epoch's end; units of all layers one after the other."""

    unit_status: np.ndarray
    """uint8 (unit)"""
    unit_min: np.ndarray
    """float32 (unit)"""
    unit_max: np.ndarray
    """float32 (unit)"""
    active_share: np.ndarray
    """float32 (unit)"""
    point_status: np.ndarray
    """uint8 (layer, probe sample)"""


@dataclass(frozen=True, eq=False)
class EpochRecord:
    """One epoch, as it is stored in one transaction. A scalar that is left out is stored as unknown."""

    epoch: int
    scalars: Mapping[str, float]
    train: SplitRecord
    test: SplitRecord | None = None
    grad_mean_abs: np.ndarray | None = None
    """float32 (unit); `None`: no backward pass was looked at."""
    extra: Mapping[str, float] = field(default_factory=dict)
    """Scalars of somebody's own, by their names."""


class ResumeState(NamedTuple):
    """All a trainer needs to go on after `epoch` as if it had never stopped. `values` is plain JSON."""

    epoch: int
    tensors: "dict[str, torch.Tensor]"
    values: dict[str, Any]


def checked(array: np.ndarray, dtype: type[np.generic], shape: tuple[int, ...], what: str) -> np.ndarray:
    """`array`, if it has this dtype and shape.

    Raises:
        ValueError: it has not; the message says which array, what came and what was expected.
    """
    if array.dtype != np.dtype(dtype) or array.shape != shape:
        expected = f"{np.dtype(dtype).name} {shape}"
        raise ValueError(f"{what} is {array.dtype.name} {array.shape}; this run needs {expected}")
    return array


def finite_or_none(value: float) -> float | None:
    """SQLite has no nan; what is unknown is NULL."""
    return None if math.isnan(value) else float(value)
