"""Runs that a page starts: from a configuration, or an old run once more with jumpstart."""

from typing import Final

import streamlit as st

from effdash.config import RunConfig
from effdash.runs.names import child_name
from pages.shared import glossary, page, readers, trainers
from pages.shared.selection import LIVE, Picked
from pages.shared.training_form import SLOWLY
from pages.shared.view import open_run_view

SLOW_PACE: Final = 20.0
TRIED_LAMBDA: Final = 0.3


def start_run(config: RunConfig) -> None:
    """Starts a run, turns the page to it, and runs the page again.

    Raises:
        UserError: the configuration is impossible, or the folder cannot be written.
    """
    open_run_view(_start(config, parent=None))
    st.rerun()


def offer_jumpstart(picked: Picked) -> None:
    """A button that tries the run with jumpstart, where it was trained from a configuration without."""
    is_ours = picked.run.graph is None  # no configuration trains what was pruned
    if not is_ours or picked.state in LIVE or picked.base_value("jumpstart"):
        return
    if st.button(f"Try with jumpstart, λ = {TRIED_LAMBDA:g}", help=glossary.markdown("jumpstart")):
        _try_with_jumpstart(picked)


def _try_with_jumpstart(picked: Picked) -> None:
    """The same run once more, with jumpstart, as a child of this one; both side by side."""
    config = picked.run.config
    jumpstart = config.jumpstart.model_copy(update={"weight": TRIED_LAMBDA})
    name = child_name(picked.run.name, f", λ {TRIED_LAMBDA:g}")
    config = config.model_copy(update={"jumpstart": jumpstart, "name": name})
    with page.problems_said():
        open_run_view(_start(config, parent=picked.run.id), beside=picked.run.id)
        st.switch_page(page.PAGES["units"])


def _start(config: RunConfig, *, parent: str | None) -> str:
    pace = SLOW_PACE if st.session_state.get(SLOWLY) else None
    with st.spinner("Starting the trainer …"):
        run_id = trainers.trainer_pool().train(config, readers.run_folder().path, parent=parent, pace=pace)
    st.session_state["watched"] = run_id
    return run_id
