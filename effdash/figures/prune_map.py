"""The map of a pruned network: every unit that stays in the colour of its status, the others struck out."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Integer, UInt8

from effdash.figures.payload import Payload
from effdash.figures.status import HasUnits
from effdash.vocab import UnitStatus, UserError

NONE: Final = -1
"""Instead of an heir: there is none; instead of an amount: none takes this unit."""


def prune_map_payload(
    layers: Sequence[HasUnits],
    status: UInt8[np.ndarray, " units"],
    removed: Bool[np.ndarray, " _"],
    *,
    split: str,
    link: str,
    pinned_kept: Sequence[int] = (),
    pinned_removed: Sequence[int] = (),
    locked: Sequence[int] = (),
    stuck: Sequence[str] | None = None,
    stages: UInt8[np.ndarray, " units"] | None = None,
    stage_words: Sequence[str] = (),
    heirs: Integer[np.ndarray, " units"] | None = None,
    alike: Float[np.ndarray, " units"] | None = None,
    amount: int = 0,
    goes_at: Integer[np.ndarray, " units"] | None = None,
    selected: int | None = None,
    title: str = "Kept and removed",
) -> Payload:
    """Which units stay and which are gone, ready for the canvas.

    Args:
        layers: in order of application; their units are numbered one layer after the other.
        status: codes (`UnitStatus`) at the epoch that is pruned.
        removed: which units are gone.
        split: the data the status was taken on, in words.
        link: figures with the same link move their amount together.
        pinned_kept: the units that a person wants to stay.
        pinned_removed: the units that a person wants gone.
        locked: numbers of the layers whose units are to stay.
        stuck: for each layer why its units cannot go, after “cannot go: ”; empty where they can.
        stages: why each unit is gone: 1 + the place of its stage in `stage_words`; 0: it is not.
        stage_words: the stages there are.
        heirs: the unit most like each one that is gone, or `NONE`.
        alike: how like they are, the similarity of their orders; nan: not determined.
        amount: how many units are to go at most.
        goes_at: the smallest amount with which each unit goes, or `NONE`. With it the map follows the slider
            before the server answers.
        selected: the unit looked at.

    Raises:
        UserError: nothing to show, or the sizes do not fit each other.
    """
    sizes = np.array([layer.units for layer in layers], dtype=np.int32)
    _check(sizes, status, removed, [*pinned_kept, *pinned_removed, *([] if selected is None else [selected])])
    header = {
        "title": title,
        "split": split,
        "link": link,
        "layers": [layer.name for layer in layers],
        "pinnedKept": sorted(int(unit) for unit in pinned_kept),
        "pinnedRemoved": sorted(int(unit) for unit in pinned_removed),
        "locked": sorted(int(layer) for layer in locked),
        "stuck": [""] * len(layers) if stuck is None else list(stuck),
        "stageWords": list(stage_words),
        "amount": amount,
        "most": len(status),
        "selected": selected,
    }
    optional = {
        "stages": (stages, np.uint8),
        "heirs": (heirs, np.int32),
        "alike": (alike, np.float32),
        "goesAt": (goes_at, np.int32),
    }
    arrays = {"sizes": sizes, "status": status, "removed": removed.astype(np.uint8)}
    arrays |= {name: array.astype(kind) for name, (array, kind) in optional.items() if array is not None}
    return Payload(header, arrays)


def _check(
    sizes: Integer[np.ndarray, " layers"],
    status: UInt8[np.ndarray, " units"],
    removed: Bool[np.ndarray, " _"],
    units: Sequence[int],
) -> None:
    if not len(sizes) or not len(status):
        raise UserError("a map of a pruned network needs at least one layer with a unit")
    if sizes.min() < 1 or sizes.sum() != len(status):
        raise UserError(f"the layers have {sizes.sum()} units, the status has {len(status)}")
    if len(removed) != len(status):
        raise UserError(f"{len(removed)} units are marked as gone or not, of {len(status)}")
    if status.max() > max(UnitStatus):
        raise UserError(f"status {status.max()} is none of 0 (dead), 1 (linear), 2 (nonlinear)")
    strange = [unit for unit in units if not 0 <= unit < len(status)]
    if strange:
        raise UserError(f"unit {strange[0]} is not in this network; it has units 0 to {len(status) - 1}")
