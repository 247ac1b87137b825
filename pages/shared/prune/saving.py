"""What a person leaves with: the smaller network as a run, as files, or in training."""

from typing import Final

import streamlit as st

from effdash.runs.names import MOST_NAME
from pages.shared import page, prose
from pages.shared.prune import downloads, fine_tuning
from pages.shared.prune.keeping import keep_as_run, kept_run, name_of
from pages.shared.prune.readers import Result
from pages.shared.prune.state import Notes
from pages.shared.selection import Picked
from pages.shared.view import open_run_view

MENU: Final = "save menu"
WIDTH: Final = 300


def draw(picked: Picked, result: Result, *, notes: Notes) -> None:
    """Two buttons that open: train what is left on, and save it. Nothing is made before it is pressed."""
    fine_tuning.draw(picked, result, notes)
    menu = st.popover("Save", on_change="rerun", key=MENU)
    if menu.open:
        with menu, st.container(width=WIDTH, gap="small"):
            _as_run(picked, result, notes)
            st.caption("Or take it with you:")
            downloads.draw(picked, result, notes)


def _as_run(picked: Picked, result: Result, notes: Notes) -> None:
    kept, units = result.outcome.units
    if kept == units:
        st.caption("Nothing is removed yet: as a run, this network is there already.")
        return
    name = st.text_input(
        "Name of the run",
        name_of(picked, result),
        max_chars=MOST_NAME,
        key=f"name of {result.bench.link}, {result.choice.to_text()}",
    )
    if st.button("Save as a run", type="primary", width="stretch"):
        with page.problems_said():
            keep_as_run(picked, result, notes, name=name)
    saved = kept_run(picked, result)
    if saved is None:
        return
    st.caption(
        f"Saved as “{prose.markdown(saved.name)}”, beside the run it comes from, which stays as it is."
    )
    if st.button("Open it", width="stretch", icon=":material/arrow_forward:", icon_position="right"):
        open_run_view(saved.id)
        st.switch_page(page.PAGES["units"])
