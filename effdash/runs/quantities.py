"""The arrays of a run over its epochs."""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from effdash.runs.arrays import pack, unpack
from effdash.runs.description import EpochRecord, SplitRecord, checked
from effdash.runs.header import Header
from effdash.runs.scalars import packed_scalars
from effdash.runs.schema import POINT_STATUS, UNIT_STATUS
from effdash.vocab import ACTIVE_SHARE, GRADIENT, MAXIMUM, MINIMUM, Split, UnitStatus, UserError

DTYPES: Final[dict[str, np.dtype]] = {
    UNIT_STATUS: np.dtype(np.uint8),
    POINT_STATUS: np.dtype(np.uint8),
    MINIMUM: np.dtype(np.float32),
    MAXIMUM: np.dtype(np.float32),
    ACTIVE_SHARE: np.dtype(np.float32),
    GRADIENT: np.dtype(np.float32),
}
MOST_BYTES: Final = 2_000_000_000
"""What is read at once; a file of a few megabytes could ask for more memory than there is."""
Row = tuple[str, str, int, bytes]
"""Of the table `quantity`: name, split, epoch, data."""


class History(NamedTuple):
    """A quantity over the recorded epochs: `values` has a row an epoch."""

    epochs: np.ndarray
    values: np.ndarray


def packed_epoch(record: EpochRecord, layers: Sequence[int], points: Mapping[str, int]) -> list[Row]:
    """The rows of an epoch; `layers` have so many units each, and splits so many `points`.

    Raises:
        ValueError: an array has not one value a unit, or a split or a scalar is none that the run can have.
    """
    rows = _packed_split(record.epoch, Split.TRAIN, record.train, layers, points)
    if record.test is not None:
        rows += _packed_split(record.epoch, Split.TEST, record.test, layers, points)
    if record.grad_mean_abs is not None:
        array = checked(record.grad_mean_abs, np.float32, (sum(layers),), GRADIENT)
        rows.append((GRADIENT, Split.TRAIN.value, record.epoch, pack(array)))
    return rows + packed_scalars(record.epoch, record.extra)


def read_history(
    connection: sqlite3.Connection,
    header: Header,
    name: str,
    split: str,
    epochs: Collection[int] | None = None,
) -> History:
    """A quantity at every recorded epoch, or at some; a gradient that was not looked at is nan.

    Raises:
        UserError: unknown quantity, split or epoch, or more than 2 GB at once.
        ValueError: the file is damaged; see `believed`.
    """
    if name not in DTYPES:
        raise UserError(f"quantity {name!r} is unknown; known are {', '.join(DTYPES)}")
    split = header.split_of(split)
    if name == GRADIENT and split is not Split.TRAIN:
        raise UserError(f"{GRADIENT} is known on train alone, not on {split}")
    dtype, shape = DTYPES[name], _shape(header, name, split)
    rows = _rows(connection, name, split, epochs)
    size = len(rows) * int(np.prod(shape)) * dtype.itemsize
    if size > MOST_BYTES:
        raise UserError(f"{name} of {len(rows)} epochs takes {size:,} bytes at once; ask for fewer epochs")
    values = np.empty((len(rows), *shape), dtype)
    for row, (_, data) in enumerate(rows):
        if data is not None:
            values[row] = read_array(data, header, name, split)
        elif name == GRADIENT:
            values[row] = np.nan
        else:
            raise ValueError(f"epoch {rows[row][0]} lacks {name} on {split}")
    return History(np.array([epoch for epoch, _ in rows], np.int64), values)


def read_array(data: bytes, header: Header, name: str, split: str) -> np.ndarray:
    """One array of the table `quantity`.

    Raises:
        ValueError: it is damaged, of another length, or holds a status that is none.
    """
    values = unpack(data, DTYPES[name], _shape(header, name, split))
    if name in (UNIT_STATUS, POINT_STATUS) and values.size and values.max() > max(UnitStatus):
        raise ValueError(f"{values.max()} is no status")
    return values


def _packed_split(
    epoch: int, split: Split, record: SplitRecord, layers: Sequence[int], points: Mapping[str, int]
) -> list[Row]:
    if split not in points:
        raise ValueError(f"this run was described without {split} data; it has {', '.join(points)}")
    units, cells = (sum(layers),), (len(layers), points[split])
    arrays = {
        UNIT_STATUS: checked(record.unit_status, np.uint8, units, f"unit_status of {split}"),
        MINIMUM: checked(record.unit_min, np.float32, units, f"unit_min of {split}"),
        MAXIMUM: checked(record.unit_max, np.float32, units, f"unit_max of {split}"),
        ACTIVE_SHARE: checked(record.active_share, np.float32, units, f"active_share of {split}"),
        POINT_STATUS: checked(record.point_status, np.uint8, cells, f"point_status of {split}"),
    }
    return [(name, split.value, epoch, pack(array)) for name, array in arrays.items()]


def _shape(header: Header, name: str, split: str) -> tuple[int, ...]:
    if name == POINT_STATUS:
        return len(header.layers), len(header.points[split])
    return (header.units,)


def _rows(
    connection: sqlite3.Connection, name: str, split: str, epochs: Collection[int] | None
) -> list[tuple[int, bytes | None]]:
    query = (
        "SELECT epoch.epoch, data FROM epoch LEFT JOIN quantity "
        "ON quantity.name = ? AND quantity.split = ? AND quantity.epoch = epoch.epoch "
    )
    if epochs is None:
        return connection.execute(query + "ORDER BY epoch.epoch", (name, split)).fetchall()
    rows = connection.execute(
        query + "WHERE epoch.epoch IN (SELECT value FROM json_each(?)) ORDER BY epoch.epoch",
        (name, split, json.dumps([int(epoch) for epoch in epochs])),
    ).fetchall()
    missing = set(epochs).difference(epoch for epoch, _ in rows)
    if missing:
        epoch = min(missing)
        raise UserError(f"epoch {epoch} is not recorded in this run; {_nearest(connection, epoch)}")
    return rows


def _nearest(connection: sqlite3.Connection, epoch: int) -> str:
    before, after = connection.execute(
        "SELECT (SELECT max(epoch) FROM epoch WHERE epoch < ?), "
        "(SELECT min(epoch) FROM epoch WHERE epoch > ?)",
        (epoch, epoch),
    ).fetchone()
    found = [str(near) for near in (before, after) if near is not None]
    return f"the nearest are {' and '.join(found)}" if found else "it has no epoch yet"
