"""Labels that come as an array, and images that come as arrays."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import numpy as np

from effdash.data.own.labels import MOST_CLASSES, Classes, class_names, classes_of
from effdash.data.own.matrix import Matrix, Survey, surveyed
from effdash.vocab import UserError

CHANNELS: Final = (1, 3, 4)
SMALLEST_SIDE: Final = 4


def classes_of_array(what: str, y: np.ndarray, rows: int) -> Classes:
    """The classes in an array of labels, numbers or words.

    Raises:
        UserError: another number of labels than samples, or labels that are no classes.
    """
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.shape != (rows,):
        raise UserError(
            f"{what} has shape {y.shape}, but there are {rows:,} samples; it should have shape ({rows},)"
        )
    values, codes = _coded(what, y)
    return classes_of(what, {value: code for code, value in enumerate(values)}, codes)


def class_names_of(what: str, blocks: Iterable[np.ndarray], rows: int) -> tuple[str, ...]:
    """The classes in an array of so many labels that comes block by block.

    Raises:
        UserError: as `classes_of_array`.
    """
    values: set[float | str] = set()
    for block in blocks:
        values.update(_coded(what, block)[0])
        if len(values) > MOST_CLASSES:
            break
    return class_names(what, values, rows)


def _coded(what: str, y: np.ndarray) -> tuple[list[float | str], np.ndarray]:
    """The different values, and of every row which one it holds, int64 (row); -1 where it is missing."""
    if y.dtype.kind not in "fiubUSO":
        raise UserError(f"{what} should hold class numbers or words, not {y.dtype}")
    if y.dtype.kind == "S":
        y = np.char.decode(y, "utf-8", "replace")
    missing = _missing(y)
    known = y[~missing].astype(np.float64 if y.dtype.kind in "fiub" else str)
    values, places = np.unique(known, return_inverse=True)
    codes = np.full(len(y), -1, dtype=np.int64)
    codes[~missing] = places
    return values.tolist(), codes


def _missing(y: np.ndarray) -> np.ndarray:
    if y.dtype.kind == "f":
        return np.isnan(y)
    if y.dtype.kind == "O":
        import pandas as pd

        return np.asarray(pd.isna(y))
    return np.zeros(len(y), dtype=bool)


class ChannelsFirst:
    """Samples that are images, in the layout of networks: (channel, height, width)."""

    def __init__(self, matrix: Matrix, shape: tuple[int, int, int], moved: bool) -> None:
        self.what = matrix.what
        self.rows = matrix.rows
        self.shape: tuple[int, ...] = shape
        self._matrix = matrix
        self._moved = moved

    def survey(self) -> Survey:
        return surveyed(self)

    def blocks(self) -> Iterator[np.ndarray]:
        for block in self._matrix.blocks():
            yield np.moveaxis(block, 3, 1) if self._moved else block.reshape(len(block), *self.shape)

    def feature(self, number: int) -> str:
        channel, row, column = np.unravel_index(number, self.shape)
        return f"pixel ({row}, {column}) of channel {channel}"

    def row(self, number: int) -> str:
        return self._matrix.row(number)


class Arranged(NamedTuple):
    """Samples as a network takes them."""

    matrix: Matrix
    image_shape: tuple[int, int, int] | None
    notes: tuple[str, ...] = ()


def arranged(matrix: Matrix) -> Arranged:
    """Images with their channels first; anything else as it is."""
    shape = matrix.shape
    if len(shape) == 2 and min(shape) >= SMALLEST_SIDE:
        grey = (1, shape[0], shape[1])
        note = f"a sample of shape {shape} is taken for a grey image of {shape[0]} × {shape[1]} pixels"
        return Arranged(ChannelsFirst(matrix, grey, moved=False), grey, (note,))
    if len(shape) != 3:
        return Arranged(matrix, None)
    if shape[2] in CHANNELS and shape[0] not in CHANNELS[:2]:
        first = (shape[2], shape[0], shape[1])
        note = f"the channels came last, {shape}; they stand first now, {first}"
        return Arranged(ChannelsFirst(matrix, first, moved=True), first, (note,))
    return Arranged(matrix, (shape[0], shape[1], shape[2]))
