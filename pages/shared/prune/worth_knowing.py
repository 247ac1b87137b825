"""What a person should know of a plan: what was left alone, and how the layers share what goes."""

from html import escape

import streamlit as st

from pages.shared import prose
from pages.shared.prune.readers import Result


def draw(result: Result) -> None:
    """The notes in a list, the same as in the report; nothing where there are none."""
    notes = result.outcome.notes
    if notes:
        st.html(prose.figure_title("Worth knowing", "of this plan, as in the report"))
        lines = "".join(f"<li>{escape(prose.sentence(note))}</li>" for note in notes)
        st.html(f'<ul class="caption">{lines}</ul>')
