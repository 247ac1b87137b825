"""Arrays from an NPZ file, a block at a time, and never a pickle."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Final

import numpy as np

from effdash.data.own import archives, memory
from effdash.data.own.matrix import Survey, check_array, rows_of_block, surveyed
from effdash.vocab import UserError

ENDING: Final = ".npy"
MOST_READ: Final = 1 << 24
"""Bytes that are read at once, where a row does not have more."""


@dataclass(frozen=True)
class Header:
    """What an array in an NPZ says of itself before its values."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype

    @property
    def nbytes(self) -> int:
        return prod(self.shape) * self.dtype.itemsize


class Npz:
    """An NPZ file, of which nothing is read but what is asked for."""

    def __init__(self, path: Path) -> None:
        """Raises `UserError`: it is damaged."""
        self.path = path
        with archives.reading(str(path)), zipfile.ZipFile(path) as archive:
            members = archive.infolist()
        self.names = tuple(
            member.filename.removesuffix(ENDING) for member in members if member.filename.endswith(ENDING)
        )
        self._sizes = {member.filename.removesuffix(ENDING): member.file_size for member in members}

    def header(self, name: str) -> Header:
        """Raises `UserError`: the array is damaged, shorter than it says, or holds objects."""
        with self._array(name) as (_, header):
            return header

    def blocks(self, name: str) -> Iterator[np.ndarray]:
        """The rows of an array, a few at a time, in its own kind of number.

        An array that lies column by column has to be read whole first.

        Raises:
            UserError: as `header`, or there is no room for what has to be read at once.
        """
        with self._array(name) as (file, header):
            count, *shape = header.shape
            row = max(1, header.nbytes // max(1, count))
            rows = max(1, min(count, rows_of_block(tuple(shape)), MOST_READ // row))
            self._check_room(name, header.nbytes if header.fortran else rows * row, header.fortran)
            whole = self._read(name, file, header, header.shape) if header.fortran else None
            for start in range(0, count, rows):
                stop = min(start + rows, count)
                if whole is not None:
                    yield whole[start:stop]
                else:
                    yield self._read(name, file, header, (stop - start, *shape))

    def _check_room(self, name: str, needed: int, by_column: bool) -> None:
        free = memory.available()
        if needed > free:
            how = "whole, as it lies column by column" if by_column else "in pieces"
            raise UserError(
                f"{name} of {self.path} has to be read {how}, {memory.in_words(needed)}; "
                f"{memory.in_words(free)} of memory are free"
            )

    def _read(
        self, name: str, file: zipfile.ZipExtFile, header: Header, shape: tuple[int, ...]
    ) -> np.ndarray:
        expected = prod(shape) * header.dtype.itemsize
        raw = file.read(expected)
        if len(raw) < expected:
            raise UserError(f"cannot read {self.path}: {name} ends before its {prod(header.shape):,} values")
        values = np.frombuffer(raw, header.dtype)
        return values.reshape(shape[::-1]).T if header.fortran else values.reshape(shape)

    @contextmanager
    def _array(self, name: str) -> Iterator[tuple[zipfile.ZipExtFile, Header]]:
        with (
            archives.reading(str(self.path)),
            zipfile.ZipFile(self.path) as archive,
            archive.open(name + ENDING) as file,
        ):
            assert isinstance(file, zipfile.ZipExtFile)
            header = _read_header(file)
            if header is None:
                raise UserError(f"{name} of {self.path} is no array of NumPy's")
            if header.dtype.hasobject:
                raise UserError(
                    f"{name} of {self.path} holds objects, which are pickles: they are never opened, "
                    "because that could run anything; save it as an array of numbers"
                )
            if header.nbytes > self._sizes[name]:
                raise UserError(
                    f"cannot read {self.path}: {name} ends before its {prod(header.shape):,} values"
                )
            yield file, header


def _read_header(file: zipfile.ZipExtFile) -> Header | None:
    """NumPy's own reader of headers, which evaluates nothing but literals; `None`: there is no header."""
    from numpy.lib import format as npy

    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    try:
        read = readers.get(npy.read_magic(file))
        if read is None:
            return None
        shape, fortran, dtype = read(file)
    except (ValueError, TypeError, SyntaxError, EOFError):
        return None
    if any(not isinstance(size, int) or size < 0 for size in shape):
        return None
    return Header(tuple(shape), bool(fortran), dtype)


class NpzMatrix:
    """The samples of one or two arrays in an NPZ, the second after the first."""

    def __init__(self, npz: Npz, names: tuple[str, ...]) -> None:
        """Raises `UserError`: an array holds no samples, or the two have samples of different shape."""
        self.what = str(npz.path)
        self._npz = npz
        self._names = names
        headers = [npz.header(name) for name in names]
        for name, header in zip(names, headers, strict=True):
            check_array(f"{name} of {npz.path}", header.shape, header.dtype)
        self.shape = headers[0].shape[1:]
        for name, header in zip(names, headers, strict=True):
            if header.shape[1:] != self.shape:
                raise UserError(
                    f"{name} of {npz.path} has samples of shape {header.shape[1:]}, {names[0]} of shape "
                    f"{self.shape}"
                )
        self.counts = [header.shape[0] for header in headers]
        self.rows = sum(self.counts)

    def survey(self) -> Survey:
        return surveyed(self)

    def blocks(self) -> Iterator[np.ndarray]:
        for name in self._names:
            for block in self._npz.blocks(name):
                yield block.astype(np.float64)

    def feature(self, number: int) -> str:
        if len(self.shape) == 1:
            return f"feature {number + 1}"
        place = ", ".join(str(index) for index in np.unravel_index(number, self.shape))
        return f"feature ({place})"

    def row(self, number: int) -> str:
        first = self.counts[0]
        return (
            f"sample {number} of {self._names[0]}"
            if number < first
            else f"sample {number - first} of {self._names[1]}"
        )
