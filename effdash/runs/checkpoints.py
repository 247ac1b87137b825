"""Which epochs' weights a run keeps: the first, the last, and evenly between them as many as fit."""

import sqlite3
from typing import Final

MOST_BYTES: Final = 64_000_000


def add_checkpoint(connection: sqlite3.Connection, epoch: int, weights: bytes, most: int) -> None:
    """Stores weights and thins out what is there, inside the caller's transaction.

    Of every `stride` epochs the first stored one is kept, and the latest of all. When there are more than
    `most`, or they take more than 64 MB, the stride doubles: about every other one goes.
    """
    connection.execute("INSERT OR REPLACE INTO checkpoint VALUES (?, ?)", (epoch, weights))
    (stride,) = connection.execute("SELECT stride FROM run").fetchone()
    (latest,) = connection.execute("SELECT max(epoch) FROM checkpoint").fetchone()
    _thin(connection, stride, epoch, latest)
    while _too_many(connection, most) and stride <= latest:
        stride *= 2
        _thin(connection, stride, epoch, latest)
    connection.execute("UPDATE run SET stride = ?", (stride,))


def _thin(connection: sqlite3.Connection, stride: int, epoch: int, latest: int) -> None:
    """Drops all but the first of every stride. `latest` is after `epoch` where a resumed run trains anew."""
    connection.execute(
        "DELETE FROM checkpoint WHERE epoch NOT IN (?, ?) "
        "AND epoch NOT IN (SELECT min(epoch) FROM checkpoint GROUP BY epoch / ?)",
        (epoch, latest, stride),
    )


def _too_many(connection: sqlite3.Connection, most: int) -> bool:
    count, size = connection.execute("SELECT count(*), sum(length(weights)) FROM checkpoint").fetchone()
    return count > max(most, 2) or (count > 2 and size > MOST_BYTES)
