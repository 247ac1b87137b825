"""Units: what every unit of a run does with the data, over the epochs, and one of them closely."""

import streamlit as st

from pages.shared import diagnosis_bar, page, sidebar, unit_card, unit_overview

page.begin()
picked = sidebar.pick()
if picked is None:
    page.invitation(
        "Here every unit of a network is a cell, in the colour of what it does: dead, linear or nonlinear.",
        "Train a network",
        "train",
    )
    st.stop()


@st.fragment(run_every=sidebar.LIVE_SECONDS if picked.state in sidebar.LIVE else None)
def network_and_unit(picked: sidebar.Picked) -> None:
    with page.problems_said():
        shown = sidebar.refreshed(picked)
        if shown.state != picked.state:
            st.rerun()
        diagnosis_bar.draw(shown)
        network, unit = st.columns([0.4, 0.6], gap="medium")
        with network:
            unit_overview.draw(shown)
        with unit:
            unit_card.draw(shown)


network_and_unit(picked)
