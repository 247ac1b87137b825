"""Numbers of somebody's own beside an epoch's: rows of the table `quantity` under names of their own."""

import re
import sqlite3
from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from effdash.runs.arrays import pack, unpack
from effdash.vocab import EPOCH, SCALARS, Split

PREFIX: Final = "scalar."
AFTER: Final = "scalar/"
"""The first text behind all that begin with the prefix."""
NAME: Final = re.compile(r"\w[\w .:/@%+-]{0,63}")
"""Letters, digits and what joins words: nothing that a page could take for markup."""
MOST_NAMES: Final = 100
"""Of the scalars of a run."""
FLOAT: Final = np.dtype(np.float64)


def why_no_scalar(name: str) -> str | None:
    """Why something cannot be called so; `None`: it can."""
    if name in SCALARS or name == EPOCH:
        return f"{name!r} is a column that a run has anyway"
    if not NAME.fullmatch(name) or name != name.strip():
        return f"a scalar's name should be letters, digits and ' .:/@%+-_', 64 at most, not {name!r}"
    return None


def packed_scalars(epoch: int, scalars: Mapping[str, float]) -> list[tuple[str, str, int, bytes]]:
    """Rows of the table `quantity`.

    Raises:
        ValueError: a name that cannot be one.
    """
    for name in scalars:
        why = why_no_scalar(name)
        if why is not None:
            raise ValueError(why)
    return [
        (PREFIX + name, Split.TRAIN.value, epoch, pack(np.array([value], FLOAT)))
        for name, value in scalars.items()
    ]


def read_scalar(split: str, data: bytes) -> float:
    """The one number of a row of the table `quantity` whose name is one of `scalar_names`.

    Raises:
        ValueError: it is damaged, or on another split than a scalar is.
    """
    if split != Split.TRAIN:
        raise ValueError(f"a scalar is on {split!r}")
    return float(unpack(data, FLOAT, (1,))[0])


def scalar_names(connection: sqlite3.Connection) -> list[str]:
    """What the scalars of a run are called, in the order in which they came.

    Raises:
        ValueError: there are more than a run can have, or one is called as no scalar can be.
    """
    rows = connection.execute(
        "SELECT name FROM quantity WHERE name >= ? AND name < ? GROUP BY name "
        "ORDER BY min(epoch), min(rowid) LIMIT ?",
        (PREFIX, AFTER, MOST_NAMES + 1),
    ).fetchall()
    names = [name.removeprefix(PREFIX) for (name,) in rows]
    if len(names) > MOST_NAMES:
        raise ValueError(f"it has more than {MOST_NAMES} scalars")
    for why in filter(None, map(why_no_scalar, names)):
        raise ValueError(why)
    return names


def with_scalars(connection: sqlite3.Connection, table: pd.DataFrame) -> pd.DataFrame:
    """A table of epochs with a further column a scalar; nan where it was not given."""
    names = scalar_names(connection)
    if not names:
        return table
    places = {int(epoch): row for row, epoch in enumerate(table[EPOCH])}
    values = {name: np.full(len(table), np.nan) for name in names}
    for name in names:
        rows = connection.execute("SELECT split, epoch, data FROM quantity WHERE name = ?", (PREFIX + name,))
        for split, epoch, data in rows:
            if epoch not in places:
                raise ValueError(f"it has a scalar {name!r} at epoch {epoch}, which is not recorded")
            values[name][places[epoch]] = read_scalar(split, data)
    return pd.concat([table, pd.DataFrame(values, index=table.index)], axis=1)
