"""How well the other units of the layer tell the order of the one looked at, and which of them it takes."""

from typing import Final

import numpy as np
import streamlit as st

from effdash.figures import joint_order_payload
from effdash.permutations import find_partners, joint_orders
from effdash.vocab import Split
from pages.shared import canvas
from pages.shared.permutations import looked_at, readers
from pages.shared.permutations.looked_at import LookedAt
from pages.shared.permutations.readers import Reading

HEIGHT: Final = 236


def draw(at: LookedAt) -> None:
    """The partners of the unit; a click puts one face to face with it."""
    picked, reading = at.picked, at.reading
    varies = np.any(reading.ranks != 0, axis=0)
    varies[at.unit] = False
    joint = _joint_orders(
        picked.run.id, picked.run.incarnation, picked.kept_weights, at.layer, picked.split, reading
    )
    canvas.joint_order(
        joint_order_payload(
            find_partners(reading.ranks, at.unit, np.flatnonzero(varies)),
            float(joint[at.unit]),
            layer=at.layer,
            unit=at.unit,
            tellers=int(varies.sum()),
            samples=len(reading.ranks),
            other=at.other,
            qualifier=f"{readers.unit_name(at.layer, at.unit)} · {readers.taken_on(picked)}",
        ),
        key="joint order",
        height=HEIGHT,
        on_unit=lambda other: looked_at.compare(at.layer, at.unit, other),
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _joint_orders(
    run_id: str, incarnation: str, checkpoint: int, layer: str, split: Split, _reading: Reading
) -> np.ndarray:
    """Of every unit of the layer: one factorisation serves all."""
    return joint_orders(_reading.ranks)
