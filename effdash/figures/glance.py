"""Every unit of a layer at a glance: one small picture each."""

from collections.abc import Sequence
from typing import Any, Final, Literal

import numpy as np
from jaxtyping import Float, UInt8

from effdash.figures.payload import Payload
from effdash.figures.plane import Extent, Points
from effdash.vocab import UserError

Kind = Literal["response", "weights", "classes"]

MOST_PICTURES: Final = 512
"""How many units travel to the browser; of a wider layer those around the chosen one."""

MOST_SAMPLES: Final = 400
"""How many samples are drawn into every picture."""

QUALIFIERS: Final[dict[str, str]] = {
    "response": "response of every unit; grey: silent, blue: passes, line: its fold",
    "weights": "incoming weights of every unit, each on its own scale",
    "classes": "mean response of every unit by class, each on its own scale",
}


def glance_payload(
    pictures: Float[np.ndarray, "units *shape"],
    status: UInt8[np.ndarray, " units"],
    *,
    layer: str,
    split: str,
    kind: Kind = "response",
    chosen: int | None = None,
    extent: Extent | None = None,
    samples: Points | None = None,
    class_names: Sequence[str] = (),
    title: str | None = None,
    qualifier: str | None = None,
) -> Payload:
    """A picture a unit, with its status and number below.

    Args:
        pictures: `response`: pre-activations over the plane (unit, row, column), the lowest row first;
            `weights`: an image a unit (unit, row, column); `classes`: means (unit, class).
        status: status codes of these units.
        layer: the layer's name.
        split: the data the status was taken on, in words.
        kind: what the pictures are.
        chosen: the unit of the layer that is ringed.
        extent: of the plane of `response`, needed for `samples`.
        samples: drawn into each picture of `response`, at most `MOST_SAMPLES` of them, evenly picked.
        class_names: of the samples, or of the means.

    Raises:
        UserError: sizes that do not fit each other, or a value that is not finite.
    """
    units = len(pictures)
    _check(pictures, status, kind, chosen, class_names)
    shown = glance_window(units, chosen)
    header: dict[str, Any] = {
        "title": title or f"Layer {layer} at a glance",
        "qualifier": QUALIFIERS[kind] if qualifier is None else qualifier,
        "layer": layer,
        "split": split,
        "kind": kind,
        "units": units,
        "first": shown.start,
        "chosen": chosen,
        "classes": list(class_names),
        "extent": None if extent is None else [float(side) for side in extent],
    }
    arrays = {"pictures": pictures[shown].astype(np.float32), "status": status[shown]}
    if samples is not None:
        if extent is None:
            raise UserError("to draw samples into responses, the extent of the plane is needed")
        arrays.update(_samples(samples))
    return Payload(header, arrays)


def glance_window(units: int, chosen: int | None) -> slice:
    """The units whose pictures travel: all, or the block of `MOST_PICTURES` with the chosen one."""
    first = (chosen or 0) // MOST_PICTURES * MOST_PICTURES
    return slice(first, min(units, first + MOST_PICTURES))


def _samples(samples: Points) -> dict[str, np.ndarray]:
    points, labels = samples
    count = min(len(points), MOST_SAMPLES)
    picked = np.linspace(0, max(0, len(points) - 1), count).round().astype(int)
    return {"points": points[picked].astype(np.float32), "labels": labels[picked].astype(np.uint16)}


def _check(
    pictures: Float[np.ndarray, "units *shape"],
    status: UInt8[np.ndarray, " units"],
    kind: str,
    chosen: int | None,
    class_names: Sequence[str],
) -> None:
    if not len(pictures):
        raise UserError("a glance needs at least one unit")
    sides = 2 if kind == "classes" else 3
    if pictures.ndim != sides:
        raise UserError(f"pictures of kind {kind!r} have {sides} dimensions; these have {pictures.ndim}")
    if kind == "classes" and pictures.shape[1] != len(class_names):
        raise UserError(f"there are means of {pictures.shape[1]} classes and {len(class_names)} class names")
    if not np.isfinite(pictures).all():
        raise UserError("a picture has a value that is not finite")
    if chosen is not None and not 0 <= chosen < len(pictures):
        raise UserError(f"unit {chosen} is not in this layer; it has units 0 to {len(pictures) - 1}")
