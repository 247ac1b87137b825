"""One address for one view: `?run=…&epoch=…&layer=…&unit=…&split=…`.

The address is the truth. What it leaves out is what was chosen before in this session, so that a switch of
pages, which clears the address, keeps the view.
"""

from dataclasses import dataclass
from typing import Final

import streamlit as st

from effdash.vocab import Split

KEYS: Final = ("run", "epoch", "layer", "unit", "split")
REMEMBERED: Final = "remembered view"


@dataclass(frozen=True)
class View:
    """What is asked for; `None` where the page should choose. Nothing here is known to exist."""

    run: str | None
    epoch: int | None
    layer: str | None
    unit: int | None
    split: Split


def current_view() -> View:
    """Reads the address, completes it from the session, and writes the whole back."""
    remembered = st.session_state.setdefault(REMEMBERED, {})
    for key in KEYS:
        if key in st.query_params:
            remembered[key] = st.query_params[key]
        elif key in remembered:
            st.query_params[key] = remembered[key]
    return View(
        run=remembered.get("run"),
        epoch=_number(remembered.get("epoch")),
        layer=remembered.get("layer"),
        unit=_number(remembered.get("unit")),
        split=Split.TEST if remembered.get("split") == Split.TEST else Split.TRAIN,
    )


def change_view(**changes: str | int | None) -> None:
    """Sets parts of the view in address and session; `None` leaves that part to the page."""
    remembered = st.session_state.setdefault(REMEMBERED, {})
    for key, value in changes.items():
        if value is None:
            remembered.pop(key, None)
            if key in st.query_params:
                del st.query_params[key]
        else:
            remembered[key] = str(value)
            st.query_params[key] = str(value)


def open_run_view(run: str) -> None:
    """Turns to another run, at its last epoch and without a chosen unit."""
    change_view(run=run, epoch=None, layer=None, unit=None)


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None
