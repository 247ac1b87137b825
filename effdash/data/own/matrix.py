"""Samples as numbers, in blocks that can be gone through again and again, whatever they come from."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Final, Protocol, runtime_checkable

import numpy as np

from effdash.vocab import UserError

VALUES: Final = 1 << 20
"""About so many numbers make a block."""
LISTED: Final = 8


@dataclass(frozen=True, eq=False)
class Survey:
    """What one pass over a matrix tells; feature by feature, flat."""

    missing: np.ndarray
    """int64 (feature)"""
    shift: np.ndarray
    """float64 (feature): about what the values lie around, for sums of squares that are exact enough."""
    incomplete_rows: np.ndarray
    """Where a value is missing, bool (row)."""
    infinite: tuple[int, int] | None = None
    """Row and feature of the first infinite value."""
    largest: float = 0.0


@runtime_checkable
class Matrix(Protocol):
    """Rows of numbers; nan where one is missing."""

    what: str
    """How sentences name it."""
    rows: int
    shape: tuple[int, ...]
    """Of a sample."""

    def survey(self) -> Survey:
        """What its values are like."""
        ...

    def blocks(self) -> Iterator[np.ndarray]:
        """float64 (row, *shape), a few rows at a time."""
        ...

    def feature(self, number: int) -> str:
        """How a sentence names a feature, counted flat from 0, as in `column 'age'`."""
        ...

    def row(self, number: int) -> str:
        """How a sentence names a row, counted from 0, as in `row 7`."""
        ...


class ArrayMatrix:
    """Samples that lie in memory."""

    def __init__(self, X: np.ndarray, what: str, names: tuple[str, ...] = ()) -> None:
        """`X` is (sample, *feature) of a kind of number. Raises `UserError`: it is none, or empty."""
        check_array(what, X.shape, X.dtype)
        self.what = what
        self.rows = len(X)
        self.shape = tuple(X.shape[1:])
        self._X = X
        self._names = names

    def survey(self) -> Survey:
        return surveyed(self)

    def blocks(self) -> Iterator[np.ndarray]:
        rows = rows_of_block(self.shape)
        for start in range(0, self.rows, rows):
            yield self._X[start : start + rows].astype(np.float64)

    def feature(self, number: int) -> str:
        return f"feature {self._names[number]!r}" if self._names else f"feature {number}"

    def row(self, number: int) -> str:
        return f"sample {number}"


def check_array(what: str, shape: tuple[int, ...], dtype: np.dtype) -> None:
    """Raises `UserError`: an array of this kind does not hold samples."""
    if dtype.kind not in "fiub":
        raise UserError(f"{what} should be an array of numbers, not of {dtype}")
    if len(shape) < 2:
        raise UserError(
            f"{what} has shape {tuple(shape)}; it should have one row a sample: (sample, feature)"
        )
    if not prod(shape):
        raise UserError(f"{what} is empty: its shape is {tuple(shape)}")


def rows_of_block(shape: tuple[int, ...]) -> int:
    return max(1, VALUES // prod(shape))


def surveyed(matrix: Matrix) -> Survey:
    """Goes over a matrix once."""
    features = prod(matrix.shape)
    missing = np.zeros(features, dtype=np.int64)
    total = np.zeros(features)
    incomplete = np.zeros(matrix.rows, dtype=bool)
    infinite: tuple[int, int] | None = None
    largest = 0.0
    start = 0
    for block in matrix.blocks():
        flat = block.reshape(len(block), features)
        absent = np.isnan(flat)
        missing += absent.sum(axis=0)
        incomplete[start : start + len(flat)] = absent.any(axis=1)
        endless = np.isinf(flat)
        if endless.any():
            row, feature = (int(place) for place in np.argwhere(endless)[0])
            infinite = infinite or (start + row, feature)
        else:
            known = np.where(absent, 0.0, flat)
            total += known.sum(axis=0)
            largest = max(largest, float(np.abs(known).max(initial=0.0)))
        start += len(flat)
    shift = total / np.maximum(1, matrix.rows - missing)
    return Survey(missing, shift, incomplete, infinite, largest)


def refuse_infinite(matrix: Matrix, survey: Survey) -> None:
    """Raises `UserError`: a value is infinite, or too large for float32."""
    if survey.infinite is not None:
        row, feature = survey.infinite
        raise UserError(
            f"{matrix.feature(feature)} of {matrix.what} holds an infinite value in {matrix.row(row)}"
        )
    if survey.largest > float(np.finfo(np.float32).max):
        raise UserError(f"{matrix.what} holds {survey.largest:g}, which is too large for a network's float32")


ADVICE: Final = "; fill them with the mean (missing: mean) or leave their rows out (missing: drop)"


def refuse_missing(matrix: Matrix, survey: Survey, advice: str = ADVICE) -> None:
    """Raises `UserError`: values are missing; the sentence counts them by feature and ends with `advice`."""
    count = int(survey.missing.sum())
    if not count:
        return
    places = np.flatnonzero(survey.missing)
    # The columns that became several features lack a value in each of them at once.
    by_name: dict[str, int] = {}
    for place in places:
        by_name[matrix.feature(int(place))] = int(survey.missing[place])
    listed = ", ".join(f"{name} ({lacking:,})" for name, lacking in list(by_name.items())[:LISTED])
    more = f" and {len(by_name) - LISTED} more" if len(by_name) > LISTED else ""
    total = sum(by_name.values())
    raise UserError(
        f"{matrix.what} lacks {total:,} {'value' if total == 1 else 'values'}, in {listed}{more}{advice}"
    )
