"""What never changes in a run, read once and checked: all later lengths follow from it."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from effdash.runs.arrays import unpack
from effdash.runs.creation import MOST_POINTS
from effdash.runs.description import DataSize, LayerInfo
from effdash.runs.names import checked_id
from effdash.vocab import Split, UserError

MOST_LAYERS: Final = 10_000
MOST_UNITS: Final = 10_000_000
MOST_TEXT: Final = 10_000_000


class Header(NamedTuple):
    """A run's description, as its file holds it."""

    created: datetime
    parent: str | None
    config: str | None
    graph: str | None
    versions: dict[str, str]
    input_shape: tuple[int, ...]
    n_classes: int
    layers: list[LayerInfo]
    sizes: dict[str, DataSize]
    points: dict[str, np.ndarray]

    @property
    def units(self) -> int:
        return sum(layer.units for layer in self.layers)

    def units_of(self, layer: str | None) -> slice:
        """Where a layer's units stand among all units; `None`: all of them.

        Raises:
            UserError: no layer has this name; the message lists those there are.
        """
        if layer is None:
            return slice(0, self.units)
        place = self.place_of(layer)
        start = sum(before.units for before in self.layers[:place])
        return slice(start, start + self.layers[place].units)

    def place_of(self, layer: str) -> int:
        """Which layer has this name, counted from 0.

        Raises:
            UserError: none has.
        """
        names = [found.name for found in self.layers]
        if layer not in names:
            raise UserError(f"layer {layer!r} is not in this run; it has {', '.join(names)}")
        return names.index(layer)

    def split_of(self, split: str) -> Split:
        """The split of this name.

        Raises:
            UserError: the run has no such data.
        """
        if split not in self.sizes:
            raise UserError(f"split {split!r} is not in this run; it has {', '.join(self.sizes)}")
        return Split(split)


@contextmanager
def believed(path: Path) -> Iterator[None]:
    """Around whatever is made of a file's contents: what cannot be, is damage.

    Raises:
        UserError: the block raised an error that comes of wrong contents.
    """
    try:
        yield
    except UserError:
        raise
    except (
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        raise UserError(f"run file {path} is damaged: {error}") from error


def read_header(connection: sqlite3.Connection) -> Header:
    """Raises `ValueError`, `TypeError` or `KeyError` where the contents cannot be; see `believed`."""
    created, parent, config, graph, versions, input_shape, classes = connection.execute(
        "SELECT created, parent, config, graph, versions, input_shape, classes FROM run"
    ).fetchone()
    if any(len(text or "") > MOST_TEXT for text in (parent, config, graph, versions, input_shape)):
        raise ValueError("a text is too long")
    header = Header(
        created=datetime.fromtimestamp(created, UTC),
        parent=None if parent is None else checked_id(parent),
        config=config,
        graph=graph,
        versions={str(name): str(version) for name, version in json.loads(versions).items()},
        input_shape=tuple(int(size) for size in json.loads(input_shape)),
        n_classes=int(classes),
        layers=_read_layers(connection),
        sizes={},
        points={},
    )
    for name, observed, total, probed, points in connection.execute("SELECT * FROM split ORDER BY rowid"):
        if not 0 <= probed <= MOST_POINTS:
            raise ValueError(f"it has {probed} probe samples")
        split = Split(name)
        header.sizes[split.value] = DataSize(int(observed), int(total))
        header.points[split.value] = unpack(points, np.dtype(np.int64), (probed,))
    if header.n_classes < 0:
        raise ValueError(f"it has {header.n_classes} classes")
    if Split.TRAIN not in header.sizes:
        raise ValueError("it has no training data")
    return header


def _read_layers(connection: sqlite3.Connection) -> list[LayerInfo]:
    count, units = connection.execute("SELECT count(*), sum(units) FROM layer").fetchone()
    if not 1 <= count <= MOST_LAYERS or not 1 <= units <= MOST_UNITS:
        raise ValueError(f"it has {count} layers with {units} units")
    rows = connection.execute("SELECT name, kind, units, positions FROM layer ORDER BY position").fetchall()
    layers = [
        LayerInfo(name, kind, units, tuple(json.loads(positions))) for name, kind, units, positions in rows
    ]
    if any(layer.units < 1 for layer in layers) or len({layer.name for layer in layers}) < len(layers):
        raise ValueError("two layers have one name, or one has no units")
    return layers
