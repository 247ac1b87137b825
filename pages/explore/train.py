"""Train: a form, and a run that is watched and steered while it trains."""

import streamlit as st

from pages.shared import live_run, page, selection, sidebar, starting, trainers
from pages.shared.training_form import SLOWLY, chosen_config, has_own_data, own_file, training_form

page.begin()
trainers.trainer_pool()


watched = st.session_state.get("watched")
with st.expander("New run", expanded=watched is None):
    values = training_form()
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button("Train", type="primary", shortcut="ctrl+enter")
        st.toggle("Slowly, 20 epochs a second", key=SLOWLY, persist_state="session")
    if pressed:
        with page.problems_said():
            config = chosen_config(values)
            if has_own_data():
                starting.start_on_own_data(config, own_file())
            else:
                starting.start_run(config)

picked = sidebar.pick(default=watched)
if picked is None:
    st.caption("The run you start is drawn here while it trains: every unit, epoch by epoch.")
    st.stop()


@st.fragment(run_every=sidebar.LIVE_SECONDS / 2 if picked.state in selection.LIVE else None)
def run(picked: selection.Picked) -> None:
    with page.problems_said():
        shown = selection.refreshed(picked)
        if shown.state != picked.state:
            st.rerun()
        live_run.draw(shown)


run(picked)
