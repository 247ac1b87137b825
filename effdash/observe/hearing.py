"""Which samples a chain of layers hears: how far each gets before no unit fires for it.

Where a sample is dead at a layer, every later layer sees a constant, and no gradient of it comes back through
that layer. With ways around the layers (skip connections) neither holds, and nothing here applies.

Source:
    Riera Molina, *Training More Efficient Neural Networks* (2025): point efficiency.
"""

import numpy as np
import pandas as pd
from jaxtyping import Float64, Int64, Integer, UInt8

from effdash.vocab import LAYER, POINT, UnitStatus, UserError

DEPTH = "depth"
"""The place of a layer, counted from 1."""


def point_efficiency(
    point_status: UInt8[np.ndarray, "*epochs layers points"],
) -> Float64[np.ndarray, " *epochs"]:
    """Share of (layer, point) cells whose point is dead at no layer from there on, in [0, 1].

    Args:
        point_status: codes of `UnitStatus`, layers in order of application.

    Raises:
        UserError: there is no layer or no point.
    """
    layers, points = point_status.shape[-2:]
    if not layers or not points:
        raise UserError(f"point efficiency needs layers and points; there are {layers} and {points}")
    dead_from_behind = point_status[..., ::-1, :] == UnitStatus.DEAD
    after_the_last = np.where(dead_from_behind.any(axis=-2), dead_from_behind.argmax(axis=-2), layers)
    return np.asarray(after_the_last.mean(axis=-1) / layers)


def silent_from(point_status: UInt8[np.ndarray, "layers points"]) -> Int64[np.ndarray, " points"]:
    """The place of the first layer at which each point is dead; the number of layers where there is none."""
    dead = point_status == UnitStatus.DEAD
    return np.where(dead.any(axis=0), dead.argmax(axis=0), len(dead))


def silent_points(
    point_status: UInt8[np.ndarray, "layers points"],
    numbers: Integer[np.ndarray, " points"],
    layers: list[str],
) -> pd.DataFrame:
    """The points that are dead at some layer, those silent earliest first.

    Args:
        point_status: codes of `UnitStatus`, layers in order of application.
        numbers: what the points are called; decides among those silent from the same layer.
        layers: names, a row of `point_status` each.

    Returns:
        Columns `point`, `layer` (from which it is silent) and `depth` (that layer's place, from 1).
    """
    place = silent_from(point_status)
    order = np.lexsort((numbers, place))
    silent = order[place[order] < len(layers)]
    return pd.DataFrame(
        {
            POINT: numbers[silent],
            LAYER: [layers[number] for number in place[silent]],
            DEPTH: place[silent] + 1,
        }
    )
