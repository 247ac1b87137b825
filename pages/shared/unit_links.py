"""Where else a unit is looked at: a small link to each page that tells more of it."""

from typing import Final

import streamlit as st

from pages.shared import page
from pages.shared.selection import Picked

WORDS: Final = {"units": "its card", "permutations": "its order", "prune": "what if it went"}


def draw(picked: Picked, layer: str, unit: int, *, but: str) -> None:
    """Links to the pages but one, which is this; each opens in a new tab as well, with the whole view."""
    view = {"run": picked.run.id, "layer": layer, "unit": str(unit), "split": picked.split.value}
    if picked.epoch is not None:
        view["epoch"] = str(picked.epoch)
    with st.container(key=f"unit-links-{but}", horizontal=True, gap="small", width="content"):
        for name, words in WORDS.items():
            if name in page.PAGES and name != but:
                st.page_link(page.PAGES[name], label=words, query_params=view)
