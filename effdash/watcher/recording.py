"""From a network between two epochs to the rows of a run file."""

import time
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from torch import nn

from effdash.data import Dataset
from effdash.observe import Observation
from effdash.observe.batches import Call, arrays_in
from effdash.observe.names import unwrapped
from effdash.observe.status import NotFiniteError
from effdash.runs import DataSize, EpochRecord, LayerInfo, RunDescription, RunWriter, SplitRecord
from effdash.runs.names import MOST_NAME
from effdash.runs.schema import SUFFIX
from effdash.training.probe import SAMPLES
from effdash.training.recording import versions
from effdash.vocab import SCALARS, SECONDS, TEST_ACCURACY, TRAIN_ACCURACY, RunState, Split, UserError
from effdash.watcher.describing import (
    Described,
    describe_network,
    ends_in_sigmoid,
    points_of,
    stored_data,
)
from effdash.watcher.forms import Form, split_forms
from effdash.watcher.looking import Looker, Seen
from effdash.watcher.probe import Probe, class_numbers, take_probe
from effdash.watcher.ranks import BEGIN_SECONDS, ranks_of

SEED: Final = 0
"""Of the choice of samples."""
ROWS: Final = 200
"""After so many recorded epochs every other one is recorded, and so on."""
FIRST_PATIENCE: Final = 3600.0
"""Seconds that a first epoch may take before readers on other machines wonder."""
LEAST_PATIENCE: Final = 60.0
LARGEST_WEIGHTS: Final = 1_000_000_000
"""Bytes of weights beyond which none are kept: a run file has no room for them."""
SHARE: Final = 20
"""Weights that are not to stay are written in a twentieth of the time at most."""
ACCURACIES: Final = {Split.TRAIN: TRAIN_ACCURACY, Split.TEST: TEST_ACCURACY}


@dataclass(frozen=True, eq=False)
class Part:
    """The samples of a split that this process looks at; `size` and `points` are what the run file says."""

    probe: Probe
    size: DataSize
    points: np.ndarray
    """Which of the samples looked at are followed one by one."""
    numbers: np.ndarray
    """What these are called in the run file: their places in its data."""


