"""A run file, read: by several threads at once, while it is written, and without holding it."""

import json
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from effdash.config import RunConfig, build
from effdash.runs import tables
from effdash.runs.description import DataSize, LayerInfo
from effdash.runs.header import believed, read_header
from effdash.runs.healing import heal, look_first
from effdash.runs.names import MOST_NAME
from effdash.runs.quantities import History, read_history
from effdash.runs.rebuilding import read_graph, rebuild_from_graph, rebuild_model
from effdash.runs.scalars import scalar_names
from effdash.runs.schema import UNIT_STATUS
from effdash.runs.standing import Standing, read_standing
from effdash.runs.storage import reading, writing
from effdash.runs.stored_data import unpack_data
from effdash.runs.weights import unpack_tensors
from effdash.vocab import RunState, Split, UserError

if TYPE_CHECKING:
    import torch

    import effdash.data

MOST_NOTE = 10_000


class Run:
    """A run, as its file tells it at the moment it is asked.

    Holds nothing open between two questions, so that any thread may ask. Every method and property raises
    `UserError` where the file is gone or damaged.
    """

    def __init__(self, path: str | Path, *, shipped: bool = False) -> None:
        """Opens the run file `path`; `shipped`: one of the package's own, which is never written or locked.

        Raises:
            UserError: no such file, no run file, one of a newer version, or a damaged one.
        """
        self.path = Path(path)
        self.shipped = shipped
        if not shipped:
            look_first(self.path)
            heal(self.path)
        with self._read() as connection:
            self._header = read_header(connection)

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    # What the run is

    @property
    def id(self) -> str:
        return self.path.stem

    @property
    def config(self) -> RunConfig:
        """What the run was trained from.

        Raises:
            UserError: the network was somebody's own, or the configuration is not one of this version.
        """
        if self._header.config is None:
            raise UserError(f"run {self.id!r} records somebody's own network, so it has no configuration")
        with believed(self.path):
            values = json.loads(self._header.config)
        try:
            return build(RunConfig, values)
        except UserError as error:
            raise UserError(f"run file {self.path} has a configuration that cannot be: {error}") from None

    @property
    def has_config(self) -> bool:
        """Whether effdash trained it; otherwise its network, or its loop, is somebody's own."""
        return self._header.config is not None

    @property
    def graph(self) -> str | None:
        """The network as a graph (`models.graph.Graph.to_json`), where no configuration describes it."""
        return self._header.graph

    @cached_property
    def has_ways_around(self) -> bool | None:
        """Whether ways lead around layers of the network; `None`: nothing is known of it.

        Raises:
            UserError: the graph or the configuration cannot be.
        """
        from effdash.models import graph, has_ways_around

        if self._header.graph is not None:
            with believed(self.path):
                return graph.has_ways_around(read_graph(self._header.graph))
        return None if self._header.config is None else has_ways_around(self.config.network)

    @property
    def layers(self) -> list[LayerInfo]:
        return list(self._header.layers)

    @property
    def n_units(self) -> int:
        """Units of all layers together."""
        return self._header.units

    @property
    def parent(self) -> str | None:
        """The run this one was started from."""
        return self._header.parent

    @property
    def created(self) -> datetime:
        return self._header.created

    @property
    def versions(self) -> dict[str, str]:
        """Of what made the run, by package."""
        return dict(self._header.versions)

    @property
    def splits(self) -> list[str]:
        return list(self._header.sizes)

    @property
    def input_shape(self) -> tuple[int, ...]:
        return self._header.input_shape

    @property
    def n_classes(self) -> int:
        return self._header.n_classes

    def data_size(self, split: str = Split.TRAIN) -> DataSize:
        """On how many samples of a split statuses and accuracies are taken, and how many it has."""
        return self._header.sizes[self._header.split_of(split)]

    def probe(self, split: str = Split.TRAIN) -> np.ndarray:
        """The samples whose status is kept, int64 indices into the split."""
        return self._header.points[self._header.split_of(split)].copy()

    # How it stands

    @property
    def name(self) -> str:
        """What somebody called it; its id where nobody did."""
        return self._standing().name or self.id

    @property
    def note(self) -> str:
        return self._standing().note

    @property
    def state(self) -> RunState:
        """What its trainer is doing; `interrupted` where there should be one and is none."""
        return self._standing().state

    @property
    def message(self) -> str | None:
        """Why it ended as it did, in a sentence, where there is something to say."""
        return self._standing().message

    @property
    def version(self) -> str:
        """Changes whenever an epoch, a checkpoint, a change, a name or the state does: a key for caches."""
        standing = self._standing()
        return f"{self.created.timestamp():.6f}-{standing.revision}-{standing.state}"

    @property
    def incarnation(self) -> str:
        """Changes when another run takes this one's id, or another trainer takes it up.

        A key for caches of weights and data: as long as it stays, weights that are kept stay as they are.
        """
        return f"{self.created.timestamp():.6f}-{self._standing().claim}"

    def rename(self, name: str) -> None:
        """Calls the run `name`; an empty name gives it back its id.

        Raises:
            UserError: it is longer than 200 characters, or the run cannot be written.
        """
        name = " ".join(name.split())
        if len(name) > MOST_NAME:
            raise UserError(f"the name has {len(name)} characters; {MOST_NAME} are the most")
        self._write("UPDATE run SET revision = revision + 1, name = ?", name or None)

    def set_note(self, note: str) -> None:
        """Writes a note beside the run.

        Raises:
            UserError: it is longer than 10,000 characters, or the run cannot be written.
        """
        if len(note) > MOST_NOTE:
            raise UserError(f"the note has {len(note):,} characters; {MOST_NOTE:,} are the most")
        self._write("UPDATE run SET revision = revision + 1, note = ?", note)

    # What it recorded

    @property
    def recorded_epochs(self) -> list[int]:
        with self._read() as connection:
            return [epoch for (epoch,) in connection.execute("SELECT epoch FROM epoch ORDER BY epoch")]

    @property
    def last_epoch(self) -> int | None:
        """The last recorded epoch; `None` where there is none yet."""
        with self._read() as connection:
            (epoch,) = connection.execute("SELECT max(epoch) FROM epoch").fetchone()
            return epoch

    def epochs(self) -> pd.DataFrame:
        """One row a recorded epoch: `epoch`, the scalars of `vocab.SCALARS`, and `extra_scalars`.

        What is unknown is nan.
        """
        with self._read() as connection:
            return tables.epochs_table(connection)

    @property
    def extra_scalars(self) -> tuple[str, ...]:
        """Further columns of `epochs`: what somebody's own loop recorded, under the names given there."""
        with self._read() as connection:
            return tuple(scalar_names(connection))

    def changes(self) -> pd.DataFrame:
        """What was turned while it trained: `epoch`, `field`, `value`."""
        with self._read() as connection:
            return tables.changes_table(connection)

    def units(
        self, epoch: int | None = None, layer: str | None = None, split: str = Split.TRAIN
    ) -> pd.DataFrame:
        """One row a unit, at one epoch or (`None`) at every recorded one, of one layer or of all.

        Columns: `epoch`, `layer`, `unit`, `split`, `status`, `min`, `max`, `active_share`, `constant` and, on
        train, `grad_mean_abs`.

        Raises:
            UserError: an epoch that is not recorded, an unknown layer or split.
        """
        with self._read() as connection:
            return tables.units_table(connection, self._header, epoch, layer, split)

    def points(
        self, epoch: int | None = None, layer: str | None = None, split: str = Split.TRAIN
    ) -> pd.DataFrame:
        """One row a probe sample and layer, at one epoch or (`None`) at every recorded one.

        Columns: `epoch`, `layer`, `point` (the sample's index in the split), `split`, `status`.

        Raises:
            UserError: an epoch that is not recorded, an unknown layer or split.
        """
        with self._read() as connection:
            return tables.points_table(connection, self._header, epoch, layer, split)

    def history(self, name: str, split: str = Split.TRAIN, epochs: Collection[int] | None = None) -> History:
        """A quantity at `epochs`, or (`None`) at every recorded one, with these, from one look at the file.

        `name` is `status`, `min`, `max`, `active_share` or `grad_mean_abs` (train alone), of shape
        (epoch, unit), units of all layers one after the other, or `point_status` (epoch, layer, sample).

        Raises:
            UserError: an unknown name or split, or an epoch that is not recorded.
        """
        with self._read() as connection:
            return read_history(connection, self._header, name, split, epochs)

    def status_history(self, split: str = Split.TRAIN) -> np.ndarray:
        """Codes of `vocab.UnitStatus`, uint8 (epoch, unit), units of all layers one after the other.

        While the run trains, `history` gives the epochs that belong to the rows.
        """
        return self.history(UNIT_STATUS, split).values

    # Its weights and its data

    def checkpoints(self) -> list[int]:
        """The epochs whose weights are kept."""
        with self._read() as connection:
            return [epoch for (epoch,) in connection.execute("SELECT epoch FROM checkpoint ORDER BY epoch")]

    def weights(self, epoch: int | None = None) -> "tuple[int, dict[str, torch.Tensor]]":
        """The weights at `epoch` (`None`: the last), or at the nearest earlier one kept, and which it is.

        Raises:
            UserError: none are kept up to then.
        """
        with self._read() as connection:
            row = connection.execute(
                "SELECT epoch, weights FROM checkpoint WHERE ?1 IS NULL OR epoch <= ?1 "
                "ORDER BY epoch DESC LIMIT 1",
                (epoch,),
            ).fetchone()
            if row is None:
                when = "" if epoch is None else f" up to epoch {epoch}"
                raise UserError(f"run {self.id!r} keeps no weights{when}")
            return row[0], unpack_tensors(row[1])

    def model(self, epoch: int | None = None) -> "torch.nn.Module":
        """The network with the weights that `weights(epoch)` gives, on the CPU, in eval mode.

        Raises:
            UserError: the network was somebody's own, or no weights are kept up to `epoch`.
        """
        graph = self._header.graph
        if graph is None and self._header.config is None:
            raise UserError(f"run {self.id!r} records somebody's own network, which its file cannot rebuild")
        _, weights = self.weights(epoch)
        if graph is not None:
            with believed(self.path):
                return rebuild_from_graph(graph, self.input_shape, self.n_classes, weights)
        config = self.config
        with believed(self.path):
            return rebuild_model(config.network, self.input_shape, self.n_classes, weights)

    @property
    def stores_data(self) -> bool:
        """Whether the data are in the file, because their name does not give them again."""
        with self._read() as connection:
            (count,) = connection.execute("SELECT count(*) FROM data").fetchone()
            return count > 0

    def data(self) -> "effdash.data.Dataset":
        """The data it was trained on: from the file where it is there, else made again by its name.

        Raises:
            UserError: it is in neither.
        """
        with self._read() as connection:
            stored = connection.execute("SELECT description, tensors FROM data").fetchone()
        if stored is not None:
            with believed(self.path):
                return unpack_data(*stored)
        if self._header.config is None:
            raise UserError(f"run {self.id!r} has no data in its file")
        from effdash.data import from_config

        config = self.config
        return from_config(config.data, config.seed)

    # How it is asked

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        with reading(self.path, frozen=self.shipped) as connection, believed(self.path):
            yield connection

    def _write(self, statement: str, value: str | None) -> None:
        if self.shipped:
            raise UserError(f"run {self.id!r} is an example that came with effdash: it stays as it is")
        with writing(self.path) as connection:
            connection.execute(statement, (value,))

    def _standing(self) -> Standing:
        with self._read() as connection:
            return read_standing(connection)


def open_run(path: str | Path) -> Run:
    """The run in a file.

    Raises:
        UserError: no such file, no run file, one of a newer version, or a damaged one.
    """
    return Run(path)
