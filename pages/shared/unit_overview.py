"""The network: every unit at the epoch picked, its history on the same rows, the shares over the epochs."""

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from effdash.figures import confusion_payload, samples_by_layer_payload, shares_payload, unit_map_payload
from effdash.figures.marks import MARKS
from effdash.figures.status import layer_starts
from effdash.runs import LayerInfo
from effdash.vocab import Split, UnitStatus
from pages.shared import canvas, readers, unit_marks
from pages.shared.followed import followed_words
from pages.shared.selection import Picked
from pages.shared.unit_marks import Outline
from pages.shared.view import change_view

MAP_HEIGHT = 560
SHARES_HEIGHT = 224


def draw(picked: Picked, evidence: Outline | None = None) -> None:
    """The unit map with its marks, the units over the epochs, the samples by layer, and train against test.

    `evidence`: what a finding means, outlined where no chip is chosen.
    """
    mark, mask = unit_marks.chips(picked)
    outline = evidence
    if mark and mask is not None:
        outline = Outline(mask, MARKS[mark], picked.shown_epoch)
    draw_map(picked, key="map", height=MAP_HEIGHT, selected=unit_shown(picked), outline=outline)
    if mark and mask is not None:
        unit_marks.list_of_units(picked, mark, mask, on_unit=lambda unit: choose(picked, unit))
    draw_shares(picked, key="shares", height=SHARES_HEIGHT, changes=True)
    history = readers.status_history(picked.run.id, picked.split, picked.version)
    canvas.samples_by_layer(
        samples_by_layer_payload(
            picked.run.layers,
            history.epochs,
            readers.point_history(picked.run.id, picked.split, picked.version),
            split=followed_words(picked),
            link=picked.link.name,
            epoch=picked.epoch,
        ),
        key="samples by layer",
    )
    if Split.TEST in picked.splits:
        train, test = (
            readers.status_history(picked.run.id, split, picked.version).status[picked.row] for split in Split
        )
        canvas.confusion(confusion_payload(train, test), key="confusion")


def draw_map(
    picked: Picked,
    *,
    key: str,
    height: int,
    selected: int | None = None,
    outline: Outline | None = None,
    title: str = "Unit map",
) -> None:
    """Every unit at the epoch picked; a click chooses one. `selected` is ringed, else that of the address."""
    history = readers.status_history(picked.run.id, picked.split, picked.version)
    frames = readers.map_frames(picked.run.id, picked.split, picked.version, picked.row)
    canvas.unit_map(
        unit_map_payload(
            picked.run.layers,
            history.epochs,
            history.status,
            split=picked.split_words,
            link=picked.link.name,
            epoch=picked.epoch,
            end=picked.link.end,
            selected=chosen_unit(picked) if selected is None else selected,
            counts=history.counts,
            frames=frames.places,
            constant=frames.constant,
            rows=frames.rows,
            highlight=None if outline is None else outline.mask,
            highlight_words="" if outline is None else outline.words,
            highlight_epoch=None if outline is None else outline.epoch,
            walls=picked.run.has_ways_around is False,
            title=title,
        ),
        key=key,
        height=height,
        controls=False,
        on_unit=lambda unit: choose(picked, unit),
        on_epoch=lambda epoch: change_view(epoch=epoch),
    )


def draw_shares(
    picked: Picked, *, key: str, height: int, changes: bool = False, title: str = "Share of units"
) -> None:
    """The share of units over the epochs; with `changes` the deaths and revivals of every epoch below."""
    history = readers.status_history(picked.run.id, picked.split, picked.version)
    canvas.status_shares(
        shares_payload(
            history.epochs,
            history.counts.sum(axis=1, dtype=np.uint32),
            split=picked.split_words,
            link=picked.link.name,
            epoch=picked.epoch,
            end=picked.link.end,
            changes=history.turnover if changes else None,
            title=title,
        ),
        key=key,
        height=height,
        on_epoch=lambda epoch: change_view(epoch=epoch),
    )


def choose(picked: Picked, unit: int) -> None:
    """Turns to a unit, numbered over all layers."""
    place, within = locate(picked.run.layers, unit)
    change_view(layer=picked.run.layers[place].name, unit=within)


def locate(layers: Sequence[LayerInfo], unit: int) -> tuple[int, int]:
    """The place of the layer of a unit that is numbered over all layers, and its number within that layer."""
    starts = layer_starts(layers)
    place = bisect_right(starts, unit) - 1
    return place, unit - starts[place]


def chosen_unit(picked: Picked) -> int | None:
    """The unit that the address names, numbered over all layers; `None` where there is none of this name."""
    names = [layer.name for layer in picked.run.layers]
    view = picked.view
    if view.layer not in names or view.unit is None:
        return None
    place = names.index(view.layer)
    if view.unit >= picked.run.layers[place].units:
        return None
    return layer_starts(picked.run.layers)[place] + view.unit


def unit_shown(picked: Picked) -> int:
    """The chosen unit, numbered over all layers; one that is worth a look, where none is chosen."""
    index = chosen_unit(picked)
    return telling_unit(picked) if index is None else index


def telling_unit(picked: Picked) -> int:
    """A unit worth a look: one that became nonlinear, else a nonlinear one, else the first."""
    history = readers.status_history(picked.run.id, picked.split, picked.version).status
    changed = (history != history[0]).any(axis=0) & (history[-1] == UnitStatus.NONLINEAR)
    for candidates in (changed, history[-1] == UnitStatus.NONLINEAR):
        if candidates.any():
            return int(np.argmax(candidates))
    return 0
