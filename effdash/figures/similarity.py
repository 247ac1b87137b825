"""How alike the units of a layer order the samples: every pair as a cell."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from jaxtyping import Float, UInt8

from effdash.figures.payload import Payload
from effdash.figures.strips import StripSection
from effdash.vocab import UserError

SAME: Final = 127
"""A similarity of 1 as a step from `MIDDLE`."""

MIDDLE: Final = 128
MOST_ROWS: Final = 1_024
"""Of more units only some are drawn, evenly picked from their order."""


def similarity_payload(
    similarity: Float[np.ndarray, "units units"],
    sections: Sequence[StripSection],
    *,
    layer: str,
    taken: str,
    chosen: int | None = None,
    other: int | None = None,
    title: str = "Order similarity",
) -> Payload:
    """A cell for each pair of units, in the order of the sections; those that have a `detail` are bracketed.

    `chosen` and `other` are the pair that is ringed. `units` in the header counts all units of the layer.

    Raises:
        UserError: a similarity that is no correlation; a section that names a unit there is not.
    """
    units = np.array([unit for section in sections for unit in section.units], dtype=np.int64)
    step = -(-len(units) // MOST_ROWS) or 1
    row_section = np.repeat(np.arange(len(sections)), [len(section.units) for section in sections])[::step]
    rows = np.bincount(row_section, minlength=len(sections))
    if len(units) and not 0 <= units.min() <= units.max() < len(similarity):
        raise UserError(f"a section names unit {int(units.max())}; the layer has {len(similarity)}")
    header = {
        "title": title,
        "qualifier": f"Spearman · {taken}" + (f" · one in {step} units" if step > 1 else ""),
        "layer": layer,
        "units": len(similarity),
        "sections": [
            {"count": int(count), "words": section.words if section.detail else ""}
            for section, count in zip(sections, rows, strict=True)
        ],
        "chosen": chosen,
        "other": other,
    }
    units = units[::step]
    return Payload(
        header, {"units": units.astype(np.uint32), "steps": as_steps(similarity[np.ix_(units, units)])}
    )


def as_steps(similarity: Float[np.ndarray, "rows rows"]) -> UInt8[np.ndarray, "rows rows"]:
    """-1 as 1, 0 as 128, 1 as 255."""
    if not (np.abs(similarity) <= 1 + 1e-9).all():
        raise UserError("a similarity is not between −1 and 1")
    return (np.rint(similarity * SAME) + MIDDLE).astype(np.uint8)
