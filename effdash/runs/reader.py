"""A run file, read: by several threads at once, while it is written, and without holding it."""

import json
from collections.abc import Collection
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from effdash.config import RunConfig, build
from effdash.runs import tables
from effdash.runs.description import DataSize, LayerInfo
from effdash.runs.file import RunFile
from effdash.runs.header import believed
from effdash.runs.quantities import History, read_history
from effdash.runs.rebuilding import read_graph, rebuild_from_graph, rebuild_model
from effdash.runs.scalars import scalar_names
from effdash.runs.schema import UNIT_STATUS
from effdash.runs.stored_data import unpack_data
from effdash.runs.weights import unpack_tensors
from effdash.vocab import Split, UserError

if TYPE_CHECKING:
    import torch

    import effdash.data


class Run(RunFile):
    """A run, as its file tells it at the moment it is asked.

    Any thread may ask. Every method and property raises `UserError` where the file is gone or damaged.
    """

    # What the run is

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


def open_run(path: str | Path) -> Run:
    """The run in a file.

    Raises:
        UserError: no such file, no run file, one of a newer version, or a damaged one.
    """
    return Run(path)
