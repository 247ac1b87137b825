"""Runs: all there are, the shipped examples too; open, rename, export, delete, or drop a run file."""

import streamlit as st

from pages.shared import lead, page, readers, run_table

page.begin()

lead.draw()
runs = run_table.matching(readers.list_runs())
bar = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
chosen = run_table.draw(runs)
with bar:
    if chosen is not None:
        run_table.actions(chosen)
    st.space("stretch")
    run_table.filter_box()
run_table.drop_zone()
