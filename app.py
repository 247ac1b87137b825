"""The dashboard: page configuration and navigation, nothing else."""

from importlib import import_module
from pathlib import Path

import streamlit as st

from pages.shared import late_requests

late_requests.ignore()
st.set_page_config(
    page_title="effdash",
    page_icon=str(Path(__file__).parent / "assets" / "logo.svg"),
    layout="wide",
    initial_sidebar_state=240,
)

page = st.navigation(
    [
        st.Page("pages/explore/runs.py", title="Runs", default=True),
        st.Page("pages/explore/train.py", title="Train"),
        st.Page("pages/explore/load.py", title="Load"),
        st.Page("pages/explore/units.py", title="Units"),
        st.Page("pages/explore/permutations.py", title="Permutations"),
        st.Page("pages/explore/prune.py", title="Prune"),
    ],
    position="top",
)
# Whole, before any page: two first visits at once that import its parts in different orders would get halves.
with st.spinner("Importing torch, which takes a while the first time …"):
    import_module("effdash.figures")
page.run()
