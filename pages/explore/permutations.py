"""Permutations: the orders into which the units of a layer put the samples, and how alike they are."""

import streamlit as st

from pages.shared import page, selection, sidebar
from pages.shared.permutations import layer_page

page.begin()
picked = sidebar.pick()
if picked is None and not sidebar.can_pick():
    page.invitation(
        "Here every unit puts the samples in its order, and units that order them alike stand together.",
        "Train a network",
        "train",
    )
if picked is None:
    st.stop()


@st.fragment(run_every=sidebar.LIVE_SECONDS if picked.live else None)
def orders(picked: selection.Picked) -> None:
    with page.problems_said():
        shown = selection.refreshed(picked)
        if shown.states != picked.states:
            st.rerun()
        layer_page.draw(shown)


orders(picked)
