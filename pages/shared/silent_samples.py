"""The samples that nobody hears: as pictures, on the plane, or in a table, those silent earliest first."""

from typing import Final

import numpy as np
import pandas as pd
import streamlit as st

from effdash.decision import Plane
from effdash.figures import sample_plane_payload, samples_payload
from effdash.figures.silence import silence_sentence
from effdash.observe.hearing import DEPTH, silent_points
from effdash.vocab import LAYER, POINT
from pages.shared import canvas, glossary, prose
from pages.shared.followed import Followed, Values
from pages.shared.view import change_view

MOST_PICTURES: Final = 42
FIGURE_HEIGHT: Final = 330
ROW_HEIGHT: Final = 28


def draw(followed: Followed) -> None:
    """A sentence, and below it the samples themselves, of which one can be chosen."""
    picked = followed.picked
    st.html(prose.figure_title("Silent samples", f"{picked.split} · epoch {picked.shown_epoch}"))
    sentence = silence_sentence(
        followed.silent,
        followed.layers,
        split=picked.split.value,
        total=picked.run.data_size(picked.split).total,
    )
    st.caption(prose.literal(sentence), help=glossary.markdown("silent_sample"))
    if followed.values is not None and followed.values.on_plane:
        _on_plane(followed, followed.values)
    elif followed.ever_silent:
        with st.container(height=FIGURE_HEIGHT, border=False):
            _listed(followed)


def _on_plane(followed: Followed, values: Values) -> None:
    canvas.sample_plane(
        sample_plane_payload(
            values.X,
            values.classes,
            followed.silent,
            followed.numbers,
            layers=followed.layers,
            class_names=values.class_names,
            extent=Plane.around(values.data).extent,
            split=followed.picked.split,
            chosen=followed.number,
            title="On the plane",
            qualifier="ringed: silent",
        ),
        key="sample plane",
        height=FIGURE_HEIGHT,
        on_sample=lambda number: change_view(sample=number),
    )


def _listed(followed: Followed) -> None:
    """The silent ones, worst first."""
    silent = silent_points(followed.status, np.arange(len(followed.numbers)), followed.layers)
    if silent.empty:
        return
    places = silent[POINT].tolist()
    images = None if followed.values is None else followed.values.images(places[:MOST_PICTURES])
    if images is None:
        _table(followed, silent)
    else:
        _pictures(followed, silent, images)


def _pictures(followed: Followed, silent: pd.DataFrame, images: np.ndarray) -> None:
    shown = silent.iloc[: len(images)]
    places, layers = shown[POINT].tolist(), shown[LAYER].tolist()
    numbers = followed.numbers[places].tolist()
    canvas.images(
        samples_payload(
            images,
            captions=layers,
            hints=[
                f"{followed.name_of(place)}: silent from {layer} on"
                for place, layer in zip(places, layers, strict=True)
            ],
            chosen=places.index(followed.chosen) if followed.chosen in places else None,
            title="Worst first",
            qualifier=_how_many(len(shown), len(silent)),
        ),
        key="silent pictures",
        height=FIGURE_HEIGHT,
        on_image=lambda image: change_view(sample=numbers[image]),
    )


def _how_many(shown: int, all_of_them: int) -> str:
    part = "" if shown == all_of_them else f"{shown:,} of {all_of_them:,}, "
    return f"{part}each with its layer"


def _table(followed: Followed, silent: pd.DataFrame) -> None:
    places = silent[POINT].to_numpy()
    columns = {"sample": followed.numbers[places]}
    if followed.values is not None and followed.picked.run.n_classes:
        names = followed.values.class_names
        columns["class"] = [names[number] for number in followed.values.classes[places]]
    table = pd.DataFrame({**columns, "silent from": silent[LAYER], "layer no.": silent[DEPTH]})
    key = "silent table"

    def row_chosen() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        if rows and rows[0] < len(table):
            change_view(sample=int(table["sample"].iloc[rows[0]]))

    st.dataframe(
        table,
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=min(FIGURE_HEIGHT, ROW_HEIGHT * len(table) + 34),
        on_select=row_chosen,
        selection_mode="single-row",
        placeholder="",
        key=key,
        column_config={
            "sample": st.column_config.NumberColumn(width=60),
            "layer no.": st.column_config.NumberColumn("no.", help="the layer's place", width=44),
        },
    )
