"""A run in the making: trains, records into the run file, and obeys what is turned and pressed meanwhile."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from effdash.config import RunConfig
from effdash.data import Dataset, as_dataset
from effdash.data.own import own_config
from effdash.runs import Command, EpochRecord, ResumeState, Run, RunWriter, open_run
from effdash.training.device import fitting_threads
from effdash.training.interruption import Interruption
from effdash.training.origin import Origin
from effdash.training.recording import describe, make_record
from effdash.training.result import TrainingResult
from effdash.training.resuming import capture, restore
from effdash.training.schedule import checkpoint_epochs, is_recorded
from effdash.training.trainer import Trainer
from effdash.vocab import RunState, UserError

POLL_SECONDS: Final = 0.1
HEARTBEAT_SECONDS: Final = 5.0
RESUME_SECONDS: Final = 1.0
"""The state to resume from is kept at most so often, and at most in a twentieth of the time."""

OnEpoch = Callable[[EpochRecord, int], None]
"""Called with what was recorded and the number of epochs planned."""


class Session:
    """One trainer writing one run file, until the last epoch or until somebody stops it."""

    def __init__(self, trainer: Trainer, writer: RunWriter, on_epoch: OnEpoch | None = None) -> None:
        self.trainer = trainer
        self.writer = writer
        self.config = trainer.config
        self.on_epoch = on_epoch
        self._checkpoints = checkpoint_epochs(self.config.epochs, self.config.checkpoints)
        self._interruption = Interruption()
        self._losses: dict[str, float] | None = None
        self._last: EpochRecord | None = None
        self._seconds = 0.0
        self._resume_due = 0.0
        self._secured: int | None = None
        self._poll_due = 0.0
        self._heartbeat_due = 0.0
        self._next_epoch = trainer.epoch + 1
        """The first epoch that has not begun: what is turned now counts from there on."""
        self._paused = False
        self._stopping = False
        self._steps = 0
        self.pace: float | None = None

    @classmethod
    def begin(
        cls,
        config: RunConfig,
        runs: Path,
        *,
        parent: str | None = None,
        start: Run | None = None,
        start_epoch: int | None = None,
        run_id: str | None = None,
        on_epoch: OnEpoch | None = None,
        data: Dataset | None = None,
    ) -> "Session":
        """Makes the network and its run file.

        `start` is a run whose network and weights, those kept up to `start_epoch` (`None`: the last), this
        one begins with; it is the parent then. `data` are somebody's own, which the file will hold.

        Raises:
            UserError: the configuration is impossible, the network of `start` cannot be rebuilt or is another
                one than the configuration's, the data are too large or cannot be trained on, or the folder
                cannot be written. No file is left then.
        """
        if data is not None and config.data.own is None:
            config = own_config(config, data)
        origin = Origin.fresh(config, data) if start is None else Origin.of(start, config, start_epoch, data)
        if start is not None:
            parent = start.id
            config = config.model_copy(update={"start": origin.start})
        trainer = Trainer(config, origin)
        writer = RunWriter.create(runs, describe(trainer, parent), run_id=run_id)
        return cls(trainer, writer, on_epoch)

    @classmethod
    def take_up(cls, path: Path, *, on_epoch: OnEpoch | None = None) -> "Session":
        """Claims a run that was stopped or interrupted, and puts its network where it was.

        Raises:
            UserError: the run is finished, has no state to resume from, or another trainer has it.
        """
        run = open_run(path)
        if run.graph is not None and run.config.start is None:
            raise UserError(
                f"run {run.id} holds a pruned network and was not in training; "
                "begin a run with its weights instead (--from)"
            )
        if run.state == RunState.FINISHED:
            raise UserError(f"run {run.id} is finished: it has all of its {run.config.epochs} epochs")
        trainer = Trainer(run.config, Origin.again(run))
        changes = run.changes()
        for epoch, field, value in zip(changes["epoch"], changes["field"], changes["value"], strict=True):
            trainer.dials.plan(int(epoch), str(field), float(value))
        writer = RunWriter.claim(path)
        try:
            resumed = writer.read_resume_state()
            session = cls(trainer, writer, on_epoch)
            if resumed is not None:
                restore(trainer, resumed.epoch, resumed.tensors, resumed.values)
                session._seconds = float(resumed.values.get("seconds", 0.0))
                session._next_epoch = resumed.epoch + 1
        except UserError as error:
            writer.close(run.state, str(error))
            raise
        return session

    def run(self) -> TrainingResult:
        """Trains to the end. Returns also where the run was stopped or failed: `state` and `message` say how.

        Raises:
            UserError: the run file could not be written; what was committed stays.
        """
        state, message = RunState.INTERRUPTED, None
        try:
            with self._interruption, fitting_threads(self.trainer.model, self.trainer.batch_size):
                state, message = self._train()
        except UserError as error:
            state, message = RunState.FAILED, str(error)
        except Exception as error:
            state, message = RunState.FAILED, f"an error of effdash's own, {type(error).__name__}: {error}"
            raise
        finally:
            self.trainer.close()
            self.writer.close(state, message)
        return TrainingResult.of(self.writer, state, message)

    def _train(self) -> tuple[RunState, str | None]:
        trainer, epochs = self.trainer, self.config.epochs
        if trainer.epoch == 0:
            trainer.dials.turn_to(0)
            self._losses = trainer.look_at_initial_state()
            self._record()
        while trainer.epoch < epochs:
            self._obey()
            if self._stopping:
                self._secure()
                return RunState.INTERRUPTED, f"stopped at epoch {trainer.epoch} of {epochs}"
            self._turn_dials(trainer.epoch + 1)
            started = time.perf_counter()
            self._next_epoch = trainer.epoch + 2
            losses = trainer.train_epoch(self._must_drop)
            self._next_epoch = trainer.epoch + 1
            if losses is None:
                continue
            self._seconds += time.perf_counter() - started
            self._losses = losses
            if is_recorded(trainer.epoch, epochs) or self._steps:
                self._record()
            self._steps = max(0, self._steps - 1)
            self._keep_pace(started)
        return RunState.FINISHED, None

    # What is recorded

    def _record(self) -> None:
        trainer = self.trainer
        assert self._losses is not None
        record = make_record(trainer, self._losses, self._seconds)
        last = trainer.epoch == self.config.epochs
        halting = self._stopping or self._paused
        weights = trainer.epoch in self._checkpoints or last or halting
        checkpoint = trainer.model.state_dict() if weights else None
        resume = None
        now = time.perf_counter()
        if now >= self._resume_due or halting or last:
            tensors, values = capture(trainer)
            resume = ResumeState(trainer.epoch, tensors, {**values, "seconds": self._seconds})
        self.writer.epoch(record, checkpoint=checkpoint, resume=resume)
        if resume is not None:
            took = time.perf_counter() - now
            self._resume_due = time.perf_counter() + max(RESUME_SECONDS, 20 * took)
        if resume is not None and checkpoint is not None:
            self._secured = record.epoch
        news = self._last is None or self._last.epoch != record.epoch
        self._last = record
        trainer.want_gradient_reach()
        if news and self.on_epoch is not None:
            self.on_epoch(record, self.config.epochs)

    def _secure(self) -> None:
        """Records the last whole epoch with weights and state to resume from, where that was not done yet."""
        if self._losses is not None and self._secured != self.trainer.epoch:
            self._record()

    # What is turned and pressed

    def _turn_dials(self, epoch: int) -> None:
        for name, value in self.trainer.dials.turn_to(epoch).items():
            self.writer.change(epoch, name, value)

    def _must_drop(self) -> bool:
        """Whether the unfinished epoch has to be dropped, asked between batches."""
        self._poll()
        return self._stopping

    def _obey(self) -> None:
        """Takes commands, and waits here while the run is paused."""
        self._poll()
        if not self._paused or self._steps or self._stopping:
            return
        self._secure()
        self.writer.state(RunState.PAUSED)
        while self._paused and not self._steps and not self._stopping:
            time.sleep(POLL_SECONDS / 2)
            self._poll()
        if not self._paused:
            self.writer.state(RunState.RUNNING)

    def _poll(self) -> None:
        now = time.monotonic()
        if self._interruption.asked:
            self._stopping = True
        if now < self._poll_due:
            return
        self._poll_due = now + POLL_SECONDS
        for command in self.writer.read_control():
            self._take(command)
        if now >= self._heartbeat_due:
            self._heartbeat_due = now + HEARTBEAT_SECONDS
            self.writer.heartbeat()

    def _take(self, command: Command) -> None:
        name, value = command
        if name == "pause":
            self._paused = True
        elif name == "continue":
            self._paused = False
        elif name == "step":
            self._paused = True
            self._steps += 1
        elif name == "stop":
            self._stopping = True
        elif name == "pace":
            self.pace = value
        elif value is not None and self._next_epoch <= self.config.epochs:
            self.trainer.dials.plan(self._next_epoch, name, value)
            self.writer.change(self._next_epoch, name, value)

    def _keep_pace(self, started: float) -> None:
        """Where a pace in epochs a second is asked for, waits until the epoch's time is over."""
        if not self.pace:
            return
        due = started + 1 / self.pace
        while (left := due - time.perf_counter()) > 0 and not self._stopping and not self._paused:
            time.sleep(min(left, POLL_SECONDS / 2))
            self._poll()


