"""Where the decision function is drawn: the plane of two features, or one that is laid through more."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import streamlit as st

from effdash.decision import DecisionMap, Plane, PlaneKind, decision_map, near_data
from effdash.pruning.size import count_macs
from effdash.vocab import UserError
from pages.shared import glossary
from pages.shared.prune.bench import Bench
from pages.shared.prune.readers import Result
from pages.shared.selection import Picked
from pages.shared.view import change_view

AXES: Final = "axes"
SAMPLES: Final = "samples"
WORK: Final = 2e9
"""Multiply-adds that one map may take; a network that takes more is asked at fewer points."""
FEWEST_STEPS: Final = 32


@dataclass(frozen=True, eq=False)
class Ground:
    """A plane, what the network answers on it, and which of its points are near data."""

    plane: Plane
    before: DecisionMap
    near: np.ndarray
    off_plane: float | None
    """How far the train samples are from it, the median; `None`: they lie on it."""


def ground_of(bench: Bench, asked: str | None) -> Ground:
    """The plane that the address asks for, or the default one.

    Raises:
        UserError: the address names no plane; the data have none.
    """
    return bench.made.get(("ground", asked), lambda: _ground(bench, asked))


def map_of(result: Result, ground: Ground) -> DecisionMap:
    """What the smaller network answers on a plane."""
    return result.made.get(ground.plane, lambda: decision_map(result.network, ground.plane))


def draw_picker(picked: Picked, bench: Bench) -> None:
    """Lets the person lay another plane, where the data have more than two features."""
    if bench.data.input_shape == (2,):
        return
    asked = picked.view.plane
    key = f"plane {asked}"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        chosen = st.segmented_control(
            "Plane",
            [SAMPLES, AXES],
            format_func={SAMPLES: "through three samples", AXES: "principal axes"}.__getitem__,
            default=AXES if asked == AXES else SAMPLES,
            required=True,
            label_visibility="collapsed",
            key=key,
            help=glossary.markdown("plane"),
            on_change=lambda: change_view(plane=AXES if st.session_state[key] == AXES else None),
        )
        if chosen == SAMPLES:
            st.text_input(
                "Three train samples",
                _anchors(bench, asked),
                placeholder="three train samples: 12,80,301",
                label_visibility="collapsed",
                width=190,
                key=f"anchors {asked}",
                on_change=lambda: _lay(bench, st.session_state[f"anchors {asked}"]),
            )


def _anchors(bench: Bench, asked: str | None) -> str:
    """The samples that the plane goes through; what was asked for, where that is no plane."""
    try:
        return ",".join(map(str, ground_of(bench, asked).plane.anchors))
    except UserError:
        return asked or ""


def _lay(bench: Bench, text: str) -> None:
    """Lays the plane through three samples, where there is one."""
    asked = text.replace(" ", "") or None
    try:
        ground_of(bench, asked)
    except UserError as error:
        st.toast(str(error))
        return
    change_view(plane=asked)


def _ground(bench: Bench, asked: str | None) -> Ground:
    plane = _plane(bench, asked)
    before = decision_map(bench.model, plane)
    X = bench.data.X_train
    near = near_data(plane, X)
    off_plane = None if plane.kind is PlaneKind.RAW else float(np.median(plane.distances(X)))
    return Ground(plane, before, near, off_plane)


def _plane(bench: Bench, asked: str | None) -> Plane:
    data, steps = bench.data, _steps(bench)
    if data.input_shape == (2,):
        return Plane.around(data, steps=steps)
    if asked == AXES:
        return Plane.principal(data, steps=steps)
    if asked is None:
        return Plane.through(data, steps=steps)
    numbers = asked.split(",")
    if not all(number.isdecimal() and len(number) < 12 for number in numbers):
        raise UserError(f"“{asked}” is no plane; it is {AXES}, or three train samples as 12,80,301")
    return Plane.through(data, [int(number) for number in numbers], steps=steps)


def _steps(bench: Bench) -> int:
    """Of the grid, so that drawing it stays as quick as the hand."""
    macs = count_macs(bench.reference.model, bench.reference.graph, bench.reference.X[:1])
    for steps in (96, 64, 48):
        if macs * steps**2 <= WORK:
            return steps
    return FEWEST_STEPS
