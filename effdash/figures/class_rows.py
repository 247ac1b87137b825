"""What one unit answers to each class: mean, the middle half, and both ends."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Float32, Integer

from effdash.figures.histogram import even_ticks, value_range
from effdash.figures.payload import Payload
from effdash.vocab import UserError


def class_rows_payload(
    values: Float[np.ndarray, " samples"],
    classes: Integer[np.ndarray, " samples"],
    class_names: Sequence[str],
    *,
    split: str,
    title: str = "Pre-activation by class",
) -> Payload:
    """A row a class with the mean pre-activation of a unit and its spread.

    Raises:
        UserError: no finite value.
    """
    finite = np.isfinite(values)
    if not finite.any():
        raise UserError("a row a class needs at least one finite pre-activation")
    low, high = value_range(values[finite].astype(np.float64))
    header = {
        "title": title,
        "split": split,
        "samples": int(finite.sum()),
        "classes": list(class_names),
        "low": low,
        "high": high,
        "ticks": [{"at": tick, "text": f"{tick:,g}".replace("-", "−")} for tick in even_ticks(low, high)],
    }
    counts = np.bincount(classes[finite], minlength=len(class_names)).astype(np.uint32)
    table = class_spread(values[finite], classes[finite], len(class_names))
    return Payload(header, {"counts": counts, "spread": table})


def class_spread(
    values: Float[np.ndarray, " samples"], classes: Integer[np.ndarray, " samples"], n_classes: int
) -> Float32[np.ndarray, "classes 5"]:
    """Smallest value, lower quartile, mean, upper quartile and largest of each class; nan without samples."""
    table = np.full((n_classes, 5), np.nan, dtype=np.float32)
    for number in range(n_classes):
        own = values[classes == number]
        if own.size:
            lowest, lower, upper, highest = np.quantile(own, [0, 0.25, 0.75, 1])
            table[number] = lowest, lower, own.mean(), upper, highest
    return table