def train(
    config: RunConfig,
    *,
    runs: Path,
    parent: str | None = None,
    start: Run | None = None,
    start_epoch: int | None = None,
    run_id: str | None = None,
    on_epoch: OnEpoch | None = None,
    data: Dataset | tuple[Any, Any, Any, Any] | None = None,
) -> TrainingResult:
    """Trains a new run in this process and keeps it in a folder of runs.

    Ctrl-C stops after the batch at hand; everything up to the last whole epoch is kept.

    Args:
        parent: The id of the run that this one was made from, if any.
        start: A run whose network and weights this one begins with, as its child; it may be a pruned one.
            `training.origin.settings_to_go_on` gives the settings that belong to it.
        start_epoch: Those weights of `start` that are kept up to this epoch; `None`: the last.
        data: Somebody's own data, a `Dataset` or `(X_train, y_train, X_test, y_test)`, which the run's file
            will hold, 64 MB at most; `None`: those that `config` names.

    Raises:
        UserError: the configuration is impossible, the network of `start` cannot be rebuilt, is another one
            than the configuration's or does not fit its data, the data are too large or cannot be trained on,
            or the run file cannot be written.
    """
    session = Session.begin(
        config,
        runs,
        parent=parent,
        start=start,
        start_epoch=start_epoch,
        run_id=run_id,
        on_epoch=on_epoch,
        data=None if data is None else as_dataset(data),
    )
    return session.run()


def resume(path: Path, *, on_epoch: OnEpoch | None = None) -> TrainingResult:
    """Goes on with a run that was stopped or interrupted.

    Raises:
        UserError: the run is finished or another trainer has it.
    """
    return Session.take_up(path, on_epoch=on_epoch).run()
