"""Runs that a page starts: from a configuration, from another run's network, or once more with jumpstart."""

from typing import Final

import streamlit as st

from effdash.config import RunConfig
from effdash.data import Dataset
from effdash.data.own import own_config
from effdash.runs import Run
from effdash.runs.names import child_name
from effdash.runs.stored_data import MOST_BYTES
from pages.shared import glossary, page, readers, trainers, watching
from pages.shared.own_data import OwnFile
from pages.shared.selection import LIVE, Picked
from pages.shared.training_form import SLOWLY, named
from pages.shared.view import open_run_view

SLOW_PACE: Final = 20.0


def start_run(config: RunConfig, data: Dataset | None = None) -> None:
    """Starts a run, turns the page to it, and runs the page again. `data`: one's own, which it then keeps.

    Raises:
        UserError: the configuration is impossible, or the folder cannot be written.
    """
    open_run_view(_start(config, data=data))
    st.rerun()


def start_on_own_data(config: RunConfig, file: OwnFile) -> None:
    """The same on the data in a file.

    Raises:
        UserError: as `start_run`, or the file cannot be read so, or holds more than a run file does.
    """
    with st.spinner("Reading the file …"):
        data = file.read(seed=config.data_seed, most_bytes=MOST_BYTES)
    start_run(named(own_config(config, data, **file.how)), data)


def fine_tune(run: Run, config: RunConfig, *, epoch: int | None = None) -> None:
    """Trains the network of a run on, from its last weights or from those of an epoch, and turns to Train.

    Raises:
        UserError: the network cannot be rebuilt or does not fit the configuration, or the folder cannot be
            written.
    """
    open_run_view(_start(config, start=run, start_epoch=epoch))
    st.switch_page(page.PAGES["train"])


def offer_jumpstart(picked: Picked) -> None:
    """A button that tries the run with jumpstart, where it was trained without.

    Where effdash did not train it, the lines that do so in the person's own loop.
    """
    if picked.config is None:
        watching.offer_jumpstart(child_name(picked.run.name, f", λ {watching.TRIED_LAMBDA:g}"))
        return
    if picked.planned_epochs is None or picked.state in LIVE or picked.base_value("jumpstart"):
        return
    if st.button(f"Try with jumpstart, λ = {watching.TRIED_LAMBDA:g}", help=glossary.markdown("jumpstart")):
        _try_with_jumpstart(picked)


def _try_with_jumpstart(picked: Picked) -> None:
    """The same run once more, from what it began with, as a child of this one; both side by side."""
    config = picked.run.config
    jumpstart = config.jumpstart.model_copy(update={"weight": watching.TRIED_LAMBDA})
    name = child_name(picked.run.name, f", λ {watching.TRIED_LAMBDA:g}")
    began_fresh = config.start is None
    config = config.model_copy(update={"jumpstart": jumpstart, "name": name})
    with page.problems_said():
        if began_fresh:
            data = picked.run.data() if picked.run.stores_data else None
            run_id = _start(config, parent=picked.run.id, data=data)
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
    data: Dataset | None = None,
) -> str:
    folder = readers.run_folder().path
    pace = SLOW_PACE if st.session_state.get(SLOWLY) else None
    with st.spinner("Starting the trainer …"):
        run_id = trainers.trainer_pool().train(
            config, folder, parent=parent, start=start, start_epoch=start_epoch, pace=pace, data=data
        )
    st.session_state["watched"] = run_id
    return run_id
