"""Where a few samples stand in the order of one unit a layer."""

from typing import Final

import numpy as np

from effdash.figures import depth_payload
from effdash.figures.depth import telling_samples
from effdash.permutations import ranks_through_depth
from pages.shared import canvas
from pages.shared.permutations import looked_at, readers
from pages.shared.permutations.looked_at import LookedAt
from pages.shared.view import MOST_FOLLOWED

HEIGHT: Final = 340


def draw(at: LookedAt) -> None:
    """The followed samples, or a few that tell the order; a click follows one or turns to another unit."""
    readings = readers.readings(at.picked)
    samples, n_samples = at.samples, len(at.samples.numbers)
    order = at.reading.orders.values[:, at.unit]
    places = list(at.follow_places) or telling_samples(order, samples.classes, MOST_FOLLOWED)
    ranks = {name: reading.ranks for name, reading in readings.items()}
    table = ranks_through_depth(ranks, at.layer, at.unit, places)
    units = table.drop_duplicates("layer")["unit"].tolist()
    pairs = zip(readings.values(), units, strict=True)
    shares = np.array([reading.erased[unit] / n_samples for reading, unit in pairs])
    names = list(readings)
    canvas.depth(
        depth_payload(
            table,
            layer=at.layer,
            erased=shares,
            classes=samples.classes[places],
            class_names=samples.class_names,
            numbers=samples.numbers[places],
            followed=at.follow,
            qualifier=readers.taken_on(at.picked),
            caption=_caption(bool(at.follow)),
        ),
        key="depth",
        height=HEIGHT,
        on_sample=looked_at.toggle_followed,
        on_layer=lambda place: looked_at.look(names[place], units[place]),
    )


def _caption(chosen: bool) -> str:
    who = "The samples that you follow" if chosen else "Some of all samples, as none is followed"
    return f"{who}, in the order of one unit a layer. Grey: erased. A click on a line follows it."
