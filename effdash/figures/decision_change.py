"""The decision function before and after, and where they differ, on one plane."""

from collections.abc import Sequence
from typing import Final, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float, Float32, Integer

from effdash.figures.payload import Payload
from effdash.figures.plane import Extent, Points
from effdash.vocab import UserError

MOST_SAMPLES: Final = 2_000
"""So many samples are drawn at most, beside those whose decision changed."""

Numbers = Sequence[int] | Integer[np.ndarray, " _"]
"""Of samples in their split."""

HOW_TO_READ: Final = "Paler: unsure; striped: far from all data; magenta: the answers differ."


@runtime_checkable
class HasExtent(Protocol):
    """A plane, as far as a figure needs it."""

    @property
    def extent(self) -> Extent: ...

    @property
    def description(self) -> str: ...


@runtime_checkable
class HasAnswers(Protocol):
    """A decision map, as far as a figure needs it: both grids with the lowest row first."""

    @property
    def plane(self) -> HasExtent: ...

    @property
    def classes(self) -> Integer[np.ndarray, "_ _"]: ...

    @property
    def confidence(self) -> Float[np.ndarray, "_ _"]:
        """The probability of the class answered."""
        ...


def decision_change_payload(
    before: HasAnswers,
    after: HasAnswers,
    *,
    near: Bool[np.ndarray, "_ _"],
    class_names: Sequence[str],
    units: tuple[int, int],
    train: Points | None = None,
    test: Points | None = None,
    changed: tuple[Numbers, Numbers] = ((), ()),
    anchors: Points | None = None,
    off_plane: float | None = None,
    title: str = "Decision function",
) -> Payload:
    """What a network answers on a plane before and after, and where that differs.

    Args:
        near: which points of the grid are near data.
        units: of the network, before and after.
        train, test: samples that lie on the plane. Of many only some are drawn.
        changed: numbers of the train samples, and of the test samples, whose decision changed.
        anchors: where the samples are through which the plane was laid, and their classes.
        off_plane: the median distance of the samples from the plane, where they lie off it.

    Raises:
        UserError: the grids differ, or an answer is none of the classes.
    """
    grids = [before.classes, after.classes, before.confidence, after.confidence, near]
    shapes = {grid.shape for grid in grids}
    if len(shapes) > 1:
        raise UserError(f"the grids of a plane differ in size: {', '.join(map(str, sorted(shapes)))}")
    highest = max(int(before.classes.max()), int(after.classes.max()))
    if highest >= len(class_names):
        raise UserError(f"an answer is class {highest}, but only {len(class_names)} have names")
    samples, total = _samples([train, test], changed)
    drawn = len(samples["labels"])
    header = {
        "title": title,
        "classes": list(class_names),
        "extent": [float(side) for side in before.plane.extent],
        "units": list(units),
        "difference": difference_words(before.classes != after.classes, near),
        "differs": _differs_in_short(before.classes != after.classes, near),
        "caption": _caption(before.plane.description, drawn, total, off_plane),
        "anchors": anchors is not None,
    }
    arrays = {
        "before": _numbers(before.classes),
        "after": _numbers(after.classes),
        "beforeSure": _sure(before.confidence, len(class_names)),
        "afterSure": _sure(after.confidence, len(class_names)),
        "near": near.astype(np.uint8),
        "beforeRegions": regions(before.classes),
        "afterRegions": regions(after.classes),
        **samples,
    }
    if anchors is not None:
        places, classes = anchors
        arrays |= {"anchorPlaces": places.astype(np.float32), "anchorLabels": classes.astype(np.uint16)}
    return Payload(header, arrays)


def difference_words(differs: Bool[np.ndarray, "_ _"], near: Bool[np.ndarray, "_ _"]) -> str:
    """How much of a plane is answered differently: `2.1 % near data, 9 % where no data are`."""
    if not differs.any():
        return "the same answers all over the plane"
    if near.all():
        return f"{_percent(differs.mean())} of the plane, all of it near data"
    if not near.any():
        return f"{_percent(differs.mean())} of the plane, none of it near data"
    return f"{_percent(differs[near].mean())} near data, {_percent(differs[~near].mean())} where no data are"


