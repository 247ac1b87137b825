"""The Permutations page of one run: the layer's picker, and the figures in their places."""

from typing import Final

import streamlit as st

from effdash.vocab import UserError
from pages.shared import page, prose, unit_links
from pages.shared.permutations import depth, face_to_face, joint, looked_at, maps, readers, strips
from pages.shared.selection import Picked
from pages.shared.view import change_view

MOST_BUTTONS: Final = 12
MOST_LETTERS: Final = 80


def draw(picked: Picked) -> None:
    """All of the layer that the address names."""
    _say_what_is_not_there(picked)
    head = st.container(horizontal=True, vertical_alignment="center")
    with head:
        _pick_layer(picked)
    try:
        at = looked_at.look_at(picked)
    except UserError as error:
        st.caption(f"There are no orders to show: {prose.literal(str(error))}.")
        return
    if at.all_silent:
        name = prose.markdown(at.layer)
        st.info(f"Every unit of {name} tells all samples the same, so that there is no order to show.")
        return
    with head:
        st.space("stretch")
        st.html(prose.figure_title(readers.unit_name(at.layer, at.unit), ""), width="content")
        unit_links.draw(picked, at.layer, at.unit, but="permutations")
    if at.unit in at.reading.grouping.silent:
        name = prose.markdown(readers.unit_name(at.layer, at.unit))
        st.caption(f"{name} tells all {picked.split} samples the same: it has no order, and so no row here.")
    left, right = st.columns([0.62, 0.38], gap="medium")
    with left:
        strips.draw(at)
        with page.problems_said():
            depth.draw(at)
    with right:
        strips.draw_similarity(at)
        face_to_face.draw(at)
    with left if strips.are_few(at) else right:
        joint.draw(at)
    with page.problems_said():
        maps.draw(at)


def _say_what_is_not_there(picked: Picked) -> None:
    view = picked.view
    units = {layer.name: layer.units for layer in picked.run.layers}
    if view.layer is None:
        return
    if view.layer not in units:
        st.warning(f"“{prose.markdown(view.layer)}” is not a layer of this network; this is another one.")
        return
    for number in (view.unit, view.other):
        if number is not None and number >= units[view.layer]:
            name = prose.markdown(readers.unit_name(view.layer, number))
            st.warning(f"“{name}” is not a unit of this network; this is another one.")


def _pick_layer(picked: Picked) -> None:
    names = [layer.name for layer in picked.run.layers]
    shown = looked_at.layer_looked_at(picked)
    key = f"layer after {shown}"

    def turn() -> None:
        change_view(layer=st.session_state[key], unit=None)

    if len(names) <= MOST_BUTTONS and sum(map(len, names)) <= MOST_LETTERS:
        st.segmented_control(
            "Layer",
            names,
            default=shown,
            required=True,
            key=key,
            on_change=turn,
            label_visibility="collapsed",
        )
    else:
        st.selectbox(
            "Layer",
            names,
            index=names.index(shown),
            key=key,
            on_change=turn,
            label_visibility="collapsed",
            width=320,
        )
