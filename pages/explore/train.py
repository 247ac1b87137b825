"""Train: a form, and a run that is watched and steered while it trains."""

import streamlit as st

from pages.shared import live_run, page, readers, sidebar, trainers
from pages.shared.training_form import SLOWLY, chosen_config, training_form
from pages.shared.view import open_run_view

page.begin()
trainers.trainer_pool()


def start() -> None:
    """Starts what the form holds and turns the page to it."""
    config = chosen_config(values)
    pace = live_run.SLOW_PACE if st.session_state[SLOWLY] else None
    with st.spinner("Starting the trainer …"):
        run_id = trainers.trainer_pool().train(config, readers.run_folder().path, parent=None, pace=pace)
    open_run_view(run_id)
    st.session_state["watched"] = run_id
    st.rerun()


watched = st.session_state.get("watched")
with st.expander("New run", expanded=watched is None):
    values = training_form()
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button("Train", type="primary", shortcut="ctrl+enter")
        st.toggle("Slowly, 20 epochs a second", key=SLOWLY, persist_state="session")
    if pressed:
        with page.problems_said():
            start()

picked = sidebar.pick(default=watched)
if picked is None:
    st.caption("The run you start is drawn here while it trains: every unit, epoch by epoch.")
    st.stop()


@st.fragment(run_every=sidebar.LIVE_SECONDS / 2 if picked.state in sidebar.LIVE else None)
def run(picked: sidebar.Picked) -> None:
    with page.problems_said():
        shown = sidebar.refreshed(picked)
        if shown.state != picked.state:
            st.rerun()
        live_run.draw(shown)


run(picked)
