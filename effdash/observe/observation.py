"""What one pass over data saw: extremes and status of every unit, and of every point at every layer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from effdash import vocab
from effdash.observe.curve import Curve, LinkedCurve
from effdash.observe.extremes import PassExtremes
from effdash.observe.layers import Layer
from effdash.observe.nonlinearity import interval_status, point_interval_status
from effdash.vocab import UserError

AnyCurve = Curve | LinkedCurve
Rule = Callable[[AnyCurve, np.ndarray, np.ndarray], np.ndarray]


@dataclass
class Observation:
    """Of units, concatenated in layer order, shape `(units,)`; of points, shape `(layers, samples)`.

    Every status is a statement about the model on these samples. Merge those of other samples with `merge`.
    `points` were not asked for where their arrays are `(layers, 0)`.
    """

    layers: list[Layer]
    n_samples: int
    unit_min: np.ndarray
    unit_max: np.ndarray
    active_share: np.ndarray
    unit_status: np.ndarray
    point_min: np.ndarray
    point_max: np.ndarray
    point_status: np.ndarray
    curves: tuple[AnyCurve, ...] = field(repr=False)
    unrecognised: tuple[str, ...] = ()

    @classmethod
    def of_pass(
        cls,
        layers: list[Layer],
        curves: Sequence[AnyCurve],
        unrecognised: Sequence[str],
        n_samples: int,
        seen: PassExtremes,
    ) -> "Observation":
        each = np.arange(len(layers))
        return cls(
            layers,
            n_samples,
            as_float32(seen.unit_min),
            as_float32(seen.unit_max),
            seen.active_share.astype(np.float32),
            _statuses(interval_status, curves, _layers_of_units(layers), seen.unit_min, seen.unit_max),
            as_float32(seen.point_min),
            as_float32(seen.point_max),
            _statuses(point_interval_status, curves, each, seen.point_min, seen.point_max),
            tuple(curves),
            tuple(unrecognised),
        )

    @property
    def constant(self) -> np.ndarray:
        """Units that say the same of every sample, whatever their status: bool, `(units,)`."""
        low, high = self.unit_min.astype(np.float64), self.unit_max.astype(np.float64)
        return vocab.is_constant(low, high)

    def units_table(self) -> pd.DataFrame:
        """A row a unit: `layer`, `unit`, `status`, `min`, `max`, `active_share`, `constant`."""
        return pd.DataFrame(
            {
                vocab.LAYER: np.repeat([layer.name for layer in self.layers], self._sizes()),
                vocab.UNIT: np.concatenate([np.arange(size) for size in self._sizes()]),
                vocab.STATUS: vocab.status_categories(self.unit_status),
                vocab.MINIMUM: self.unit_min,
                vocab.MAXIMUM: self.unit_max,
                vocab.ACTIVE_SHARE: self.active_share,
                vocab.CONSTANT: self.constant,
            }
        )

    def points_table(self) -> pd.DataFrame:
        """A row a layer and point: `layer`, `point`, `status`."""
        n_points = self.point_status.shape[1]
        return pd.DataFrame(
            {
                vocab.LAYER: np.repeat([layer.name for layer in self.layers], n_points),
                vocab.POINT: np.tile(np.arange(n_points), len(self.layers)),
                vocab.STATUS: vocab.status_categories(self.point_status.reshape(-1)),
            }
        )

    def merge(self, other: "Observation") -> "Observation":
        """This one and one of further samples of the same model, as if seen in one pass.

        Raises:
            UserError: the layers differ.
        """
        if [_key(layer) for layer in self.layers] != [_key(layer) for layer in other.layers]:
            raise UserError(
                f"observations of different models cannot be merged: one has {_names(self.layers)}, "
                f"the other {_names(other.layers)}"
            )
        n_samples = self.n_samples + other.n_samples
        share = self.active_share.astype(np.float64) * self.n_samples
        share += other.active_share.astype(np.float64) * other.n_samples
        unit_min = np.minimum(self.unit_min, other.unit_min)
        unit_max = np.maximum(self.unit_max, other.unit_max)
        return Observation(
            self.layers,
            n_samples,
            unit_min,
            unit_max,
            (share / n_samples).astype(np.float32),
            _statuses(interval_status, self.curves, _layers_of_units(self.layers), unit_min, unit_max),
            np.concatenate([self.point_min, other.point_min], axis=1),
            np.concatenate([self.point_max, other.point_max], axis=1),
            np.concatenate([self.point_status, other.point_status], axis=1),
            self.curves,
            tuple(dict.fromkeys((*self.unrecognised, *other.unrecognised))),
        )

    def _sizes(self) -> list[int]:
        return [layer.units for layer in self.layers]


def _key(layer: Layer) -> tuple[str, str, int]:
    """What has to agree; positions may not, with images of several sizes."""
    return layer.name, layer.kind, layer.units


def _names(layers: Sequence[Layer]) -> str:
    return ", ".join(f"{layer.name} ({layer.kind}, {layer.units})" for layer in layers)


def _statuses(
    rule: Rule, curves: Sequence[AnyCurve], layer_of_row: np.ndarray, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """`rule` on every row of `low` and `high`, with the curve of the row's layer.

    Layers with one nonlinearity go together, as they are many and small.
    """
    groups: dict[object, int] = {}
    group_of_layer = [groups.setdefault(_group(curve, i), i) for i, curve in enumerate(curves)]
    codes = np.empty(low.shape, dtype=np.uint8)
    for first in groups.values():
        rows = np.take(group_of_layer, layer_of_row) == first if len(groups) > 1 else slice(None)
        lows, highs = low[rows].astype(np.float64), high[rows].astype(np.float64)
        codes[rows] = rule(curves[first], lows.reshape(-1), highs.reshape(-1)).reshape(lows.shape)
    return codes


def _group(curve: AnyCurve, i: int) -> object:
    """Equal for curves that are the same function for all their units."""
    if isinstance(curve, LinkedCurve):
        return "linked", _group(curve.positive, i), _group(curve.negative, i)
    return (curve.kind, curve.parameters) if curve.slopes is None else i


def _layers_of_units(layers: Sequence[Layer]) -> np.ndarray:
    return np.repeat(np.arange(len(layers)), [layer.units for layer in layers])


def as_float32(values: np.ndarray) -> np.ndarray:
    """Rounded, but what is not 0 stays on its side of 0, so that a status can be told from it again."""
    if values.dtype == np.float32:
        return values
    tiny, huge = np.finfo(np.float32).smallest_subnormal, np.finfo(np.float32).max
    kept = np.sign(values) * np.clip(np.abs(values), tiny, huge)
    return kept.astype(np.float32)
