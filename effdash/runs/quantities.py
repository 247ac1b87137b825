"""The arrays of a run over its epochs."""

import json
import sqlite3
from collections.abc import Collection
from typing import Final, NamedTuple

import numpy as np

from effdash.runs.arrays import unpack
from effdash.runs.header import Header
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


class History(NamedTuple):
    """A quantity over the recorded epochs: `values` has a row an epoch."""

    epochs: np.ndarray
    values: np.ndarray


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
