"""The evidence about one unit: its order, who else tells it, and what changes if it goes or comes back."""

from collections.abc import Mapping
from typing import Final

import pandas as pd
import streamlit as st

from effdash.decision import Changes
from effdash.pruning import alone, clicked
from effdash.pruning.report import KEPT, REASON
from effdash.vocab import LAYER, UNIT, Split
from pages.shared import page, prose, unit_links
from pages.shared.prune import hand, state, strips
from pages.shared.prune.readers import Result
from pages.shared.selection import Picked
from pages.shared.unit_overview import chosen_unit
from pages.shared.view import change_view

SIDES: Final = (0.42, 0.58)
INVITATION: Final = (
    "Choose a row, or look at a unit in the map with a right click: here is what it says of the samples, "
    "which survivors say it too, and what changes if it alone goes or comes back."
)


def draw(picked: Picked, result: Result) -> None:
    """Of the unit that the address names; else what would be here."""
    index = chosen_unit(picked)
    if index is None:
        st.html(prose.figure_title("Evidence", "of one unit"))
        st.caption(INVITATION)
        return
    row = result.why.iloc[index]
    layer, unit = str(row[LAYER]), int(row[UNIT])
    words, order = st.columns(SIDES, gap="medium")
    with words:
        st.html(heading(row))
        _what_to_do(picked, result, row)
        st.html(consequences(result, layer, unit, gone=not row[KEPT]))
        _note(picked, layer, unit)
    with order:
        strips.draw(picked, result, layer, unit)


def heading(row: pd.Series) -> str:
    """The unit's name, whether it is gone, and why, in its words."""
    fate = "kept" if row[KEPT] else f"removed · {row['stage']}"
    if isinstance(row["pin"], str):
        fate += f" · pinned as {row['pin']}"
    reason = str(row[REASON]).removeprefix("kept: ")
    return prose.fate_heading(f"{row[LAYER]} · {row[UNIT]}", fate, prose.sentence(reason))


def consequences(result: Result, layer: str, unit: int, *, gone: bool) -> str:
    """What becomes of the decisions if this unit alone goes, and if it alone is the other way about here."""
    found = alone(result.bench.reference, result.outcome, layer, unit)
    facts = {
        "if it alone goes": _in_words(found.goes),
        "if it alone comes back" if gone else "if it goes as well": _in_words(found.turned),
    }
    return prose.facts(facts)


def _in_words(changes: Mapping[Split, Changes] | None) -> str:
    if changes is None:
        return "it cannot: its layer would vanish, or it cannot go"
    told = [f"{seen.count:,} of {seen.samples:,} {split}" for split, seen in changes.items()]
    return f"decisions changed: {', '.join(told)}"


def _what_to_do(picked: Picked, result: Result, row: pd.Series) -> None:
    layer, unit = str(row[LAYER]), int(row[UNIT])
    label = "Take it out" if row[KEPT] else "Bring it back"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            label if result.choice.pin(layer, unit) is None else "Unpin",
            key="turn",
            on_click=hand.acting(
                picked,
                result.plan,
                lambda now: state.decide(picked, clicked(now.bench.reference, now.outcome, layer, unit)),
            ),
        )
        unit_links.draw(picked, layer, unit, but="prune")
        heir = row["heir"]
        if isinstance(heir, str) and st.button(f"Face to face with {heir}", type="tertiary"):
            change_view(other=int(heir.rpartition(" · ")[2]))
            st.switch_page(page.PAGES["permutations"])


def _note(picked: Picked, layer: str, unit: int) -> None:
    """What the person says of the unit, which travels into the report."""
    key = f"note on {layer} · {unit} of {picked.run.id}"
    st.text_input(
        "Note",
        state.notes(picked.run.id).get((layer, unit), ""),
        max_chars=500,
        placeholder="A note on this unit, for the report",
        label_visibility="collapsed",
        key=key,
        on_change=lambda: state.note(picked.run.id, layer, unit, st.session_state[key]),
    )
