"""The columns of a table as features: numbers as they are, categories as one feature a value."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from effdash.data.own.cells import Cells, cells_of
from effdash.data.own.matrix import Survey
from effdash.data.own.profile import Column, Profile, encoded, word_of
from effdash.data.own.tables import Table
from effdash.vocab import UserError

MOST_CATEGORIES: Final = 100
"""A column of more different texts is no category."""
SHOWN: Final = 40
"""So many letters of a text are quoted."""


@dataclass(frozen=True)
class Feature:
    """A column that becomes features: itself, or one for each of its `values`."""

    column: str
    values: tuple[str, ...] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        if self.values is None:
            return (self.column,)
        return tuple(f"{self.column}={value}" for value in self.values)


class TableMatrix:
    """A table's features, in blocks."""

    def __init__(self, table: Table, decimal: str, profile: Profile, features: list[Feature]) -> None:
        self.what = table.what
        self.rows = profile.rows
        self.names = tuple(name for feature in features for name in feature.names)
        self.shape: tuple[int, ...] = (len(self.names),)
        self._table = table
        self._decimal = decimal
        self._profile = profile
        self._features = features
        self._columns = [feature.column for feature in features for _ in feature.names]

    def survey(self) -> Survey:
        columns = [self._profile.columns[name] for name in self._columns]
        one_of_many = np.array(
            [feature.values is not None for feature in self._features for _ in feature.names]
        )
        shift = np.where(one_of_many, 0.0, [column.mean for column in columns])
        endless = [
            (column.first_infinite, place)
            for place, column in enumerate(columns)
            if column.first_infinite is not None
        ]
        return Survey(
            missing=np.array([column.missing for column in columns], dtype=np.int64),
            shift=shift,
            incomplete_rows=self._profile.incomplete_rows,
            infinite=min(endless, default=None),
            largest=max((column.largest for column in columns), default=0.0),
        )

    def blocks(self) -> Iterator[np.ndarray]:
        for block in self._table.blocks():
            filled = np.empty((block.num_rows, len(self.names)))
            place = 0
            for feature in self._features:
                cells = cells_of(block.column(feature.column), self._decimal)
                width = len(feature.names)
                if feature.values is None:
                    filled[:, place] = cells.numbers
                else:
                    filled[:, place : place + width] = one_hot(cells, feature.values)
                place += width
            yield filled

    def feature(self, number: int) -> str:
        return f"column {self._columns[number]!r}"

    def row(self, number: int) -> str:
        return f"row {number + self._table.first_row}"


def one_hot(cells: Cells, values: tuple[str, ...]) -> np.ndarray:
    """1 where a row holds a value, else 0, nan where none is known; a value of none of them is all 0.

    float64 (row, value)
    """
    known = {value: number for number, value in enumerate(values)}
    codes = np.full(len(cells.numbers), -1, dtype=np.int64)
    number, text = ~np.isnan(cells.numbers), cells.text
    kinds, places = np.unique(cells.numbers[number], return_inverse=True)
    codes[number] = np.array([known.get(word_of(kind), -1) for kind in kinds.tolist()], dtype=np.int64)[
        places
    ]
    if text.any():
        words, places = encoded(cells, text)
        codes[text] = np.array([known.get(word, -1) for word in words], dtype=np.int64)[places]
    filled = (codes[:, None] == np.arange(len(values))).astype(np.float64)
    filled[cells.missing] = np.nan
    return filled


def features_of(table: Table, profile: Profile, left_out: Collection[str]) -> list[Feature]:
    """What becomes of every column but those that are left out.

    Raises:
        UserError: a column of numbers holds a text (its row is named), one holds no value at all, too many
            different texts, or something that is neither number nor text; or no column is left.
    """
    features = []
    for name in table.names:
        if name in left_out:
            continue
        if name in table.strange:
            raise UserError(
                f"column {name!r} of {table.what} holds values of the kind {table.strange[name]}, which are "
                "neither numbers nor text; leave it out"
            )
        features.append(_feature(table, profile.columns[name], profile.rows))
    if not features:
        raise UserError(f"{table.what} has no column left that could be a feature of the samples")
    return features


def counts_rows(table: Table, column: Column, rows: int) -> bool:
    """Whether a column is the index of a DataFrame that was written with the rest: nameless, counting
    rows."""
    nameless = column.name in ("column 1", "Unnamed: 0")
    if (
        not nameless
        or table.names[0] != column.name
        or column.missing
        or column.texts
        or column.first_number is None
    ):
        return False
    start = column.first_number[1]
    return column.whole and start in (0.0, 1.0) and column.total == rows * start + rows * (rows - 1) / 2


def _feature(table: Table, column: Column, rows: int) -> Feature:
    where = f"column {column.name!r} of {table.what}"
    if column.missing == rows:
        raise UserError(f"{where} holds no value at all; leave it out")
    many = column.counts is None or len(column.counts) > MOST_CATEGORIES
    if column.numbers and (many or column.kind == "number"):
        refuse_text(table, column)
    if column.kind == "number":
        return Feature(column.name)
    if column.counts is None or many:
        count = "very many" if column.counts is None else f"{len(column.counts):,}"
        raise UserError(
            f"{where} holds {count} different texts, too many for a feature each ({MOST_CATEGORIES} at "
            "most); leave it out"
        )
    return Feature(column.name, tuple(sorted({word_of(value) for value in column.counts})))


def refuse_text(table: Table, column: Column) -> None:
    """Raises `UserError`: there is a text in a column of numbers; its row is named."""
    if column.first_text is not None:
        row, text = column.first_text
        text = text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
        raise UserError(
            f"column {column.name!r} of {table.what} holds {text!r} in row {row + table.first_row}, and "
            "numbers elsewhere"
        )
