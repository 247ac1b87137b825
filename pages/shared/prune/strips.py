"""The strip of a unit beside those of the survivors that tell its order, with their weights."""

from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd
import streamlit as st

from effdash.figures import strips_payload
from effdash.figures.status import layer_starts
from effdash.figures.strips import StripSection, signed
from effdash.permutations import find_partners
from effdash.vocab import UNIT, Split
from pages.shared import canvas
from pages.shared import readers as run_readers
from pages.shared.permutations import readers
from pages.shared.permutations.readers import Reading
from pages.shared.prune.readers import Result
from pages.shared.selection import Picked
from pages.shared.view import change_view

PARTNERS: Final = 4
HEIGHT: Final = 262


def draw(picked: Picked, result: Result, layer: str, unit: int) -> None:
    """The unit on top, then the survivors that together tell its order; a click turns to one of them.

    On train, which the units are chosen on, whatever the sidebar says.
    """
    on_train = replace(picked, split=Split.TRAIN)
    reading = readers.reading(on_train, layer)
    if not reading.told[:, unit].any():
        st.caption("It tells the next layer nothing on train: there is no order to compare.")
        return
    tellers = result.made.get(("tellers", layer, unit), lambda: _tellers(result, reading, layer, unit))
    samples = readers.samples(on_train)
    canvas.strips(
        strips_payload(
            reading.places,
            reading.erased,
            _status(on_train, layer, len(reading.erased)),
            samples.classes,
            sections(layer, unit, tellers),
            class_names=samples.class_names,
            layer=layer,
            taken=readers.taken_on(on_train),
            split=Split.TRAIN.value,
            numbers=samples.numbers,
            chosen=unit,
            caption=told_by(layer, tellers),
            title="Its order, and who tells it",
        ),
        key="evidence strips",
        height=HEIGHT,
        on_unit=lambda number: change_view(layer=layer, unit=number),
    )


def sections(layer: str, unit: int, tellers: pd.DataFrame) -> list[StripSection]:
    """A row each: the unit, then the survivors with the weight that their ranks get."""
    rows = [StripSection((unit,), "this unit", hover=readers.unit_name(layer, unit))]
    for number, weight in zip(tellers[UNIT].tolist(), tellers["weight"].tolist(), strict=True):
        hover = f"{readers.unit_name(layer, number)}: its ranks count {signed(weight)} times"
        rows.append(StripSection((number,), f"× {signed(weight)}", hover=hover))
    return rows


def told_by(layer: str, tellers: pd.DataFrame) -> str:
    """How well those that are shown tell the order together, in a sentence."""
    if tellers.empty:
        return "No survivor tells anything of its order."
    joint = float(tellers["joint_order"].iloc[-1])
    names = ", ".join(str(number) for number in tellers[UNIT])
    if np.isnan(joint):
        return f"Weighted so, {layer} · {names} come nearest; too few samples say how near."
    return f"Weighted so, {layer} · {names} tell its order to {joint:.3f} (1 is all of it)."


def _tellers(result: Result, reading: Reading, layer: str, unit: int) -> pd.DataFrame:
    survivors = np.flatnonzero(~result.outcome.removed[layer])
    return find_partners(reading.ranks, unit, survivors, PARTNERS)


def _status(picked: Picked, layer: str, units: int) -> np.ndarray:
    """Of the layer's units at the epoch looked at, uint8 (unit,)."""
    history = run_readers.status_history(picked.run.id, Split.TRAIN, picked.version)
    place = [each.name for each in picked.run.layers].index(layer)
    start = layer_starts(picked.run.layers)[place]
    return history.status[picked.row, start : start + units]
