"""A run that still trains: the epoch that is pruned stays, until the person takes the newest."""

from dataclasses import replace
from typing import Final

import streamlit as st

from effdash.vocab import UserError
from pages.shared import selection
from pages.shared.selection import LIVE, Picked
from pages.shared.view import change_view, current_view

NEWEST: Final = "Prune the newest weights"
HELD: Final = "prune held"
"""Where the session keeps the epoch that is pruned, by run and incarnation."""


def refreshed(picked: Picked) -> Picked:
    """The run as it stands now, at the epoch held where it still trains and the address names none."""
    now = selection.refreshed(picked)
    if now.state not in LIVE:
        _held().pop(_key(now), None)
        return now
    if now.view.epoch is not None:
        return now
    try:
        held = _held().setdefault(_key(now), now.kept_weights)
    except UserError:  # no weights are kept yet: the page says it
        return now
    return replace(now, epoch=now.nearest(held))


def draw(picked: Picked) -> None:
    """A way to the newest weights; nothing of a run that is over."""
    if picked.state in LIVE:
        st.button(NEWEST, type="tertiary", on_click=take_newest, args=(picked,))


def take_newest(picked: Picked) -> None:
    """Holds the weights that are kept last now, with what was chosen."""
    _held().pop(_key(picked), None)
    if current_view().epoch is not None:
        change_view(epoch=None)
    else:
        change_view(weights=None)


def _held() -> dict[tuple[str, str], int]:
    held: dict[tuple[str, str], int] = st.session_state.setdefault(HELD, {})
    return held


def _key(picked: Picked) -> tuple[str, str]:
    return picked.run.id, picked.run.incarnation
