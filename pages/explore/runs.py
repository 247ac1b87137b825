"""Runs: all there are, the shipped examples too; open, rename, export, delete, or drop a run file."""

import streamlit as st

from pages.shared import page, readers, run_table

page.begin()

st.html(
    '<div class="lead"><h1>What the units of a network really do</h1><p>Train a network and watch every unit turn '
    "dead, linear or nonlinear on the data, epoch by epoch. Open an example to see one: a 30-layer network that is "
    "born dead, the same one saved by jumpstart, and one revived in mid-training.</p></div>"
)
runs = readers.list_runs()
with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
    if st.button("Train a network", type="primary"):
        st.switch_page(page.PAGES["train"])
    st.space("stretch")
    words = st.text_input(
        "Filter", placeholder="name, data, network …", label_visibility="collapsed", width=260, key="filter"
    )
chosen = run_table.draw(run_table.matching(runs, words or ""))
if chosen is not None:
    run_table.actions(chosen)
run_table.drop_zone()
