"""From a network between two epochs to the rows of a run file."""

import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
from torch import nn

from effdash.data import Dataset
from effdash.observe import Observation
from effdash.observe.batches import Call
from effdash.observe.names import unwrapped
from effdash.runs import EpochRecord, LayerInfo, RunDescription, RunWriter, SplitRecord
from effdash.runs.names import MOST_NAME
from effdash.runs.schema import SUFFIX
from effdash.training.recording import versions
from effdash.vocab import SCALARS, SECONDS, TEST_ACCURACY, TRAIN_ACCURACY, RunState, Split, UserError
from effdash.watcher.describing import (
    Described,
    bytes_of,
    describe_network,
    ends_in_sigmoid,
    stored_data,
)
from effdash.watcher.forms import Form, split_forms
from effdash.watcher.looking import Looker, Seen
from effdash.watcher.parts import SEED, Part, Taken, parts_of_run, take
from effdash.watcher.ranks import BEGIN_SECONDS, EPOCH_SECONDS, ranks_of

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
            taken, first = take(forms, self._network, self._looker, self._ranks)
            self._described = self._describe(taken, checkpoints)
            self._data, self._parts = self._share_out(taken, first, whole)
            self._begin(first, folder, name, checkpoints)
        except BaseException:
            self._ranks.leave()
            raise

    # Beginning

    def _describe(self, taken: Taken, checkpoints: int) -> Described:
        looker, (probe, _) = self._looker, taken[Split.TRAIN]
        self._keeps_weights = checkpoints > 0 and bytes_of(self._network) < LARGEST_WEIGHTS
        described = Described()
        if self._ranks.rank == 0:
            described = describe_network(self._network, probe.single_input(), looker.n_classes)
        one_logit = looker.n_classes > 0 and looker.answer_width == 1
        (sigmoid,) = self._ranks.sums([int(one_logit and ends_in_sigmoid(described))])
        if sigmoid:
            # Its answers are probabilities: where a file says classes, one number is a logit.
            looker.threshold, looker.n_classes = 0.5, 0
        return described

    def _share_out(
        self, taken: Taken, first: Observation, whole: Dataset | None
    ) -> tuple[Dataset | None, dict[Split, Part]]:
        """The data for the run file, and what is looked at after every epoch."""
        probes = {split: probe for split, (probe, _) in taken.items()}
        stored = stored_data(probes, self._looker.n_classes, whole, SEED)
        data, rows = (None, None) if stored is None else stored
        return data, parts_of_run(taken, rows, self._looker, first)

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
        self._ranks.meet(f"epoch {epoch}", EPOCH_SECONDS)
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

    def give_up(self, state: RunState, sentence: str) -> None:
        """Records no more: the run says why."""
        if not self.alive:
            return
        self.alive = False
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
