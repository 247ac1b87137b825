"""Chips over the unit map: how many units died, revived, …; a chip marks its units and lists them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import streamlit as st

from effdash.figures.marks import MARKS, UnitMarks, marked_units
from effdash.figures.marks import unit_marks as marks_of
from effdash.vocab import ACTIVE_SHARE, CONSTANT, GRADIENT, Split
from pages.shared import readers
from pages.shared.selection import Picked
from pages.shared.view import change_view

WORDS: Final = {
    "died": "died",
    "revived": "revived",
    "constant": "constant",
    "starved": "starved",
    "train_only": "dead on train only",
}
ROW_HEIGHT: Final = 28
MOST_ROWS: Final = 6
CHIPS: Final = "chips"
HELP: Final = "On the epoch shown; a chip outlines its units in the map and lists them.  \n" + "  \n".join(
    f"**{WORDS[name]}**: {words}" for name, words in MARKS.items()
)


@dataclass(frozen=True, eq=False)
class Outline:
    """Units outlined in the map, bool (unit,), what they have in common, and at which epoch."""

    mask: np.ndarray
    words: str
    epoch: int


def chips(picked: Picked) -> tuple[str | None, np.ndarray | None]:
    """Draws the chips; returns the name of the chosen mark and which units have it, bool (unit,)."""
    marks = _marks(picked)
    counts = {name: count for name, count in marks.counts().items() if count}
    if not counts:
        return None, None
    st.session_state[CHIPS] = picked.view.mark if picked.view.mark in counts else None
    chosen = st.pills(
        "Units worth a look",
        list(counts),
        format_func=lambda name: f"{WORDS[name]} {counts[name]:,}",
        key=CHIPS,
        help=HELP,
        on_change=lambda: change_view(mark=st.session_state[CHIPS], finding=None),
        wrap=True,
    )
    return chosen, marks.masks[chosen] if chosen else None


def list_of_units(picked: Picked, mark: str, mask: np.ndarray, on_unit: Callable[[int], None]) -> None:
    """The marked units as a table that can be sorted; a chosen row tells its unit, over all layers."""
    history = readers.status_history(picked.run.id, picked.split, picked.version)
    columns = {split: _columns(picked, split) for split in picked.splits}
    above = {split: table[ACTIVE_SHARE].to_numpy(np.float32) for split, table in columns.items()}
    units = marked_units(
        picked.run.layers,
        history.epochs,
        history.status,
        picked.row,
        mask,
        active_train=above[Split.TRAIN],
        active_test=above.get(Split.TEST),
        gradient=columns[Split.TRAIN][GRADIENT].to_numpy(np.float32),
    )
    key = f"units that are {mark}"

    def row_chosen() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        if rows and rows[0] < len(units):
            on_unit(int(units.index[rows[0]]))

    st.dataframe(
        units,
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=ROW_HEIGHT * min(len(units), MOST_ROWS) + 34,
        on_select=row_chosen,
        selection_mode="single-row",
        placeholder="",
        key=key,
        column_config={
            "since": st.column_config.NumberColumn("since epoch"),
            GRADIENT: st.column_config.NumberColumn("mean gradient", format="scientific"),
            f"{ACTIVE_SHARE}_train": st.column_config.NumberColumn("above 0 on train", format="percent"),
            f"{ACTIVE_SHARE}_test": st.column_config.NumberColumn("above 0 on test", format="percent"),
        },
    )


def _marks(picked: Picked) -> UnitMarks:
    history = readers.status_history(picked.run.id, picked.split, picked.version)
    at = picked.row
    status = {
        split: readers.status_history(picked.run.id, split, picked.version).status[at]
        for split in picked.splits
    }
    constant = _columns(picked, picked.split)[CONSTANT].to_numpy()
    return marks_of(
        history.status,
        at,
        constant=constant,
        train=status[Split.TRAIN],
        test=status.get(Split.TEST),
        gradient=_columns(picked, Split.TRAIN)[GRADIENT].to_numpy(np.float32),
    )


def _columns(picked: Picked, split: Split) -> pd.DataFrame:
    return readers.units_table(picked.run.id, picked.shown_epoch, split, picked.version)
