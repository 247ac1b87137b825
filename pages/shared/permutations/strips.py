"""Every unit of the layer as a strip, and the similarity of all pairs."""

import math
from typing import Final

import numpy as np

from effdash.figures import similarity_payload, strips_payload
from effdash.figures.status import layer_starts
from effdash.figures.strips import sections_of, strips_caption
from effdash.permutations.response import erased_up_to
from pages.shared import canvas
from pages.shared import readers as run_readers
from pages.shared.permutations import looked_at, readers
from pages.shared.permutations.looked_at import LookedAt

STRIPS_HEIGHT: Final = 700
MATRIX_HEIGHT: Final = 500
FEW_ROWS: Final = 14
PAIR: Final = 2


def draw(at: LookedAt) -> None:
    """A row a unit; a click turns to it."""
    reading, samples = at.reading, at.samples
    canvas.strips(
        strips_payload(
            reading.places,
            reading.erased,
            _status(at),
            samples.classes,
            sections_of(reading.grouping),
            class_names=samples.class_names,
            layer=at.layer,
            taken=readers.taken_on(at.picked),
            split=at.picked.split.value,
            numbers=samples.numbers,
            chosen=at.unit,
            other=at.other,
            caption=strips_caption(
                reading.grouping,
                len(samples.classes),
                kind=reading.orders.layer.kind,
                erases=math.isfinite(erased_up_to(reading.orders.curve)),
                over=_over(at),
                classes=len(samples.class_names),
            ),
        ),
        key="strips",
        height=STRIPS_HEIGHT,
        on_unit=lambda unit: looked_at.look(at.layer, unit),
    )


def are_few(at: LookedAt) -> bool:
    """Whether the rows leave room below them."""
    return len(at.reading.erased) <= FEW_ROWS


def draw_similarity(at: LookedAt) -> None:
    """A cell a pair; a click puts the two face to face, one on the diagonal turns to the unit.

    Nothing, where fewer than two units tell samples apart.
    """
    if len(at.reading.erased) - len(at.reading.grouping.silent) < PAIR:
        return
    canvas.similarity(
        similarity_payload(
            at.reading.similarity,
            sections_of(at.reading.grouping),
            layer=at.layer,
            taken=readers.taken_on(at.picked),
            chosen=at.unit,
            other=at.other,
        ),
        key="similarity",
        height=MATRIX_HEIGHT,
        on_pair=lambda unit, other: _turn_to(at.layer, unit, other),
    )


def _turn_to(layer: str, unit: int, other: int) -> None:
    if unit == other:
        looked_at.look(layer, unit)
    else:
        looked_at.compare(layer, unit, other)


def _status(at: LookedAt) -> np.ndarray:
    """Of the layer's units at the epoch of the weights, uint8 (unit,)."""
    picked = at.picked
    history = run_readers.status_history(picked.run.id, picked.split, picked.version)
    row = int(np.searchsorted(history.epochs, picked.nearest(picked.kept_weights)))
    place = [layer.name for layer in picked.run.layers].index(at.layer)
    start = layer_starts(picked.run.layers)[place]
    return history.status[row, start : start + len(at.reading.erased)]


def _over(at: LookedAt) -> str:
    positions = at.reading.orders.layer.positions
    if not positions:
        return ""
    size = "\u00a0×\u00a0".join(map(str, positions))
    return f", the largest of its {size} positions"
