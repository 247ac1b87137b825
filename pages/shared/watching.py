"""Somebody's own loop: the lines to paste, and the wait until its first epoch is there."""

from typing import Any, Final

import streamlit as st

from effdash.runs import RunSummary
from effdash.runs.settings import config_or_none
from effdash.vocab import UserError
from pages.shared import page, prose, readers
from pages.shared.selection import LIVE
from pages.shared.view import open_run_view

TRIED_LAMBDA: Final = 0.3
POLL_SECONDS: Final = 1.0
SEEN: Final = "runs there before the wait"
"""Where the session keeps them while it waits; not there: it does not wait."""

SIDES: Final = (0.66, 0.34)
HOW: Final = """
1. Paste the lines into your own script, each where its comment says. PyTorch, Lightning or another framework:
   what counts is one call an epoch.
2. Start the script, here or on a machine that sees this folder.
3. Its units are here from the first epoch on, live.
"""


def door() -> None:
    """The button that begins the wait."""
    st.button("Watch my own loop", on_click=_begin)


def draw() -> None:
    """The lines with this server's folder filled in, and the wait; nothing before the door is opened."""
    if SEEN not in st.session_state:
        return
    with st.container(key="watching"):
        st.html(prose.figure_title("Watch my own loop", "your script trains, effdash looks on"))
        lines, words = st.columns(SIDES, gap="large")
        with lines:
            st.code(_lines(), language="python", wrap_lines=True)
        with words:
            st.markdown(HOW)
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                _wait()
                st.button("Close", key="close watching", on_click=_close)


def offer_jumpstart(name: str) -> None:
    """The lines that train with jumpstart, for a network that effdash does not train itself."""
    with st.popover(f"Try with jumpstart, λ = {TRIED_LAMBDA:g}"):
        st.markdown("effdash did not train this network, so the jumpstart goes into your own loop:")
        st.code(_lines(name=name, jumpstart=TRIED_LAMBDA), language="python", wrap_lines=True)


def _lines(**how: Any) -> str:
    """What to paste, with the folder of this server filled in."""
    from effdash.watcher import snippet  # needs torch, which the first page can do without

    return snippet(str(readers.run_folder().path.absolute()), **how)


def _begin() -> None:
    st.session_state[SEEN] = {run.id for run in readers.list_runs() if run.epochs is not None}


def _close() -> None:
    st.session_state.pop(SEEN, None)


@st.fragment(run_every=POLL_SECONDS)
def _wait() -> None:
    """Looks again and again; turns to Units when a run has its first epoch."""
    found = _newcomers()
    for run in found:
        if run.epochs is not None:
            _close()
            open_run_view(run.id)
            st.switch_page(page.PAGES["units"])
    if found:
        told = f"“{prose.markdown(found[0].name)}” is there; its first epoch is not recorded yet."
    else:
        told = "Waiting for the first epoch of a new run …"
    st.caption(told, width="content")


def _newcomers() -> list[RunSummary]:
    """Runs of somebody's own loop that were not there before the wait, or had no epoch and go on."""
    seen = st.session_state.get(SEEN, set())
    new = [run for run in readers.list_runs() if run.id not in seen]
    return [run for run in new if (run.epochs is not None or run.state in LIVE) and _is_watched(run)]


def _is_watched(run: RunSummary) -> bool:
    if run.problem is not None or run.shipped:
        return False
    try:
        return config_or_none(readers.find_run(run.id)) is None
    except UserError:
        return False  # deleted meanwhile
