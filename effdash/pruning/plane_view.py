"""A plane through the data, seen before and after pruning."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from jaxtyping import Bool
from torch import nn

from effdash.data import Dataset
from effdash.decision import (
    DecisionMap,
    Plane,
    PlaneDifference,
    PlaneKind,
    compare_maps,
    decision_map,
    decisions,
    logits_of,
    near_data,
)
from effdash.vocab import POINT, SPLIT, Split, UserError

DRAWN: Final = 500
"""So many samples of a split lie in the picture, spread evenly over all of them."""


@dataclass(frozen=True, eq=False)
class PlaneView:
    """What both networks answer on a plane, and where that differs."""

    before: DecisionMap
    after: DecisionMap
    near: Bool[np.ndarray, "steps steps"]
    """The points near train samples."""
    difference: PlaneDifference
    samples: pd.DataFrame
    """Those that lie on the plane: `split`, `point` (its number), `x`, `y`, `class`, `before`, `after`."""

    @property
    def plane(self) -> Plane:
        return self.before.plane


def default_plane(data: Dataset) -> Plane | None:
    """The plane of two features itself, else one through three train samples; `None`: all lie on a line."""
    try:
        return Plane.around(data) if data.input_shape == (2,) else Plane.through(data)
    except UserError:
        return None


def view_plane(before: nn.Module, after: nn.Module, data: Dataset, plane: Plane) -> PlaneView:
    """Asks both networks all over a plane, and about the samples on it. They are left as they were."""
    first, second = decision_map(before, plane), decision_map(after, plane)
    near = near_data(plane, data.X_train)
    return PlaneView(
        before=first,
        after=second,
        near=near,
        difference=compare_maps(first, second, near),
        samples=_samples_on(before, after, data, plane),
    )


def _samples_on(before: nn.Module, after: nn.Module, data: Dataset, plane: Plane) -> pd.DataFrame:
    """The samples of a plane of two features, or the three that a plane goes through."""
    parts = []
    for split, X, y in (
        (Split.TRAIN, data.X_train, data.y_train),
        (Split.TEST, data.X_test, data.y_test),
    ):
        if plane.kind is PlaneKind.RAW:
            rows = np.linspace(0, len(X) - 1, min(DRAWN, len(X))).round().astype(int)
        else:
            rows = np.array(plane.anchors if split is Split.TRAIN else (), dtype=int)
        if not len(rows):
            continue
        places = plane.coordinates(X[rows])
        parts.append(
            pd.DataFrame(
                {
                    SPLIT: str(split),
                    POINT: rows,
                    "x": places[:, 0],
                    "y": places[:, 1],
                    "class": y[rows].numpy(),
                    "before": decisions(logits_of(before, X[rows])),
                    "after": decisions(logits_of(after, X[rows])),
                }
            )
        )
    columns = [SPLIT, POINT, "x", "y", "class", "before", "after"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
