"""What every page begins with, and how an empty one invites."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import streamlit as st

from effdash.vocab import UserError
from pages.shared import prose, readers

HERE: Final = Path(__file__).parent
LOGO: Final = HERE.parents[1] / "assets" / "logo.svg"
PAGES: Final = {
    name: f"pages/explore/{name}.py" for name in ("runs", "train", "load", "units", "permutations", "prune")
}


def begin() -> None:
    """The style sheet and the logo; and imports leave the garbage collector's sight."""
    readers.prepare()
    st.html(HERE / "style.css")
    st.logo(LOGO, size="medium")


@contextmanager
def problems_said() -> Iterator[None]:
    """Bad input, or a run that is deleted meanwhile, is one sentence on the page."""
    try:
        yield
    except UserError as error:
        complain(error)


def complain(problem: UserError | str) -> None:
    """Says what is wrong, word for word."""
    st.error(prose.literal(str(problem)))


def invitation(text: str, label: str, page: str) -> None:
    """Says what would be here, and offers the page that makes it so."""
    with st.container(height=260, border=False, vertical_alignment="center", horizontal_alignment="center"):
        st.markdown(text, width="content")
        if st.button(label, type="primary"):
            st.switch_page(PAGES[page])
