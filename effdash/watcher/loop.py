"""Somebody's own training loop as a run: recorded at the end of every epoch, and never in its way."""

import logging
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from torch import nn

from effdash.observe.batches import Call, call_plainly
from effdash.observe.status import NotFiniteError
from effdash.runs.folder import runs_folder
from effdash.vocab import RunState, UserError
from effdash.watcher.quiet import quiet
from effdash.watcher.recording import Recording
from effdash.watcher.scalars import checked_scalars

LOGGER: Final = logging.getLogger("effdash")
MOST_MESSAGE: Final = 300
"""Characters of an error that are kept."""


def watch(
    model: nn.Module,
    data: Any = None,
    *,
    name: str | None = None,
    runs: str | Path | None = None,
    test: Any = None,
    call: Call | None = None,
    checkpoints: int = 40,
    record_every: int | None = None,
    strict: bool = False,
    process_group: Any = None,
) -> "Watch":
    """Records what the units of `model` do, while somebody's own loop trains it: `run.epoch()` ends an epoch.

        with ed.watch(model, train_loader, test=test_loader, name="mine") as run:
            for epoch in range(epochs):
                ...
                run.epoch(loss=loss, lr=lr)

    The model, its gradients, buffers and mode, and all random states stay as they are. An error of effdash's
    is logged once, in a sentence; recording stops then, and the loop goes on.

    Args:
        model: As it is trained; also compiled, or in `DistributedDataParallel`, or with parts frozen.
        data: What it is trained on: a `Dataset`, `(X, y)`, X alone, `(X_train, y_train, X_test, y_test)`, a
            dictionary of columns, a `DataLoader`, or batches that can be gone through again. At most 10,000
            samples are looked at, the same in every epoch.
        name: What the run is called. Each gets an id of its own.
        runs: The folder of runs; `None`: what EFFDASH_RUNS says, or `./runs`.
        test: Samples that it is not trained on, in the same forms.
        call: How the model is called with a batch, `call(model, batch)`. Otherwise a tensor goes in as it is,
            of a tuple all but the last part (the labels), of a dictionary all but its labels by name.
        checkpoints: How many weights are kept, evenly over the epochs; 0: none.
        record_every: Every so many epochs one is recorded; `None`: every one. After 200 recorded ones it
            doubles, and again. The last one is recorded in any case.
        strict: Errors are raised.
        process_group: Whose processes train this network, each with samples of its own; `None`: all there
            are, where torch.distributed is at work; False: this process alone.

    Raises:
        UserError: with `strict` alone, whatever keeps it from recording.
    """
    return Watch(
        lambda: Recording(
            model,
            data,
            name=name,
            folder=runs_folder(runs),
            test=test,
            call=call or call_plainly,
            checkpoints=checkpoints,
            record_every=record_every,
            process_group=process_group,
        ),
        strict=strict,
    )


class Watch:
    """A run in the making. Use `watch`."""

    def __init__(self, begin: Callable[[], Recording], *, strict: bool) -> None:
        self._strict = strict
        self._recording: Recording | None = None
        self._closed = False
        self._epoch = 0
        self._resumed = time.perf_counter()
        self._trained = 0.0
        self._told: set[str] = set()
        self._own_scalars: set[str] = set()
        self._forgotten: weakref.finalize | None = None
        self._do(lambda: self._begin(begin))

    @property
    def id(self) -> str | None:
        """The run's; `None`: nothing is recorded."""
        return None if self._recording is None else self._recording.id

    @property
    def path(self) -> Path | None:
        """The run's file; `None`: nothing is recorded, or by another process on another machine."""
        return None if self._recording is None else self._recording.path

    @property
    def recording(self) -> bool:
        """Whether it still records; not after an error, nor after `close`."""
        return self._recording is not None and not self._closed and self._recording.alive

    def epoch(self, **scalars: Any) -> None:
        """An epoch is over: look at the network, and keep what it does, with these numbers.

        `loss`, `lr`, `train_accuracy`, `test_accuracy`, `jumpstart` (λ) and their like have columns of their
        own; any other name gets one. Accuracies are taken on the samples looked at, where none are given.
        """
        if self._closed:
            return
        self._epoch += 1
        self._trained += time.perf_counter() - self._resumed
        recording = self._recording
        if recording is not None and recording.alive:
            self._do(lambda: recording.epoch(self._epoch, self._numbers(scalars), self._trained))
        self._resumed = time.perf_counter()

    def close(self) -> None:
        """The training is over. A second call does nothing."""
        self._end(RunState.FINISHED, None)

    def __enter__(self) -> "Watch":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        after = f"after epoch {self._epoch}" if self._epoch else "before the first epoch was over"
        if error is None or (isinstance(error, SystemExit) and not error.code):
            self.close()
        elif isinstance(error, Exception):
            self._end(RunState.FAILED, f"the loop failed {after}: {in_a_sentence(error)}")
        else:
            self._end(RunState.INTERRUPTED, f"the loop was interrupted {after} ({type(error).__name__})")

    # How it stays out of the way

    def _begin(self, begin: Callable[[], Recording]) -> None:
        recording = self._recording = begin()
        # Where nobody closes it: when the process ends, or when nothing in it knows this watch any more.
        self._forgotten = weakref.finalize(
            self, recording.give_up, RunState.INTERRUPTED, "it ended without run.close()"
        )
        self._resumed = time.perf_counter()

    def _numbers(self, scalars: dict[str, Any]) -> dict[str, float]:
        numbers, refused = checked_scalars(scalars, self._own_scalars)
        for name, sentence in refused.items():
            if self._strict:
                raise UserError(sentence)
            if name not in self._told:
                self._told.add(name)
                LOGGER.warning("effdash left out %s", sentence)
        return numbers

    def _end(self, state: RunState, message: str | None) -> None:
        if self._closed:
            return
        self._closed = True
        if self._forgotten is not None:
            self._forgotten.detach()
        recording = self._recording
        if recording is not None:
            self._do(lambda: recording.close(state, message))

    def _do(self, work: Callable[[], None]) -> None:
        """Works, in a way that never ends somebody's training."""
        try:
            with quiet(0):
                work()
        except Exception as error:
            sentence = in_a_sentence(error)
            if self._recording is not None:
                after = f"after epoch {self._epoch}: " if self._epoch else ""
                state = RunState.FAILED if isinstance(error, NotFiniteError) else RunState.INTERRUPTED
                self._recording.give_up(state, f"{after}{sentence}")
            if self._strict:
                raise
            LOGGER.warning("effdash records no more of this training, which goes on: %s", sentence)
            LOGGER.debug("where that came from", exc_info=True)


def in_a_sentence(error: BaseException) -> str:
    """An error in a line, its kind before it where it is none of effdash's own."""
    text = " ".join(str(error).split())
    if not isinstance(error, UserError):
        text = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return text if len(text) <= MOST_MESSAGE else text[: MOST_MESSAGE - 1] + "…"
