"""Which column holds the classes, and which classes there are."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from effdash.data.own.profile import Column, word_of
from effdash.vocab import UserError

NAMES: Final = ("label", "labels", "y", "target", "targets", "class", "classes")
"""A column of one of these names holds the classes."""
MOST_GUESSED: Final = 20
"""A last column of whole numbers is taken for classes up to so many."""
MOST_CLASSES: Final = 1_000
FEWEST_EACH: Final = 5
"""Many different whole numbers are classes only where each is there about so often."""
MOST_FRACTIONS: Final = 20
"""More different numbers that are not whole are measurements, not classes."""


class Classes(NamedTuple):
    """A class number for every row, and the names of the classes in their order."""

    y: np.ndarray
    """int64 (row); -1 where it is missing."""
    names: tuple[str, ...]


def unlabelled(rows: int, names: tuple[str, ...] = ()) -> Classes:
    """Of rows that have no classes, or whose classes nobody wants to know; in no memory to speak of."""
    return Classes(np.broadcast_to(np.int64(0), (rows,)), names)


def candidates(names: Sequence[str], label: str | None) -> tuple[str, ...]:
    """The columns that may hold the classes, by their names alone; the last one where no name says so."""
    if label is not None:
        return (label,)
    return tuple(named(names)) or tuple(names[-1:])


def named(names: Sequence[str]) -> list[str]:
    """The columns whose name says that they hold the classes."""
    return [name for name in names if name.strip().lower() in NAMES]


def guess(names: Sequence[str], columns: Mapping[str, Column], rows: int) -> str | None:
    """The column that holds the classes: the one whose name says so, else the last, where it looks like it.

    `None`: none does, or several do.
    """
    by_name = named(names)
    if by_name:
        return by_name[0] if len(by_name) == 1 else None
    if len(names) < 2 or names[-1] not in columns:
        return None
    last = columns[names[-1]]
    distinct = last.distinct
    if distinct is None or not 2 <= distinct <= max(2, rows // 2):
        return None
    if last.kind == "category":
        return last.name
    few = last.whole and distinct <= MOST_GUESSED and not last.texts and last.first_infinite is None
    return last.name if few else None


def classes_of(what: str, keys: "Mapping[float | str, int]", codes: np.ndarray) -> Classes:
    """The class of every row, by its value.

    Args:
        what: How a sentence names the column, as in `column 'y' of flowers.csv`.
        keys: Every value and its code.
        codes: int64 (row): the value of every row; -1 where it is missing.

    Raises:
        UserError: one class only, or so many that they are measurements.
    """
    names = class_names(what, keys, len(codes))
    place = {name: number for number, name in enumerate(names)}
    number_of = np.full(len(keys) + 1, -1, dtype=np.int64)
    for value, code in keys.items():
        number_of[code] = place[word_of(value)]
    return Classes(number_of[codes], names)


def class_names(what: str, values: "Collection[float | str] | None", rows: int) -> tuple[str, ...]:
    """The classes that different values are: whole numbers sorted as numbers, everything else as words.

    Raises:
        UserError: as `check_classes`.
    """
    check_classes(what, values, rows)
    # A number among words and the same as a word are one class.
    return tuple(dict.fromkeys(word_of(value) for value in sorted(values or (), key=_order)))


def check_classes(what: str, values: "Collection[float | str] | None", rows: int) -> None:
    """Whether different values, `None` where there are very many, can be the classes of `rows` samples.

    Raises:
        UserError: there is one only, or so many that they are measurements; the sentence says what can be
        done.
    """
    if values is not None and len(values) == 1:
        (only,) = values
        raise UserError(f"{what} holds one class only, {word_of(only)!r}; at least two are needed")
    if values is not None and not len(values):
        raise UserError(f"{what} holds no classes: all its values are missing")
    many = values is None or len(values) > MOST_CLASSES
    numbers = [value for value in values or () if isinstance(value, float)]
    infinite = [value for value in numbers if np.isinf(value)]
    if infinite:
        raise UserError(f"{what} holds an infinite value, which is no class")
    all_numbers = values is not None and len(numbers) == len(values)
    fractions = all_numbers and any(not number.is_integer() for number in numbers)
    rare = all_numbers and len(numbers) > MOST_GUESSED and rows < FEWEST_EACH * len(numbers)
    if many or rare or (fractions and len(numbers) > MOST_FRACTIONS):
        count = f"more than {MOST_CLASSES:,}" if many else f"{len(numbers):,}"
        raise UserError(
            f"{what} holds {count} different values in {rows:,} rows, as measurements do and classes do "
            "not; name another column as the label, or none (no label), and the samples have no classes"
        )
    if values is not None and len(values) > MOST_GUESSED and 2 * len(values) > rows:
        raise UserError(
            f"{what} holds {len(values):,} different values in {rows:,} rows, too many for classes; name "
            "another column as the label, or none (no label)"
        )


def _order(value: float | str) -> tuple[bool, float, str]:
    return (True, 0.0, value) if isinstance(value, str) else (False, value, "")
