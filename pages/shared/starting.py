"""Runs that a page starts: from a configuration, from another run's network, or once more with jumpstart."""

from typing import Final

import streamlit as st

from effdash.config import RunConfig
from effdash.runs import Run
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
    open_run_view(_start(config))
    st.rerun()


def fine_tune(run: Run, config: RunConfig, *, epoch: int | None = None) -> None:
    """Trains the network of a run on, from its last weights or from those of an epoch, and turns to Train.

    Raises:
        UserError: the network cannot be rebuilt or does not fit the configuration, or the folder cannot be
            written.
    """
    open_run_view(_start(config, start=run, start_epoch=epoch))
    st.switch_page(page.PAGES["train"])


def offer_jumpstart(picked: Picked) -> None:
    """A button that tries the run with jumpstart, where it was trained without."""
    if picked.planned_epochs is None or picked.state in LIVE or picked.base_value("jumpstart"):
        return
    if st.button(f"Try with jumpstart, λ = {TRIED_LAMBDA:g}", help=glossary.markdown("jumpstart")):
        _try_with_jumpstart(picked)


def _try_with_jumpstart(picked: Picked) -> None:
    """The same run once more, from what it began with, as a child of this one; both side by side."""
    config = picked.run.config
    jumpstart = config.jumpstart.model_copy(update={"weight": TRIED_LAMBDA})
    name = child_name(picked.run.name, f", λ {TRIED_LAMBDA:g}")
    began_fresh = config.start is None
    config = config.model_copy(update={"jumpstart": jumpstart, "name": name})
    with page.problems_said():
        if began_fresh:
            run_id = _start(config, parent=picked.run.id)
        else:
            run_id = _start(config, start=picked.run, start_epoch=0)
        open_run_view(run_id, beside=picked.run.id)
        st.switch_page(page.PAGES["units"])


def _start(
    config: RunConfig,
    *,
    parent: str | None = None,
    start: Run | None = None,
    start_epoch: int | None = None,
) -> str:
    folder = readers.run_folder().path
    pace = SLOW_PACE if st.session_state.get(SLOWLY) else None
    with st.spinner("Starting the trainer …"):
        run_id = trainers.trainer_pool().train(
            config, folder, parent=parent, start=start, start_epoch=start_epoch, pace=pace
        )
    st.session_state["watched"] = run_id
    return run_id
