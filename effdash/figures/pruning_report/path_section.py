"""The removal path: of the plan, and of all methods beside it, with the tables that hold their numbers."""

from typing import Final

import pandas as pd

from effdash.figures.pruning_report.book import NUMBER, Book, Column, Table, Title, beside
from effdash.figures.pruning_report.markup import Content, Markup, joined
from effdash.figures.pruning_report.numerals import NOTHING, count, share
from effdash.figures.pruning_report.path_drawing import path_drawing
from effdash.figures.pruning_report.summary import METHOD_WORDS
from effdash.pruning import METHODS
from effdash.pruning.dossier import Dossier
from effdash.vocab import Split

CAPTION: Final = (
    "Along the plan, without what is fixed by hand. The upright line is the network of this report."
)
THIN: Final = " Thin: all methods, on {split}, as they are where survivors take over, dashed without."
CURVES: Final = 2 * len(METHODS)


def path_section(book: Book, dossier: Dossier) -> Markup:
    """The figure, its numbers beside it, and those of the thin lines below."""
    curve, report, paths = dossier.curve, dossier.report, dossier.paths
    splits = [str(column) for column in curve.columns if column != "removed"]
    here = {split: report.changes[split].agreement for split in splits}
    own = _own_table(book, curve, report.removed, here)
    split = Split.TEST if Split.TEST in splits else Split.TRAIN
    others = [_methods_table(book, paths, split, compensated) for compensated in (True, False)]
    tables = [own, *(table for table in others if table is not None)]
    caption = CAPTION + (THIN.format(split=split) if len(tables) > 1 else "")
    if 0 < _known(paths) < CURVES:
        caption += f" {_known(paths)} of {CURVES} were computed when this was written."
    drawing = path_drawing(curve, report.units, report.removed, here, _named(paths))
    figure = book.figure("Removal path", "same answers, by share removed", drawing, caption, of=tables)
    below = joined(*(table.markup for table in tables[1:]))
    return joined(beside(figure, own.markup), below)


def _name_of(method: str) -> str:
    """A method as the title of a column."""
    return METHOD_WORDS[method].removeprefix("the ")


def _known(paths: pd.DataFrame) -> int:
    """How many lines there are."""
    return len(paths[["method", "compensated"]].drop_duplicates())


def _named(paths: pd.DataFrame) -> pd.DataFrame:
    return paths.assign(name=paths["method"].map(_name_of))


def _own_table(book: Book, curve: pd.DataFrame, removed: int, here: dict[str, float]) -> Table:
    rows = [
        (count(row["removed"]), *(share(row[split]) for split in here)) for row in curve.to_dict("records")
    ]
    rows.append((f"{count(removed)}: this network", *(share(value) for value in here.values())))
    columns: list[Title] = [
        Column("units removed", NUMBER),
        *(Column(f"same answers, {split}", NUMBER) for split in here),
    ]
    return book.table("Removal path", "same answers after so many units", columns, rows)


def _methods_table(book: Book, paths: pd.DataFrame, split: str, compensated: bool) -> Table | None:
    """Same answers of every method, a row an amount; `None` where none is known."""
    of_kind = paths[paths["compensated"].astype(bool) == compensated]
    if of_kind.empty:
        return None
    methods = list(dict.fromkeys(of_kind["method"]))
    by_amount = of_kind.pivot(index="removed", columns="method", values="agreement")[methods]
    rows: list[tuple[Content, ...]] = [
        (count(int(amount)), *(NOTHING if pd.isna(value) else share(value) for value in values))
        for amount, values in zip(by_amount.index, by_amount.to_numpy(float), strict=True)
    ]
    columns: list[Title] = [
        Column("units removed", NUMBER),
        *(Column(_name_of(method), NUMBER) for method in methods),
    ]
    how = "where survivors take over" if compensated else "where nobody takes over"
    title = "Removal paths of all methods" + ("" if compensated else ", survivors as they are")
    return book.table(title, f"same answers on {split}, {how}", columns, rows, folded=True)
