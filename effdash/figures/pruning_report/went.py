"""Which units went and why, and why the others stay."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from effdash.figures.pruning_report.book import NUMBER, Book, Column, Table, Title
from effdash.figures.pruning_report.deciding import bar
from effdash.figures.pruning_report.markup import Content, Markup, joined, tag
from effdash.figures.pruning_report.numerals import NOTHING, correlation, cost, count
from effdash.figures.pruning_report.unit_map import MOST_CELLS, row_id, unit_map
from effdash.pruning.dossier import Dossier
from effdash.pruning.plan import Stage
from effdash.pruning.reasons import unit_name
from effdash.vocab import LAYER, STATUS, UNIT


def units_tables(book: Book, dossier: Dossier) -> tuple[Table, Table]:
    """The units that went, and those that stay."""
    units = dossier.units
    rows_of = {
        unit_name(str(layer), int(unit)): row
        for row, (layer, unit) in enumerate(zip(units[LAYER], units[UNIT], strict=True))
    }
    gone, kept = units[~units["kept"]], units[units["kept"]]
    went = book.table(
        "Why each unit went",
        f"{count(len(gone))} units, layer by layer",
        [
            "unit",
            Column("stage", "word"),
            "why",
            Column("heir", "word"),
            Column("order told by survivors", NUMBER),
            Column("alike to heir", NUMBER),
            Column("cost", NUMBER),
            Column("status", "word"),
            "note",
        ],
        [_gone(unit, rows_of) for unit in gone.to_dict("records")],
        row_ids=[row_id(row) for row in gone.index],
        empty="No unit went.",
    )
    stay = book.table(
        "Why each other unit stays",
        f"{count(len(kept))} units",
        ["unit", "why", Column("status", "word"), "note"],
        [
            (_name(unit), _without_stage(unit["reason"], "kept"), _status(unit), unit["note"])
            for unit in kept.to_dict("records")
        ],
        row_ids=[row_id(row) for row in kept.index],
        empty="No unit is left.",
    )
    return went, stay


def map_section(book: Book, dossier: Dossier, tables: Sequence[Table]) -> Markup:
    """The map of units, whose numbers stand in `tables`."""
    if len(dossier.units) > MOST_CELLS:
        words = f"{count(len(dossier.units))} units are too many to draw one by one; "
        return tag("p", words, tables[-1].link, " has the widths of the layers.", class_="words")
    return book.figure(
        "Kept and removed",
        "status on train, before pruning",
        unit_map(dossier.units),
        "A cell is a unit, in its layer's order; faint and struck through: removed. Click: its row.",
        of=tables,
    )


def widths_table(book: Book, dossier: Dossier) -> Table:
    rows = []
    widest = max(1, *dossier.report.layers()["units"])
    for row in dossier.report.layers().to_dict("records"):
        of_layer = dossier.units[dossier.units[LAYER] == row[LAYER]]
        stages = of_layer["stage"].value_counts()
        rows.append(
            [
                row[LAYER],
                count(row["units"]),
                count(row["left"]),
                tag("span", bar(row["units"] / widest), bar(row["left"] / widest), class_="two"),
                *(count(int(stages.get(stage.value, 0))) for stage in Stage),
            ]
        )
    columns: list[Title] = [
        "layer",
        Column("units", NUMBER),
        Column("left", NUMBER),
        Column("", "bar"),
        *(Column(stage.value, NUMBER) for stage in Stage),
    ]
    return book.table("Widths by layer", "before, after, and in which stage units went", columns, rows)


def _gone(unit: Mapping[Hashable, Any], rows_of: Mapping[str, int]) -> list[Content]:
    heir = unit["heir"] if isinstance(unit["heir"], str) else None
    exact = unit["stage"] != Stage.REDUNDANT
    return [
        _name(unit),
        unit["stage"],
        _without_stage(unit["reason"], str(unit["stage"])),
        NOTHING if heir is None else tag("a", heir, href=f"#{row_id(rows_of[heir])}"),
        correlation(unit["joint_order"]),
        correlation(unit["pair_order"]),
        "exact" if exact else cost(unit["cost"]),
        _status(unit),
        unit["note"],
    ]


def _without_stage(reason: str, stage: str) -> str:
    """A reason without the word that has a column of its own."""
    return reason.removeprefix(f"{stage}: ")


def _name(unit: Mapping[Hashable, Any]) -> Markup:
    pin = unit["pin"]
    name = unit_name(unit[LAYER], unit[UNIT])
    return joined(name, tag("em", f" pinned as {pin}") if isinstance(pin, str) else "")


def _status(unit: Mapping[Hashable, Any]) -> Markup:
    word = unit[STATUS]
    if not isinstance(word, str):
        return joined(NOTHING)
    return joined(tag("i", class_=f"swatch {word}"), word)
