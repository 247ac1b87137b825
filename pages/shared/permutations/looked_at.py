"""What is looked at on the Permutations page: a layer, one of its units, a second one, followed samples."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import streamlit as st

from effdash.vocab import UserError
from pages.shared.permutations import readers
from pages.shared.permutations.readers import Reading, Samples
from pages.shared.selection import Picked
from pages.shared.view import MOST_FOLLOWED, change_view, current_view

FIRST_SHOWN: Final = "units first shown"
MOST_UNITS: Final = 2_048
"""Of a layer: all pairs are compared."""


@dataclass(frozen=True, eq=False)
class LookedAt:
    """`unit` and `other` are numbers within the layer; `other` is `None` in a layer of one unit."""

    picked: Picked
    layer: str
    unit: int
    other: int | None
    reading: Reading
    samples: Samples

    @cached_property
    def follow(self) -> tuple[int, ...]:
        """Numbers of the followed samples, of those that are among the samples."""
        asked = self.picked.view.follow
        return tuple(number for number in asked if self.samples.place_of(number) is not None)

    @cached_property
    def follow_places(self) -> tuple[int, ...]:
        """Where they stand among the samples."""
        return tuple(int(np.searchsorted(self.samples.numbers, number)) for number in self.follow)

    @property
    def all_silent(self) -> bool:
        """Whether no unit of the layer tells samples apart."""
        return len(self.reading.grouping.silent) == len(self.reading.erased)


def look_at(picked: Picked) -> LookedAt:
    """What the address names, completed where it names nothing that is there.

    Raises:
        UserError: no weights or no data; a layer whose units order no samples, or too many to compare.
    """
    layer = layer_looked_at(picked)
    _require_comparable(picked, layer)
    reading = readers.reading(picked, layer)
    named = picked.view.unit if picked.view.layer == layer else None
    n_units = len(reading.erased)
    unit = named if named is not None and named < n_units else _first_shown(picked, layer, reading)
    other = picked.view.other
    if other is None or other >= n_units or other == unit:
        other = most_like(reading, unit)
    return LookedAt(picked, layer, unit, other, reading, readers.samples(picked))


def _first_shown(picked: Picked, layer: str, reading: Reading) -> int:
    """The unit on top where none is chosen; the same while the epoch moves, as long as it says anything."""
    shown: dict[tuple[str, str], int] = st.session_state.setdefault(FIRST_SHOWN, {})
    key = (picked.run.id, layer)
    if key not in shown or shown[key] in reading.grouping.silent:
        shown[key] = reading.grouping.row_order[0]
    return shown[key]


def _require_comparable(picked: Picked, layer: str) -> None:
    units = {each.name: each.units for each in picked.run.layers}[layer]
    if units > MOST_UNITS:
        raise UserError(
            f"layer {layer!r} has {units:,} units; the orders of at most {MOST_UNITS:,} are compared"
        )


def layer_looked_at(picked: Picked) -> str:
    """The layer that the address names, else the first one."""
    names = [layer.name for layer in picked.run.layers]
    wanted = picked.view.layer
    return wanted if wanted in names else names[0]


def most_like(reading: Reading, unit: int) -> int | None:
    """The unit whose order is most like that of this one: of its group, where it is in one."""
    likeness = reading.similarity[unit].copy()
    if len(likeness) == 1:
        return None
    likeness[unit] = -np.inf
    for group in reading.grouping.groups:
        if unit in group.units:
            likeness[np.setdiff1d(np.arange(len(likeness)), group.units)] = -np.inf
    return int(likeness.argmax())


def look(layer: str, unit: int) -> None:
    """Turns to another unit."""
    change_view(layer=layer, unit=unit)


def compare(layer: str, unit: int, other: int) -> None:
    """Puts two units of a layer face to face."""
    change_view(layer=layer, unit=unit, other=other)


def toggle_followed(number: int) -> None:
    """Follows a sample, or no longer; of too many the one followed longest is let go."""
    followed = list(current_view().follow)
    if number in followed:
        followed.remove(number)
    else:
        followed = [*followed, number][-MOST_FOLLOWED:]
    change_view(follow=",".join(map(str, followed)) or None)
