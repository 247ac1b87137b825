"""Why each unit went, and why the others stay: a table; a row opens its evidence."""

from typing import Final

import numpy as np
import pandas as pd
import streamlit as st

from effdash.pruning import Stage
from effdash.pruning.report import KEPT, REASON, STAGE
from effdash.pruning.stages import EXACT
from effdash.vocab import LAYER, UNIT
from pages.shared import glossary, prose
from pages.shared.prune import state
from pages.shared.prune.readers import Result
from pages.shared.selection import Picked
from pages.shared.view import change_view

ROW_HEIGHT: Final = 28
HEIGHT: Final = 28 * 11 + 34
MOST_ROWS: Final = 5_000
GONE, STAYS, ALL = "gone", "kept", "all"
SHOWN: Final = "why shows"
NAME: Final = "name"
COST: Final = "cost"


def draw(picked: Picked, result: Result) -> None:
    """The units that are gone, in the order in which they went, or those that stay; sortable."""
    gone = int((~result.why[KEPT]).sum())
    counts = {GONE: gone, STAYS: len(result.why) - gone, ALL: len(result.why)}
    st.session_state.setdefault(SHOWN, ALL)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.html(prose.figure_title("Why each unit went or stays", _qualifier(counts)), width="content")
        st.space("stretch")
        shown = st.segmented_control(
            "Units in the table",
            [ALL, GONE, STAYS],
            format_func=lambda which: f"{which} {counts[which]:,}",
            required=True,
            label_visibility="collapsed",
            key=SHOWN,
        )
    table = rows(result, shown or ALL, state.notes(picked.run.id))
    key = f"why {result.bench.link}"

    def row_chosen() -> None:
        chosen = st.session_state[key]["selection"]["rows"]
        if chosen and chosen[0] < len(table):
            row = table.iloc[chosen[0]]
            change_view(layer=row[LAYER], unit=int(row[UNIT]))

    st.dataframe(
        table,
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=HEIGHT,
        on_select=row_chosen,
        selection_mode="single-row",
        placeholder="",
        key=key,
        column_order=[NAME, STAGE, REASON, "heir", "pair_order", "joint_order", COST, "pin", "note"],
        column_config={
            NAME: st.column_config.TextColumn("unit", width=64, pinned=True),
            STAGE: st.column_config.TextColumn("stage", width=76, help=glossary.markdown("stage")),
            REASON: st.column_config.TextColumn("reason", width=330),
            "heir": st.column_config.TextColumn("heir", width=64, help=glossary.markdown("heir")),
            "pair_order": st.column_config.ProgressColumn(
                "order similarity",
                min_value=0,
                max_value=1,
                format="%.2f",
                width=100,
                help=glossary.markdown("order_similarity"),
            ),
            "joint_order": st.column_config.NumberColumn(
                "joint order", format="%.3f", width=76, help=glossary.markdown("joint_order")
            ),
            COST: st.column_config.NumberColumn(
                "margin cost" if result.choice.method == "margin" else "cost",
                format="scientific",
                width=80,
                help=glossary.markdown("margin_cost"),
            ),
            "pin": st.column_config.TextColumn("pinned", width=60),
            "note": st.column_config.TextColumn("note", width=110),
        },
    )


def rows(result: Result, shown: str, notes: state.Notes) -> pd.DataFrame:
    """What the table says, with `name` and `note`: of the units that went, in that order, then the others.

    At most so many rows as a page can hold, the first of them.
    """
    table = result.why
    if shown != ALL:
        table = table[table[KEPT] == (shown == STAYS)]
    if shown != STAYS:
        table = table.loc[_in_order(result, table)]
    table = table.head(MOST_ROWS).copy()
    exact = table[STAGE].isin(EXACT)
    table.loc[exact, COST] = np.nan
    table.loc[table[KEPT], STAGE] = KEPT
    for stage in (Stage.REDUNDANT, KEPT):
        table[REASON] = table[REASON].str.removeprefix(f"{stage}: ")
    # The rest of it has columns of its own.
    table[REASON] = table[REASON].str.replace("; heir .*", "", regex=True)
    table[NAME] = table[LAYER] + " · " + table[UNIT].astype(str)
    units = zip(table[LAYER], table[UNIT], strict=True)
    table["note"] = [notes.get((layer, int(unit)), "") for layer, unit in units]
    return table.reset_index(drop=True)


def _in_order(result: Result, table: pd.DataFrame) -> pd.Index:
    """The rows as their units went; those that stay behind them, as they stand."""
    step = np.full(len(result.why), len(result.why))
    starts = result.bench.starts
    for number, removal in enumerate(result.outcome.removals):
        for layer, units in result.outcome.path.groups[removal.group].sites.items():
            step[starts[layer] + units[removal.channel]] = number
        for layer, unit in result.outcome.path.along.get(number + 1, ()):
            step[starts[layer] + unit] = number
    places = table.index.to_numpy()
    return table.index[np.argsort(step[places], kind="stable")]


def _qualifier(counts: dict[str, int]) -> str:
    if counts[ALL] > MOST_ROWS:
        return f"the first {MOST_ROWS:,} rows; a row opens its evidence"
    return "a row opens its evidence"
