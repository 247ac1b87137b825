"""Load: a model from a file, what is in it and what it answers, before Units or Prune open it."""

import streamlit as st

from pages.shared import loading, loading_form, loading_view, page, prose

SIDES = (0.36, 0.64)

page.begin()
st.html(prose.LOAD_LEAD)
form, found = st.columns(SIDES, gap="large")
with form:
    asked = loading_form.draw()
with found:
    if asked is None:
        st.html(prose.LOAD_EMPTY)
        st.stop()
    with page.problems_said():
        seen = loading.find_out(asked)
        if seen is not None:
            loading_view.draw(asked, seen)
