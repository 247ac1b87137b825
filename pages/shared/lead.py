"""What a visitor sees first: words, and the shipped revival, which plays by itself."""

from typing import Final

import streamlit as st

from effdash.figures import unit_map_payload
from effdash.vocab import Split, UserError
from pages.shared import canvas, page, prose, readers, watching
from pages.shared.view import open_run_view

EXAMPLE: Final = "revived"
HEIGHT: Final = 430


def draw() -> None:
    """The whole picture for those who have no run yet; for others a line. Below it what a door opens."""
    _picture()
    watching.draw()


def _picture() -> None:
    if any(not run.shipped for run in readers.list_runs()) or not _is_here(EXAMPLE):
        _words(prose.SHORT_LEAD)
        return
    words, picture = st.columns([0.36, 0.64], gap="large", vertical_alignment="center")
    with words:
        _words(prose.LEAD, example=EXAMPLE)
    with picture:
        _revival()


def _words(html: str, example: str | None = None) -> None:
    st.html(html)
    with st.container(horizontal=True, gap="small"):
        if st.button("Train a network", type="primary"):
            st.switch_page(page.PAGES["train"])
        if st.button("Load my model"):
            st.switch_page(page.PAGES["load"])
        watching.door()
        if example is not None and st.button("Open this run", type="tertiary"):
            open_run_view(example)
            st.switch_page(page.PAGES["units"])


def _is_here(run_id: str) -> bool:
    try:
        readers.find_run(run_id)
    except UserError:
        return False
    return True


def _revival() -> None:
    run = readers.find_run(EXAMPLE)
    version = readers.Version.of(run)
    history = readers.status_history(run.id, Split.TRAIN, version)
    frames = readers.map_frames(run.id, Split.TRAIN, version, len(history.epochs) - 1)
    canvas.unit_map(
        unit_map_payload(
            run.layers,
            history.epochs,
            history.status,
            split=Split.TRAIN.value,
            link="lead",
            frames=frames.places,
            constant=frames.constant,
            title="30 layers of 8 units",
        ),
        key="revival",
        height=HEIGHT,
        autoplay=True,
    )
