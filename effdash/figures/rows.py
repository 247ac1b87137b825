"""What is drawn of each layer on its row of the unit map, beside its history."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, UInt8

from effdash.figures.status import HasUnits, layer_starts
from effdash.vocab import UnitStatus, UserError


@dataclass(frozen=True, eq=False)
class LayerFigures:
    """Four numbers of each layer at every epoch that has a map; nan: not recorded."""

    dead_samples: Float32[np.ndarray, "epochs layers"]
    """Share of the samples."""
    linear_samples: Float32[np.ndarray, "epochs layers"]
    median_range: Float32[np.ndarray, "epochs layers"]
    """Median over the units of the range of their pre-activations."""
    mean_gradient: Float32[np.ndarray, "epochs layers"]
    """Mean over the units of the gradient that reaches them."""

    def arrays(self) -> dict[str, np.ndarray]:
        """By the names that the canvas knows."""
        return {
            "deadSamples": self.dead_samples,
            "linearSamples": self.linear_samples,
            "medianRange": self.median_range,
            "meanGradient": self.mean_gradient,
        }

    def inserted(self, place: int, one: "LayerFigures") -> "LayerFigures":
        """These, with those of one more epoch in front of the one at `place`."""
        pairs = zip(self.arrays().values(), one.arrays().values(), strict=True)
        return LayerFigures(*(np.insert(all_, place, added[0], axis=0) for all_, added in pairs))

    def check(self, epochs: int, layers: int) -> None:
        """Raises `UserError` where they are not of so many epochs and layers."""
        if self.dead_samples.shape != (epochs, layers):
            shape = " x ".join(map(str, self.dead_samples.shape))
            raise UserError(f"the row figures are of {shape} maps and layers; there are {epochs} x {layers}")


def layer_figures(
    layers: Sequence[HasUnits],
    point_status: UInt8[np.ndarray, "epochs layers samples"],
    minimum: Float[np.ndarray, "epochs units"],
    maximum: Float[np.ndarray, "epochs units"],
    gradient: Float[np.ndarray, "epochs units"] | None = None,
) -> LayerFigures:
    """The row figures, of what a run file keeps of every unit and of the samples it follows.

    Args:
        layers: in order of application; their units are the columns of `minimum`, one layer after the other.
        point_status: status codes of the samples at each layer.
        minimum: smallest pre-activation of every unit; `maximum`: the largest.
        gradient: mean absolute gradient that reaches a unit, nan where it was not recorded.
    """
    spread = maximum - minimum
    reach = np.full_like(spread, np.nan) if gradient is None else gradient
    parts = [
        slice(start, start + layer.units) for start, layer in zip(layer_starts(layers), layers, strict=True)
    ]
    dead, linear = sample_shares(point_status)
    return LayerFigures(
        dead_samples=dead,
        linear_samples=linear,
        median_range=np.stack([np.median(spread[:, part], axis=1) for part in parts], 1).astype(np.float32),
        mean_gradient=np.stack([reach[:, part].mean(axis=1) for part in parts], 1).astype(np.float32),
    )


def sample_shares(
    point_status: UInt8[np.ndarray, "epochs layers samples"],
) -> tuple[Float32[np.ndarray, "epochs layers"], Float32[np.ndarray, "epochs layers"]]:
    """Which share of the samples is dead at each layer, and which is linear."""
    dead = (point_status == UnitStatus.DEAD).mean(axis=2, dtype=np.float32)
    linear = (point_status == UnitStatus.LINEAR).mean(axis=2, dtype=np.float32)
    return dead, linear
