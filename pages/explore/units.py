"""Units: what every unit of a run does with the data, over the epochs; one of them closely, or two runs."""

import streamlit as st

from pages.shared import (
    diagnosis_bar,
    page,
    selection,
    side_by_side,
    sidebar,
    unit_card,
    unit_overview,
    unit_samples,
)

page.begin()
picked = sidebar.pick(two=True)
if picked is None and not sidebar.can_pick():
    page.invitation(
        "Here every unit of a network is a cell, in the colour of what it does: dead, linear or nonlinear.",
        "Train a network",
        "train",
    )
if picked is None:
    st.stop()


@st.fragment(run_every=sidebar.LIVE_SECONDS if picked.live else None)
def network_and_unit(picked: selection.Picked) -> None:
    with page.problems_said():
        shown = selection.refreshed(picked)
        if shown.states != picked.states:
            st.rerun()
        if shown.beside is not None:
            side_by_side.draw(shown, shown.beside)
            return
        evidence = diagnosis_bar.draw(shown)
        network, unit = st.columns([0.4, 0.6], gap="medium")
        with network:
            unit_overview.draw(shown, evidence)
        with unit:
            unit_card.draw(shown)
        with network:
            unit_samples.draw_layer(shown)
        with unit:
            unit_samples.draw(shown)


network_and_unit(picked)