def _differs_in_short(differs: Bool[np.ndarray, "_ _"], near: Bool[np.ndarray, "_ _"]) -> str:
    if not differs.any():
        return "none"
    if not near.any():
        return f"{_percent(differs.mean())} of the plane"
    return f"{_percent(differs[near].mean())} near data"


def regions(classes: Integer[np.ndarray, "rows columns"]) -> Float32[np.ndarray, "regions 4"]:
    """Where on a grid the name of each class has most room: class, column, row, and radius in cells."""
    from scipy.ndimage import distance_transform_edt

    below, beside = classes[1:] != classes[:-1], classes[:, 1:] != classes[:, :-1]
    inner = np.ones(classes.shape, dtype=bool)
    inner[1:] &= ~below
    inner[:-1] &= ~below
    inner[:, 1:] &= ~beside
    inner[:, :-1] &= ~beside
    room = distance_transform_edt(np.pad(inner, 1))[1:-1, 1:-1]
    found = []
    for number in np.unique(classes):
        of_class = np.where(classes == number, room, -1.0)
        roomiest = np.argwhere(of_class == of_class.max())
        row, column = roomiest[len(roomiest) // 2]
        found.append([number, column, row, room[row, column]])
    return np.array(found, dtype=np.float32)


def _samples(
    splits: Sequence[Points | None], changed: Sequence[Numbers]
) -> tuple[dict[str, np.ndarray], int]:
    """The samples to be drawn, train before test, and how many there are in all."""
    total = sum(len(points[1]) for points in splits if points is not None)
    every = max(1, -(-total // MOST_SAMPLES))
    parts: dict[str, list[np.ndarray]] = {
        "points": [np.empty((0, 2), np.float32)],
        "labels": [np.empty(0, np.uint16)],
        "heldOut": [np.empty(0, np.uint8)],
        "changed": [np.empty(0, np.uint8)],
    }
    for held_out, (points, numbers) in enumerate(zip(splits, changed, strict=True)):
        if points is None:
            continue
        places, classes = points
        is_changed = np.zeros(len(classes), dtype=bool)
        is_changed[np.asarray(numbers, dtype=np.int64)] = True
        shown = np.flatnonzero(is_changed | (np.arange(len(classes)) % every == 0))
        parts["points"].append(places[shown].astype(np.float32))
        parts["labels"].append(classes[shown].astype(np.uint16))
        parts["heldOut"].append(np.full(len(shown), held_out, dtype=np.uint8))
        parts["changed"].append(is_changed[shown].astype(np.uint8))
    return {name: np.concatenate(arrays) for name, arrays in parts.items()}, total


def _caption(description: str, drawn: int, total: int, off_plane: float | None) -> str:
    sentences = [f"Plane: {description}.", HOW_TO_READ]
    if drawn < total:
        sentences.append(f"{drawn:,} of {total:,} samples are drawn.")
    if off_plane is not None:
        sentences.append(f"Samples lie off it (median distance {off_plane:.2g}), so they are not drawn.")
    return " ".join(sentences)


def _numbers(classes: Integer[np.ndarray, "_ _"]) -> Integer[np.ndarray, "_ _"]:
    return classes.astype(np.uint8 if classes.max() < 256 else np.uint16)


def _sure(probability: Float[np.ndarray, "_ _"], classes: int) -> Integer[np.ndarray, "_ _"]:
    """From 0, all classes alike, to 255."""
    least = 1 / max(2, classes)
    return np.rint(np.clip((probability - least) / (1 - least), 0, 1) * 255).astype(np.uint8)


def _percent(share: float) -> str:
    if 0 < share < 0.001:
        return "<0.1 %"
    return f"{100 * share:.1f} %" if 0 < share < 0.0995 else f"{100 * share:.0f} %"
