"""Kept and removed units as cells, a block a layer; a cell leads to the unit's row."""

from collections.abc import Hashable, Mapping
from typing import Any, Final

import pandas as pd

from effdash.figures.pruning_report.markup import Markup, joined, tag
from effdash.figures.pruning_report.numerals import count
from effdash.pruning.reasons import unit_name
from effdash.vocab import LAYER, STATUS, STATUS_WORDS, UNIT

MOST_CELLS: Final = 5_000
"""Of more units the widths of the layers say it better."""


def unit_map(units: pd.DataFrame) -> Markup:
    """The cells with their legend; units of one layer stand together."""
    blocks = []
    for layer, of_layer in units.groupby(LAYER, sort=False):
        left = int(of_layer["kept"].sum())
        name = tag("span", str(layer), tag("em", f" {count(left)} of {count(len(of_layer))}"))
        cells = [
            _cell(int(row["row"]), row)
            for row in of_layer.rename_axis("row").reset_index().to_dict("records")
        ]
        blocks.append(tag("div", name, tag("div", *cells, class_="cells"), class_="layer"))
    return joined(_legend(units), tag("div", *blocks, class_="map"))


def row_id(row: int) -> str:
    """Where a unit's row is found."""
    return f"unit-{row}"


def _cell(row: int, unit: Mapping[Hashable, Any]) -> Markup:
    classes = ["cell", unit[STATUS]]
    if not unit["kept"]:
        classes.append("removed")
    if unit["pin"] is not None:
        classes.append("pinned")
    name = unit_name(unit[LAYER], unit[UNIT])
    return tag(
        "a",
        class_=" ".join(classes),
        href=f"#{row_id(row)}",
        title=f"{name}: {unit[STATUS]}; {unit['reason']}",
    )


def _legend(units: pd.DataFrame) -> Markup:
    """What stays, by status, and what went."""
    kept = units[units["kept"]]
    keys = [
        tag(
            "li",
            tag("i", class_=f"swatch {word}"),
            f"{word} ",
            tag("b", count(int((kept[STATUS] == word).sum()))),
        )
        for word in STATUS_WORDS
    ]
    keys.append(
        tag(
            "li",
            tag("i", class_="swatch removed nonlinear"),
            "removed ",
            tag("b", count(int((~units["kept"]).sum()))),
        )
    )
    pinned = int(units["pin"].notna().sum())
    if pinned:
        keys.append(tag("li", tag("i", class_="swatch pinned"), "pinned by hand ", tag("b", count(pinned))))
    return tag("ul", *keys, class_="legend")