class Recording:
    """One network, its samples, and the file that this process, or the first of several, writes."""

    def __init__(
        self,
        model: nn.Module,
        data: Any,
        *,
        name: str | None,
        folder: Path,
        test: Any,
        call: Call,
        checkpoints: int,
        record_every: int | None,
        process_group: Any,
    ) -> None:
        _check(name, checkpoints, record_every)
        if data is None:
            raise UserError("watch needs data to look at the units with: watch(model, data)")
        self.id: str | None = None
        self.path: Path | None = None
        self.alive = False
        self._network = unwrapped(model)
        self._ranks = ranks_of(process_group, model, self._network)
        self._writer: RunWriter | None = None
        self._every = record_every or 1
        self._rows = 0
        self._recorded = self._kept = 0
        self._keeps_weights = False
        self._pending: tuple[int, Mapping[str, float], float] | None = None
        self._weights_due = 0.0
        self._called_at = time.monotonic()
        self._ranks.meet("watch()", BEGIN_SECONDS)
        try:
            self._looker = Looker(self._network, call, self._ranks)
            train, rest, whole = split_forms(data, test)
            forms: dict[Split, Form] = {Split.TRAIN: train} | ({} if rest is None else {Split.TEST: rest})
            probes, first = self._take(forms)
            self._described = self._describe(probes, checkpoints)
            self._parts = self._cut(probes, first, whole)
            self._begin(first, folder, name, checkpoints)
        except BaseException:
            self._ranks.leave()
            raise

    # Beginning

    def _take(self, forms: Mapping[Split, Form]) -> tuple[dict[Split, tuple[Probe, DataSize]], Observation]:
        """The samples of every split with their sizes, and a first look at the network."""
        ranks = self._ranks
        trouble: Exception | None = None
        local: dict[Split, Probe] = {}
        try:
            local = {split: take_probe(form, SEED, SAMPLES // ranks.size) for split, form in forms.items()}
            first = self._looker.look_first(local[Split.TRAIN])
        except Exception as error:
            trouble = error
        counts = [len(forms), _size_of(self._network), *([0] if trouble else [len(first.unit_min)])]
        ranks.agree(counts, well=trouble is None)
        if trouble is not None:
            raise trouble
        found = {}
        for split, probe in local.items():
            if ranks.same([probe.total, _checksum(probe)]):
                # Everybody has all of them: each looks at some.
                mine = take_probe(forms[split], SEED).shard(ranks.rank, ranks.size)
                total = probe.total
            else:
                mine = probe
                (total,) = ranks.sums([probe.total])
            (observed,) = ranks.sums([mine.size])
            found[split] = mine, DataSize(observed, total)
        enough = all(probe.size for probe, _ in found.values())
        ranks.agree([0], well=enough)
        if not enough:
            raise UserError(f"there are fewer samples than the {ranks.size} processes that share them")
        return found, first

    def _describe(self, probes: Mapping[Split, tuple[Probe, DataSize]], checkpoints: int) -> Described:
        looker, (probe, _) = self._looker, probes[Split.TRAIN]
        self._keeps_weights = checkpoints > 0 and _size_of(self._network) < LARGEST_WEIGHTS
        described = Described()
        if self._ranks.rank == 0:
            described = describe_network(self._network, probe.single_input(), looker.n_classes)
        one_logit = looker.n_classes > 0 and looker.answer_width == 1
        (sigmoid,) = self._ranks.sums([int(one_logit and ends_in_sigmoid(described))])
        if sigmoid:
            # Its answers are probabilities: where a file says classes, one number is a logit.
            looker.threshold, looker.n_classes = 0.5, 0
        return described

    def _cut(
        self, probes: Mapping[Split, tuple[Probe, DataSize]], first: Observation, whole: Dataset | None
    ) -> dict[Split, Part]:
        n_classes = self._looker.n_classes
        own = {split: probe for split, (probe, _) in probes.items()}
        stored = stored_data(own, n_classes, whole, SEED)
        self._data = None if stored is None else stored[0]
        parts = {}
        for split, (probe, size) in probes.items():
            rows = np.arange(probe.size) if stored is None else stored[1][split]
            labels = class_numbers(probe.labels()) if n_classes else None
            y = np.zeros(len(rows), np.int64) if labels is None else labels[rows]
            numbers = points_of(y, SEED) if self._looker.points else np.empty(0, np.int64)
            parts[split] = Part(self._looker.cut(probe, first.layers), size, rows[numbers], numbers)
        return parts

    def _begin(self, first: Observation, folder: Path, name: str | None, checkpoints: int) -> None:
        if self._ranks.rank:
            self.id = self._ranks.hear("id")
            path = folder / f"{self.id}{SUFFIX}"
            self.path = path if path.exists() else None
        else:
            description = self._description(first, name)
            self._writer = RunWriter.create(folder, description, checkpoints=checkpoints)
            self._writer.patience = FIRST_PATIENCE
            self.id, self.path = self._writer.run_id, self._writer.path
            self._ranks.tell("id", self.id)
        self.alive = True

    def _description(self, first: Observation, name: str | None) -> RunDescription:
        X = self._parts[Split.TRAIN].probe.single_input()
        return RunDescription(
            config=None,
            layers=[LayerInfo(one.name, one.kind, one.units, one.positions) for one in first.layers],
            input_shape=() if X is None else tuple(X.shape[1:]),
            n_classes=self._looker.n_classes,
            data_sizes={split: part.size for split, part in self._parts.items()},
            probe={split: part.numbers for split, part in self._parts.items()},
            versions=versions(),
            data=self._data,
            graph=self._described.graph,
            name=None if name is None else " ".join(name.split()) or None,
            note="; ".join(first.unrecognised),
        )

    # Every epoch

    def epoch(self, epoch: int, numbers: Mapping[str, float], seconds: float) -> None:
        """An epoch is over: recorded, if it is one of those that are."""
        now = time.monotonic()
        if self._writer is not None:
            self._writer.patience = max(LEAST_PATIENCE, 3 * (now - self._called_at))
        self._called_at = now
        self._pending = epoch, numbers, seconds
        stride = self._every * 2 ** (self._rows // ROWS)
        if epoch == 1 or epoch % stride == 0:
            self._record()
        elif self._writer is not None:
            self._writer.heartbeat()

    def _record(self) -> None:
        assert self._pending is not None
        epoch, numbers, seconds = self._pending
        self._ranks.meet(f"epoch {epoch}")
        seen = {split: self._looker.look(part.probe) for split, part in self._parts.items()}
        self._pending = None
        self._rows += 1
        self._recorded = epoch
        if self._writer is None:
            return
        own = {ACCURACIES[split]: one.accuracy for split, one in seen.items()} | {SECONDS: seconds}
        columns = {name: value for name, value in numbers.items() if name in SCALARS}
        record = EpochRecord(
            epoch,
            own | columns,
            self._split_record(Split.TRAIN, seen),
            self._split_record(Split.TEST, seen) if Split.TEST in seen else None,
            self._looker.gradient(self._parts[Split.TRAIN].probe),
            {name: value for name, value in numbers.items() if name not in SCALARS},
        )
        before = time.monotonic()
        keep = self._keeps_weights and self._weights_wanted(epoch)
        weights = self._described.weights(self._network) if keep else None
        self._writer.epoch(record, checkpoint=weights)
        if keep:
            self._kept = epoch
            took = time.monotonic() - before
            self._weights_due = time.monotonic() + SHARE * took

    def _weights_wanted(self, epoch: int) -> bool:
        """Whether an epoch's weights are to stay, or cost little to have for a while."""
        assert self._writer is not None
        if not self._kept or time.monotonic() >= self._weights_due:
            return True
        stride = self._writer.checkpoint_stride
        return epoch // stride != self._kept // stride

    def _split_record(self, split: Split, seen: Mapping[Split, Seen]) -> SplitRecord:
        found, points = seen[split].observation, self._parts[split].points
        return SplitRecord(
            unit_status=found.unit_status,
            unit_min=found.unit_min,
            unit_max=found.unit_max,
            active_share=found.active_share,
            point_status=np.ascontiguousarray(found.point_status[:, points]),
        )

    # Ending

    def close(self, state: RunState, message: str | None) -> None:
        """The loop is over; where it ended by itself, its last epoch is recorded, with its weights."""
        if not self.alive:
            return
        if state is RunState.FINISHED and self._pending is not None:
            self._record()
        self.alive = False
        self._ranks.leave()
        if self._writer is None:
            return
        if state is RunState.FINISHED and not self._recorded:
            state, message = RunState.INTERRUPTED, "run.epoch() was never called"
        elif state is RunState.FINISHED and self._keeps_weights and self._kept != self._recorded:
            self._writer.checkpoint(self._recorded, self._described.weights(self._network))
        self._writer.close(state, message)

    def give_up(self, error: BaseException, sentence: str) -> None:
        """Records no more: the run says why."""
        if not self.alive:
            return
        self.alive = False
        state = RunState.FAILED if isinstance(error, NotFiniteError) else RunState.INTERRUPTED
        with suppress(Exception):
            self._ranks.leave()
        if self._writer is not None:
            with suppress(Exception):
                self._writer.close(state, sentence)


def _check(name: str | None, checkpoints: int, record_every: int | None) -> None:
    if name is not None and len(name) > MOST_NAME:
        raise UserError(f"the name has {len(name)} characters; {MOST_NAME} are the most")
    if checkpoints < 0:
        raise UserError(f"checkpoints = {checkpoints}: it should be 0 or more")
    if record_every is not None and record_every < 1:
        raise UserError(f"record_every = {record_every}: it should be 1 or more")


def _size_of(network: nn.Module) -> int:
    """Bytes of a network's parameters and buffers."""
    tensors = [*network.parameters(), *network.buffers()]
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def _checksum(probe: Probe) -> int:
    found = 0
    for batch in (probe.batches[0], probe.batches[-1]):
        for part in arrays_in(batch):
            found = zlib.crc32(np.ascontiguousarray(part).tobytes(), found)
    return found
