"""What the columns of a table hold, from one pass over it, and which of its values are classes."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from effdash.data.own.cells import Cells, cells_of
from effdash.data.own.tables import Table

MOST_DISTINCT: Final = 1_000
"""Different values are told apart up to here."""
MOST_MISTAKEN: Final = 0.1
"""Texts are mistakes where there are at most so many for each number."""

ColumnKind = Literal["number", "category", "text"]


@dataclass
class Column:
    """One column, counted."""

    name: str
    missing: int = 0
    numbers: int = 0
    texts: int = 0
    total: float = 0.0
    """The sum of its numbers."""
    whole: bool = True
    """Whether all of its numbers are whole ones."""
    first_number: tuple[int, float] | None = None
    """The first number and its row, counted from 0."""
    first_text: tuple[int, str] | None = None
    first_infinite: int | None = None
    largest: float = 0.0
    counts: "Counter[float | str] | None" = field(default_factory=Counter)
    """How often each value is there; `None`: there are more different ones than `MOST_DISTINCT`."""

    @property
    def kind(self) -> ColumnKind:
        """A column of which nearly all values are numbers is one of numbers, with mistakes."""
        if not self.texts or self.texts <= min(self.numbers - 1, max(1, MOST_MISTAKEN * self.numbers)):
            return "number"
        return "text" if self.counts is None else "category"

    @property
    def distinct(self) -> int | None:
        return None if self.counts is None else len(self.counts)

    @property
    def mean(self) -> float:
        return self.total / self.numbers if self.numbers else 0.0

    def add(self, cells: Cells, first_row: int) -> None:
        """Counts a block whose first row is `first_row`."""
        number = ~np.isnan(cells.numbers)
        values = cells.numbers[number]
        text = cells.text
        self.missing += int(cells.missing.sum())
        self.numbers += len(values)
        self.texts += int(text.sum())
        if self.first_number is None and len(values):
            self.first_number = first_row + int(number.argmax()), float(values[0])
        if self.first_text is None and text.any() and cells.texts is not None:
            place = int(text.argmax())
            self.first_text = first_row + place, str(cells.texts[place])
        infinite = np.isinf(cells.numbers)
        if infinite.any():
            if self.first_infinite is None:
                self.first_infinite = first_row + int(infinite.argmax())
        elif len(values):
            self.total += float(values.sum())
            self.largest = max(self.largest, float(np.abs(values).max()))
        self.whole = self.whole and bool((values == np.floor(values)).all())
        self._count(cells, values, text)

    def _count(self, cells: Cells, values: np.ndarray, text: np.ndarray) -> None:
        if self.counts is None:
            return
        kinds, counts = np.unique(values, return_counts=True)
        self.counts.update(dict(zip(kinds.tolist(), counts.tolist(), strict=True)))
        if text.any() and cells.texts is not None:
            self.counts.update(text_counts(cells, text))
        if len(self.counts) > MOST_DISTINCT:
            self.counts = None


class Codes:
    """The values of a column row by row, as numbers of the different ones in the order they come in."""

    def __init__(self) -> None:
        self.keys: dict[float | str, int] = {}
        self._blocks: list[np.ndarray] = []
        self.too_many = False

    def add(self, cells: Cells) -> None:
        if self.too_many:
            return
        codes = np.full(len(cells.numbers), -1, dtype=np.int64)
        number, text = ~np.isnan(cells.numbers), cells.text
        kinds, places = np.unique(cells.numbers[number], return_inverse=True)
        codes[number] = self._codes_of(kinds.tolist())[places]
        if text.any() and cells.texts is not None:
            words, places = encoded(cells, text)
            codes[text] = self._codes_of(words)[places]
        self._blocks.append(codes.astype(np.int32))
        self.too_many = len(self.keys) > MOST_DISTINCT
        if self.too_many:
            self._blocks.clear()

    def rows(self) -> np.ndarray:
        """int64 (row); -1 where the value is missing."""
        return np.concatenate(self._blocks).astype(np.int64) if self._blocks else np.zeros(0, dtype=np.int64)

    def _codes_of(self, values: "list[float] | list[str]") -> np.ndarray:
        return np.array([self.keys.setdefault(value, len(self.keys)) for value in values], dtype=np.int64)


@dataclass
class Profile:
    """A table, counted: its columns, its rows, where rows lack a value, and values that may be classes."""

    columns: dict[str, Column]
    codes: dict[str, Codes]
    rows: int
    complete: bool
    """Whether all rows were looked at."""
    incomplete_rows: np.ndarray
    """Where a value is missing, bool (row)."""


def profile_of(
    table: Table,
    decimal: str,
    *,
    candidates: Collection[str] = (),
    ignored: Collection[str] = (),
    most_rows: int | None = None,
) -> Profile:
    """Goes over a table once.

    The values of `candidates` are kept row by row. A value that lacks in a column that is `ignored` does not
    make its row incomplete.

    Raises:
        UserError: the table cannot be read.
    """
    names = [name for name in table.names if name not in table.strange]
    columns = {name: Column(name) for name in names}
    codes = {name: Codes() for name in candidates if name in columns}
    incomplete: list[np.ndarray] = []
    rows = 0
    complete = True
    for block in table.blocks():
        if most_rows is not None and rows >= most_rows:
            complete = False
            break
        lacking = np.zeros(block.num_rows, dtype=bool)
        for name in names:
            cells = cells_of(block.column(name), decimal)
            columns[name].add(cells, rows)
            if name in codes:
                codes[name].add(cells)
            if name not in ignored:
                lacking |= cells.missing
        incomplete.append(lacking)
        rows += block.num_rows
    lacking_rows = np.concatenate(incomplete) if incomplete else np.zeros(0, dtype=bool)
    return Profile(columns, codes, rows, complete, lacking_rows)


def text_counts(cells: Cells, text: np.ndarray) -> dict[str, int]:
    """How often each text is in a block."""
    words, places = encoded(cells, text)
    return dict(zip(words, np.bincount(places, minlength=len(words)).tolist(), strict=True))


def encoded(cells: Cells, text: np.ndarray) -> tuple[list[str], np.ndarray]:
    """The different texts of a block where `text` says there is one, and which of them each is."""
    import pyarrow as pa

    assert cells.texts is not None
    chosen: pa.DictionaryArray = cells.texts.filter(pa.array(text)).dictionary_encode()
    return chosen.dictionary.to_pylist(), chosen.indices.to_numpy()


def word_of(value: float | str) -> str:
    """A value as the name of a class or of a category: 3, 0.5 or red."""
    if isinstance(value, str):
        return value
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))
