"""A loaded network as a run: of one epoch, or of as many as there are checkpoints."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from effdash.data import Dataset
from effdash.decision import class_logits
from effdash.loading.fitting import Fitted, fit
from effdash.loading.loaded import LoadedModel
from effdash.models.graph import Graph
from effdash.models.graph.building import build_modules
from effdash.observe import observe
from effdash.runs import DataSize, EpochRecord, LayerInfo, RunDescription, RunFolder, RunWriter
from effdash.runs.names import MOST_NAME
from effdash.runs.stored_data import MOST_BYTES
from effdash.training.probe import Probe, stratified
from effdash.training.recording import split_record, versions
from effdash.training.trainer import Look
from effdash.vocab import TEST_ACCURACY, TRAIN_ACCURACY, RunState, Split, UserError

ACCURACIES: Final = {Split.TRAIN: TRAIN_ACCURACY, Split.TEST: TEST_ACCURACY}
HEADER: Final = 100_000
"""Bytes left for what describes the tensors of the data."""

Progress = Callable[[int, int], None]


def make_run(
    loaded: LoadedModel | Iterable[tuple[int, LoadedModel]],
    data: Dataset,
    folder: str | Path,
    *,
    name: str | None = None,
    on_epoch: Progress | None = None,
    run_id: str | None = None,
) -> str:
    """A finished run that holds a network, and what its units do with the data; gives its id.

    Args:
        loaded: A network, which becomes epoch 0, or checkpoints of one network with their epochs, in order;
            they are asked for one by one, so that they need not be in memory together.
        data: Kept in the file, or as much of them as fits.
        name: What the run is called; `None`: as the network.
        on_epoch: Called with how many epochs are done and how many there are (0: not known); what it raises
            stops the making.
        run_id: The run's id; `None`: one of its own.

    Raises:
        UserError: the data do not fit; a checkpoint is of another network than the first; the folder cannot
            be written. No run is left then.
    """
    given = [(0, loaded)] if isinstance(loaded, LoadedModel) else loaded
    of = len(given) if isinstance(given, Sequence) else 0
    checkpoints = iter(given)
    first = next(checkpoints, None)
    if first is None:
        raise UserError("there are no checkpoints to make a run of")
    kept, note = _within(data)
    called = (name or first[1].name)[:MOST_NAME]
    begun = _Keeping(first[1], kept, Path(folder), name=called, note=note, run_id=run_id)
    try:
        for done, (epoch, network) in enumerate(chain([first], checkpoints), start=1):
            begun.add(epoch, network)
            if on_epoch is not None:
                on_epoch(done, of)
    except BaseException:
        begun.give_up()
        raise
    begun.writer.close(RunState.FINISHED)
    return begun.writer.run_id


class _Keeping:
    """A run that is being made of checkpoints."""

    def __init__(
        self, network: LoadedModel, data: Dataset, folder: Path, *, name: str, note: str, run_id: str | None
    ) -> None:
        self.first = fit(network, data)
        found = self.first.data
        probes = {split: Probe.of(found, split, 0) for split in Split}
        self.probes = {split: probe for split, probe in probes.items() if len(probe.y)}
        self._data = data
        self._name = network.name
        looks = self._looks(self.first)
        layers = looks[Split.TRAIN].observation.layers
        graph = self.first.loaded.graph
        self._described = None if graph is None else graph.to_json()
        self._weights = None if graph is None else _names_of(graph)
        notes = [*self.first.loaded.guess, *self.first.loaded.notes, *self.first.notes, note]
        description = RunDescription(
            config=None,
            graph=self._described,
            layers=[LayerInfo(layer.name, layer.kind, layer.units, layer.positions) for layer in layers],
            input_shape=found.input_shape,
            n_classes=found.n_classes,
            data_sizes={split: DataSize(len(probe.y), probe.total) for split, probe in self.probes.items()},
            probe={split: probe.rows[probe.points] for split, probe in self.probes.items()},
            versions=versions(),
            data=found,
            name=name,
            note="\n".join(filter(None, notes)),
        )
        self._ready: dict[Split, Look] | None = looks
        self.folder = folder
        self.writer = RunWriter.create(folder, description, run_id)

    def add(self, epoch: int, network: LoadedModel) -> None:
        """One more epoch; the first network is the one that the run began with.

        Raises:
            UserError: it is another network.
        """
        fitted, looks = self.first, self._ready
        self._ready = None
        if looks is None:
            fitted = fit(network, self._data)
            self._refuse_another(fitted)
            looks = self._looks(fitted)
        records = {split: split_record(look, self.probes[split]) for split, look in looks.items()}
        weights = fitted.loaded.model.state_dict()
        keep = None if self._weights is None else {key: weights[key] for key in self._weights}
        record = EpochRecord(
            epoch=epoch,
            scalars={ACCURACIES[split]: look.accuracy for split, look in looks.items()},
            train=records[Split.TRAIN],
            test=records.get(Split.TEST),
        )
        self.writer.epoch(record, checkpoint=keep)

    def give_up(self) -> None:
        """Leaves no run."""
        with suppress(UserError):
            self.writer.close(RunState.FAILED)
        with suppress(UserError):
            RunFolder(self.folder).delete(self.writer.run_id)

    def _looks(self, fitted: Fitted) -> dict[Split, Look]:
        return {
            split: _look(fitted.loaded.model, probe, classes=fitted.data.n_classes > 0)
            for split, probe in self.probes.items()
        }

    def _refuse_another(self, fitted: Fitted) -> None:
        """Raises a UserError where it is not the network that the run began with."""
        name, graph = fitted.loaded.name, fitted.loaded.graph
        if fitted.data.class_names != self.first.data.class_names:
            raise UserError(f"{name} is another network than {self._name}: it answers other classes")
        described = None if graph is None else graph.to_json()
        if graph is not None and described == self._described:
            return
        before, now = self.first.loaded.model.state_dict(), fitted.loaded.model.state_dict()
        for key in dict.fromkeys([*before, *now]):
            if key not in before or key not in now:
                which = "lacks" if key in before else "has also"
                raise UserError(f"{name} is another network than {self._name}: it {which} {key}")
            if before[key].shape != now[key].shape:
                shapes = f"{tuple(now[key].shape)}, not {tuple(before[key].shape)}"
                raise UserError(f"{name} is another network than {self._name}: its {key} is {shapes}")
        if described != self._described:
            raise UserError(f"{name} is another network than {self._name}: it takes other steps with them")


def _look(model: nn.Module, probe: Probe, *, classes: bool) -> Look:
    right = 0

    def count(rows: slice, output: Tensor) -> None:
        nonlocal right
        if classes:
            right += int((class_logits(output).argmax(1).cpu() == probe.y[rows]).sum())

    seen = observe(model, probe.X, on_output=count)
    return Look(seen, right / len(probe.y) if classes else float("nan"))


def _names_of(graph: Graph) -> list[str]:
    """The weights that a network made of the graph has."""
    with torch.device("meta"):
        skeleton = nn.Module()
        build_modules(skeleton, graph)
    return list(skeleton.state_dict())


def _within(data: Dataset) -> tuple[Dataset, str]:
    """As many samples as a run file holds, classes in their shares; a sentence where some are left out."""
    size = sum(tensor.nbytes for tensor in (data.X_train, data.y_train, data.X_test, data.y_test))
    room = MOST_BYTES - HEADER - data.mean.nbytes - data.scale.nbytes
    if size <= room:
        return data, ""
    share = room / size
    rows = {
        split: torch.from_numpy(stratified(y.numpy(), max(1, int(share * len(y))), 0))
        for split, y in ((Split.TRAIN, data.y_train), (Split.TEST, data.y_test))
        if len(y)
    }
    train, test = rows[Split.TRAIN], rows.get(Split.TEST, torch.arange(0))
    kept = replace(
        data,
        X_train=data.X_train[train],
        y_train=data.y_train[train],
        X_test=data.X_test[test],
        y_test=data.y_test[test],
    )
    note = (
        f"{len(train) + len(test):,} of {len(data.y_train) + len(data.y_test):,} samples are kept and looked "
        f"at, classes in their shares: a run file holds {MOST_BYTES // 1_000_000} MB of data"
    )
    return kept, note
