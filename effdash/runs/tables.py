"""A run as tidy tables: one row a unit, a sample or an epoch."""

import sqlite3
from typing import Final

import numpy as np
import pandas as pd

from effdash.runs.header import Header
from effdash.runs.quantities import read_history
from effdash.runs.scalars import with_scalars
from effdash.runs.schema import POINT_STATUS, UNIT_STATUS
from effdash.vocab import (
    ACTIVE_SHARE,
    CONSTANT,
    EPOCH,
    GRADIENT,
    LAYER,
    MAXIMUM,
    MINIMUM,
    POINT,
    SCALARS,
    SPLIT,
    STATUS,
    UNIT,
    Split,
    is_constant,
    status_categories,
)

SPLIT_DTYPE: Final = pd.CategoricalDtype([split.value for split in Split])


def epochs_table(connection: sqlite3.Connection) -> pd.DataFrame:
    """One row a recorded epoch; what is unknown is nan. Scalars of somebody's own come last."""
    rows = connection.execute(f"SELECT epoch, {', '.join(SCALARS)} FROM epoch ORDER BY epoch").fetchall()
    table = pd.DataFrame(rows, columns=[EPOCH, *SCALARS])
    return with_scalars(connection, table.astype({EPOCH: np.int64} | dict.fromkeys(SCALARS, np.float64)))


def changes_table(connection: sqlite3.Connection) -> pd.DataFrame:
    """One row a change: from `epoch` on, the base value of `field` is `value`."""
    rows = connection.execute("SELECT epoch, field, value FROM change ORDER BY epoch, rowid").fetchall()
    table = pd.DataFrame(rows, columns=[EPOCH, "field", "value"])
    return table.astype({EPOCH: np.int64, "field": str, "value": np.float64})


def units_table(
    connection: sqlite3.Connection, header: Header, epoch: int | None, layer: str | None, split: str
) -> pd.DataFrame:
    """One row a unit and epoch. `grad_mean_abs` is a column on train alone.

    Raises:
        UserError: unknown epoch, layer or split.
    """
    split = header.split_of(split)
    epochs = None if epoch is None else [epoch]
    where = header.units_of(layer)
    names = [UNIT_STATUS, MINIMUM, MAXIMUM, ACTIVE_SHARE, *([GRADIENT] if split is Split.TRAIN else [])]
    histories = {name: read_history(connection, header, name, split, epochs) for name in names}
    values = {name: history.values[:, where] for name, history in histories.items()}
    rows = histories[UNIT_STATUS].epochs
    low, high = values[MINIMUM], values[MAXIMUM]

    places = np.repeat(np.arange(len(header.layers)), [info.units for info in header.layers])[where]
    units = np.concatenate([np.arange(info.units) for info in header.layers])[where]
    columns = {
        EPOCH: np.repeat(rows, len(units)),
        LAYER: _layer_names(header, np.tile(places, len(rows))),
        UNIT: np.tile(units, len(rows)),
        SPLIT: _split_names(split, values[UNIT_STATUS].size),
        STATUS: status_categories(values[UNIT_STATUS].ravel()),
        MINIMUM: low.ravel(),
        MAXIMUM: high.ravel(),
        ACTIVE_SHARE: values[ACTIVE_SHARE].ravel(),
        CONSTANT: is_constant(low, high).ravel(),
    }
    if GRADIENT in values:
        columns[GRADIENT] = values[GRADIENT].ravel()
    return pd.DataFrame(columns)


def points_table(
    connection: sqlite3.Connection, header: Header, epoch: int | None, layer: str | None, split: str
) -> pd.DataFrame:
    """One row a probe sample, layer and epoch; `point` is the sample's index in its split.

    Raises:
        UserError: unknown epoch, layer or split.
    """
    split = header.split_of(split)
    history = read_history(connection, header, POINT_STATUS, split, None if epoch is None else [epoch])
    places = np.arange(len(header.layers)) if layer is None else np.array([header.place_of(layer)])
    points = header.points[split]
    codes = history.values[:, places]
    return pd.DataFrame(
        {
            EPOCH: np.repeat(history.epochs, len(places) * len(points)),
            LAYER: _layer_names(header, np.tile(np.repeat(places, len(points)), len(history.epochs))),
            POINT: np.tile(points, len(places) * len(history.epochs)),
            SPLIT: _split_names(split, codes.size),
            STATUS: status_categories(codes.ravel()),
        }
    )


def _layer_names(header: Header, places: np.ndarray) -> pd.Categorical:
    """Layers sort in the network's order."""
    names = pd.CategoricalDtype([layer.name for layer in header.layers], ordered=True)
    return pd.Categorical.from_codes(places, dtype=names)


def _split_names(split: Split, count: int) -> pd.Categorical:
    codes = np.full(count, list(Split).index(split), np.int8)
    return pd.Categorical.from_codes(codes, dtype=SPLIT_DTYPE)
