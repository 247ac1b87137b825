"""Prune: take units out, by hand or as many as can go, and see at once what becomes of the decisions."""

import streamlit as st

from pages.shared import page, selection, sidebar
from pages.shared.prune import hand, holding, workplace

page.begin()
picked = sidebar.pick()
if picked is None and not sidebar.can_pick():
    page.invitation(
        "Here a network is made smaller, unit by unit, while its decisions stay.", "Train a network", "train"
    )
if picked is None:
    st.stop()


@st.fragment(key=hand.PAGE)
def prune(picked: selection.Picked) -> None:
    with page.problems_said():
        workplace.draw(holding.refreshed(picked))


prune(picked)
