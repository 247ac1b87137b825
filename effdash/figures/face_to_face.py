"""Two units face to face: where each puts the same samples."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from jaxtyping import Float, Float64, Integer

from effdash.figures.payload import Payload
from effdash.figures.strips import signed
from effdash.permutations import PairOrder
from effdash.permutations.ranks import doubled_ranks
from effdash.vocab import UserError

MOST_LINES: Final = 60
"""Up to so many samples each is a line from one unit to the other; more are points, rank against rank."""


@dataclass(frozen=True, eq=False)
class UnitOrder:
    """One of the two: what puts the samples in its order, and how many of the lowest lose theirs."""

    name: str
    values: Float[np.ndarray, " samples"]
    """Pre-activations; of a convolution its responses."""
    erased: int = 0


def face_to_face_payload(
    first: UnitOrder,
    second: UnitOrder,
    pair: PairOrder,
    classes: Integer[np.ndarray, " samples"] | None,
    class_names: Sequence[str],
    *,
    numbers: Integer[np.ndarray, " samples"] | None = None,
    followed: Sequence[int] = (),
    split: str,
    title: str = "Two units face to face",
) -> Payload:
    """Every sample's place in both orders, from 0, lowest; equal values share the middle of their places.

    Args:
        first: on the left, or along the horizontal axis.
        second: the other.
        pair: how what they tell the next layer compares.
        classes: of the samples; `None` where they have no labels.
        class_names: of all classes.
        numbers: of the samples in their split; their places, if not given.
        followed: places of samples that stand out.
        split: on which data and when: `train · epoch 60`.

    Raises:
        UserError: no samples; sizes that do not fit; a class without a name.
    """
    n_samples = len(first.values)
    _check(n_samples, second, classes, class_names)
    named = np.arange(n_samples) if numbers is None else numbers
    header: dict[str, Any] = {
        "title": title,
        "qualifier": split,
        "names": [first.name, second.name],
        "erased": [int(first.erased), int(second.erased)],
        "slopes": n_samples <= MOST_LINES,
        "classes": [] if classes is None else list(class_names),
        "followed": [int(named[place]) for place in followed],
        "numbers": pair_numbers(pair),
        "caption": pair_caption(pair, n_samples),
    }
    arrays = {
        "places": np.stack([_places(unit.values) for unit in (first, second)]).astype(np.float32),
        "samples": named.astype(np.uint32),
    }
    if classes is not None:
        arrays["labels"] = classes.astype(np.uint16)
    return Payload(header, arrays)


def pair_numbers(pair: PairOrder) -> list[tuple[str, str]]:
    """What is counted of two orders, in words and figures."""
    swapped = f"{100 * pair.swapped / pair.compared:.3g} %" if pair.compared else "–"
    return [
        ("Spearman", signed(pair.spearman)),
        ("Kendall", signed(pair.kendall)),
        ("pairs swapped", swapped),
    ]


def pair_caption(pair: PairOrder, n_samples: int) -> str:
    """What to look for, and how many pairs of samples the two put in opposite orders."""
    if pair.compared == 0:
        return "There is no pair of samples that both units tell apart, so nothing to compare."
    counted = f"They swap {pair.swapped:,} of the {pair.compared:,} pairs that both tell apart."
    if n_samples <= MOST_LINES:
        return f"{counted} A line a sample, lowest at the bottom; a crossing is a swapped pair."
    return f"{counted} A dot a sample; on a rising line: the same order."


def _places(values: Float[np.ndarray, " samples"]) -> Float64[np.ndarray, " samples"]:
    return (doubled_ranks(values[:, None])[0] + len(values) - 1) / 2


def _check(
    n_samples: int,
    second: UnitOrder,
    classes: Integer[np.ndarray, " samples"] | None,
    class_names: Sequence[str],
) -> None:
    if not n_samples:
        raise UserError("two units face to face need at least one sample")
    if len(second.values) != n_samples:
        raise UserError(f"the first unit has {n_samples} samples, the second {len(second.values)}")
    if classes is None:
        return
    if len(classes) != n_samples:
        raise UserError(f"there are {len(classes)} classes for {n_samples} samples")
    if classes.min() < 0 or classes.max() >= len(class_names):
        raise UserError(f"a sample has class {int(classes.max())}; there are {len(class_names)} class names")
