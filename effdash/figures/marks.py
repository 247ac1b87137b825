"""Units worth a look: which died, revived, say always the same, starve, or fire on test alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Integer, UInt8

from effdash.figures.status import HasUnits, layer_starts
from effdash.vocab import ACTIVE_SHARE, GRADIENT, LAYER, STATUS, UNIT, Split, UnitStatus, status_categories

DIED: Final = "died"
REVIVED: Final = "revived"
CONSTANT: Final = "constant"
STARVED: Final = "starved"
TRAIN_ONLY: Final = "train_only"

MARKS: Final = {
    DIED: "dead now, not dead at an earlier epoch",
    REVIVED: "dead at an earlier epoch, not dead now",
    CONSTANT: "the same for every sample",
    STARVED: "nonlinear, but less than a thousandth of the network's median gradient reaches it",
    TRAIN_ONLY: "dead on train, but fires on test",
}
"""What each mark says of a unit, in the order of the chips."""

STARVED_SHARE: Final = 1e-3
"""Of the median gradient of the units that any reaches: below it a nonlinear unit starves."""

SINCE: Final = "since"
ACTIVE_TRAIN: Final = f"{ACTIVE_SHARE}_{Split.TRAIN}"
ACTIVE_TEST: Final = f"{ACTIVE_SHARE}_{Split.TEST}"

Mask = Bool[np.ndarray, " units"]


@dataclass(frozen=True, eq=False)
class UnitMarks:
    """Which units have a mark, by its name in `MARKS`; `None`: it is not known at this epoch."""

    masks: dict[str, Mask | None]

    def counts(self) -> dict[str, int | None]:
        """How many units have each mark."""
        return {name: None if mask is None else int(mask.sum()) for name, mask in self.masks.items()}


def unit_marks(
    history: UInt8[np.ndarray, "epochs units"],
    at: int,
    *,
    constant: Bool[np.ndarray, " units"],
    train: UInt8[np.ndarray, " units"],
    test: UInt8[np.ndarray, " units"] | None = None,
    gradient: Float[np.ndarray, " units"] | None = None,
) -> UnitMarks:
    """The marks of every unit at the recorded epoch in row `at` of the history.

    Args:
        history: status codes on the split looked at. What comes after `at` is not looked at.
        at: a row of `history`.
        constant: which units do not change over the samples.
        train: status codes on train at this epoch; `test`: on test, where there is any.
        gradient: mean absolute gradient of every unit at this epoch; nan, or nothing, where not recorded.
    """
    dead = history[at] == UnitStatus.DEAD
    # Dead is the lowest code, and extremes are found a hundred times faster than equals are compared.
    was_dead = history[: at + 1].min(axis=0) == UnitStatus.DEAD
    was_not_dead = history[: at + 1].max(axis=0) > UnitStatus.DEAD
    masks: dict[str, Mask | None] = {
        DIED: dead & was_not_dead,
        REVIVED: ~dead & was_dead,
        CONSTANT: constant,
        STARVED: None if gradient is None else starved(train, gradient),
        TRAIN_ONLY: None if test is None else (train == UnitStatus.DEAD) & (test != UnitStatus.DEAD),
    }
    return UnitMarks(masks)


def starved(train: UInt8[np.ndarray, " units"], gradient: Float[np.ndarray, " units"]) -> Mask | None:
    """Which nonlinear units get hardly any gradient, or none; `None`: of no unit it was recorded.

    The measure is the median of the gradients that are not 0; a unit of unknown gradient does not count.
    """
    known = ~np.isnan(gradient)
    if not known.any():
        return None
    reached = gradient[known & (gradient > 0)]
    least = STARVED_SHARE * np.median(reached) if reached.size else 0.0
    return (train == UnitStatus.NONLINEAR) & known & ((gradient == 0) | (gradient < least))


def marked_units(
    layers: Sequence[HasUnits],
    epochs: Integer[np.ndarray, " epochs"],
    history: UInt8[np.ndarray, "epochs units"],
    at: int,
    mask: Bool[np.ndarray, " units"],
    *,
    active_train: Float[np.ndarray, " units"],
    active_test: Float[np.ndarray, " units"] | None = None,
    gradient: Float[np.ndarray, " units"] | None = None,
) -> pd.DataFrame:
    """One row a unit of the mask, in the network's order; the index is the unit's number over all layers.

    Columns: `layer`, `unit`, `status`, `since` (the epoch from which on it has this status), `grad_mean_abs`,
    `active_share_train`, `active_share_test`; nan where unknown.
    """
    units = np.flatnonzero(mask)
    starts = np.array(layer_starts(layers))
    places = np.searchsorted(starts, units, side="right") - 1
    names = pd.CategoricalDtype([layer.name for layer in layers], ordered=True)
    unknown = np.full(len(mask), np.nan, dtype=np.float32)
    columns = {
        LAYER: pd.Categorical.from_codes(places, dtype=names),
        UNIT: units - starts[places],
        STATUS: status_categories(history[at, units]),
        SINCE: epochs[since(history[: at + 1, units])],
        GRADIENT: (unknown if gradient is None else gradient)[units],
        ACTIVE_TRAIN: active_train[units],
        ACTIVE_TEST: (unknown if active_test is None else active_test)[units],
    }
    return pd.DataFrame(columns, index=units)


def since(history: UInt8[np.ndarray, "epochs units"]) -> Integer[np.ndarray, " units"]:
    """The row from which on each unit has the status of the last row."""
    other = history != history[-1]
    last_other = len(history) - 1 - other[::-1].argmax(axis=0)
    return np.where(other.any(axis=0), last_other + 1, 0)
