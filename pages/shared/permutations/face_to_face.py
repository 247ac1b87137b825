"""The unit looked at and another of its layer, face to face."""

from typing import Final

import streamlit as st

from effdash.figures import UnitOrder, face_to_face_payload
from effdash.permutations import compare_orders
from pages.shared import canvas, prose
from pages.shared.permutations import looked_at, readers
from pages.shared.permutations.looked_at import LookedAt

HEIGHT: Final = 440


def draw(at: LookedAt) -> None:
    """Both orders; a click follows a sample."""
    if at.other is None:
        st.html(prose.figure_title("Two units face to face", readers.taken_on(at.picked)))
        st.caption("This layer has one unit, so that there is no other to compare it with.")
        return
    told = at.reading.told
    canvas.face_to_face(
        face_to_face_payload(
            order_of(at, at.unit),
            order_of(at, at.other),
            compare_orders(told[:, at.unit], told[:, at.other]),
            at.samples.classes,
            at.samples.class_names,
            numbers=at.samples.numbers,
            followed=at.follow_places,
            split=readers.taken_on(at.picked),
        ),
        key="face to face",
        height=HEIGHT,
        on_sample=looked_at.toggle_followed,
    )


def order_of(at: LookedAt, unit: int) -> UnitOrder:
    """What a unit of the layer puts the samples in order by."""
    values, erased = at.reading.orders.values[:, unit], int(at.reading.erased[unit])
    return UnitOrder(readers.unit_name(at.layer, unit), values, erased)
