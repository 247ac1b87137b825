"""A stranger's run file, checked to its last byte before it comes into the folder."""

import json
import math
import sqlite3
from pathlib import Path
from typing import Final

from effdash.config import RunConfig, build
from effdash.runs.description import CHANGEABLE
from effdash.runs.header import MOST_TEXT, Header, believed, read_header
from effdash.runs.quantities import DTYPES, read_array
from effdash.runs.rebuilding import read_graph, rebuild_from_graph
from effdash.runs.scalars import PREFIX as SCALAR
from effdash.runs.scalars import read_scalar, scalar_names
from effdash.runs.storage import reading
from effdash.runs.stored_data import unpack_data
from effdash.runs.weights import unpack_tensors
from effdash.vocab import RunState, UserError

MOST_BYTES: Final = 4_000_000_000


def verify(path: Path, called: str | None = None) -> None:
    """Reads everything in a run file, without locks and without believing any of it.

    `called` is the name that the message gives it.

    Raises:
        UserError: it is no run file, of a newer version, too large, hostile or damaged; one sentence says
            which.
    """
    try:
        _verify(path)
    except UserError as error:
        raise UserError(str(error).replace(str(path), called or str(path))) from error


def _verify(path: Path) -> None:
    with reading(path, frozen=True) as connection, believed(path):
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise UserError(f"run file {path} has {size:,} bytes; {MOST_BYTES:,} are the most")
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise ValueError(verdict)
        header = read_header(connection)
        _check_row(connection, header)
        _check_arrays(connection, header)
        _check_tensors(connection, header)


def _check_row(connection: sqlite3.Connection, header: Header) -> None:
    name, note, state, message = connection.execute("SELECT name, note, state, message FROM run").fetchone()
    if any(len(text or "") > MOST_TEXT for text in (name, note, message)):
        raise ValueError("a text is too long")
    RunState(state)
    if header.config is not None:
        build(RunConfig, json.loads(header.config))
    for field, value in connection.execute("SELECT field, value FROM change"):
        if field not in CHANGEABLE or not math.isfinite(value):
            raise ValueError(f"it has a change of {field!r} to {value}")


def _check_arrays(connection: sqlite3.Connection, header: Header) -> None:
    recorded = {epoch for (epoch,) in connection.execute("SELECT epoch FROM epoch")}
    scalar_names(connection)
    for name, split, epoch, data in connection.execute("SELECT name, split, epoch, data FROM quantity"):
        if name.startswith(SCALAR) and epoch in recorded:
            read_scalar(split, data)
            continue
        if name not in DTYPES or split not in header.sizes or epoch not in recorded:
            raise ValueError(f"it has an array {name!r} on {split!r} at epoch {epoch}")
        read_array(data, header, name, split)


def _check_tensors(connection: sqlite3.Connection, header: Header) -> None:
    if header.graph is not None:
        read_graph(header.graph)
    for (packed,) in connection.execute("SELECT weights FROM checkpoint"):
        weights = unpack_tensors(packed)
        if header.graph is not None:
            rebuild_from_graph(header.graph, header.input_shape, header.n_classes, weights)
    for values, tensors in connection.execute('SELECT "values", tensors FROM resume'):
        json.loads(values)
        unpack_tensors(tensors)
    for words, tensors in connection.execute("SELECT description, tensors FROM data"):
        unpack_data(words, tensors)
