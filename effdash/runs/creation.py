"""How a run file comes into the world: complete, under another name, then renamed."""

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final

import numpy as np

from effdash.runs.arrays import pack
from effdash.runs.description import RunDescription, checked
from effdash.runs.names import checked_id, label_of, new_run_id, path_of
from effdash.runs.ownership import Owner
from effdash.runs.schema import create_tables
from effdash.runs.storage import reason_of, temporary_file, transaction
from effdash.runs.stored_data import pack_data
from effdash.runs.weights import pack_tensors
from effdash.vocab import RunState, UserError

ATTEMPTS: Final = 20
MOST_POINTS: Final = 1024


def create_file(folder: Path, description: RunDescription, run_id: str | None, owner: Owner) -> Path:
    """A run file without epochs, owned and running.

    Raises:
        UserError: the folder cannot be made or written, its disk is full, a run of this id is there already,
            or the data or the weights to begin with are too large.
    """
    with temporary_file(folder) as temporary:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _fill(temporary, description, owner)
            return _publish(temporary, folder, description, run_id)
        except (OSError, sqlite3.Error) as error:
            raise UserError(f"run folder {folder} cannot be written: {reason_of(error)}") from error


def _publish(temporary: Path, folder: Path, description: RunDescription, run_id: str | None) -> Path:
    """Gives the file its name, without ever replacing another run."""
    for _ in range(ATTEMPTS):
        label = label_of(description.config, description.name)
        path = path_of(folder, run_id or new_run_id(label))
        try:
            move_without_replacing(temporary, path)
        except FileExistsError:
            if run_id is not None:
                raise UserError(f"run {run_id!r} is in {folder} already") from None
        else:
            return path
    raise UserError(f"no free run id was found in {folder}")


def move_without_replacing(source: Path, target: Path) -> None:
    """Renames a file.

    Raises:
        FileExistsError: `target` is there already.
    """
    try:
        target.hardlink_to(source)
    except FileExistsError:
        raise
    except OSError:
        # Without hard links, two processes that choose one name in one moment cannot be told apart.
        if target.exists():
            raise FileExistsError(target) from None
        source.rename(target)
    else:
        source.unlink()


def _fill(path: Path, description: RunDescription, owner: Owner) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection, transaction(connection):
        create_tables(connection)
        _insert_run(connection, description, owner)
        _insert_layers(connection, description)
        _insert_splits(connection, description)
        if description.data is not None:
            connection.execute("INSERT INTO data VALUES (1, ?, ?)", pack_data(description.data))
        if description.weights is not None:
            weights = pack_tensors(description.weights, "the weights to begin with")
            connection.execute("INSERT INTO checkpoint VALUES (0, ?)", (weights,))


def _insert_run(connection: sqlite3.Connection, description: RunDescription, owner: Owner) -> None:
    config = description.config
    row = {
        "id": 1,
        "created": time.time(),
        "name": description.name or (config.name if config else None),
        "note": description.note,
        "parent": None if description.parent is None else checked_id(description.parent),
        "config": None if config is None else config.model_dump_json(),
        "graph": description.graph,
        "versions": json.dumps(dict(description.versions)),
        "input_shape": json.dumps(list(description.input_shape)),
        "classes": description.n_classes,
        "state": RunState.RUNNING,
        "revision": 0,
        "stride": 1,
        "claim": 1,
        **owner._asdict(),
    }
    marks = ", ".join(f":{name}" for name in row)
    connection.execute(f"INSERT INTO run ({', '.join(row)}) VALUES ({marks})", row)


def _insert_layers(connection: sqlite3.Connection, description: RunDescription) -> None:
    connection.executemany(
        "INSERT INTO layer VALUES (?, ?, ?, ?, ?)",
        [
            (place, layer.name, layer.kind, layer.units, json.dumps(list(layer.positions)))
            for place, layer in enumerate(description.layers)
        ],
    )


def _insert_splits(connection: sqlite3.Connection, description: RunDescription) -> None:
    for name, points in description.probe.items():
        if len(points) > MOST_POINTS:
            raise ValueError(f"{name} has {len(points)} probe samples; a run keeps {MOST_POINTS} at most")
        size = description.data_sizes[name]
        indices = pack(checked(points, np.int64, (len(points),), f"probe[{name!r}]"))
        row = (str(name), size.observed, size.total, len(points), indices)
        connection.execute("INSERT INTO split VALUES (?, ?, ?, ?, ?)", row)
