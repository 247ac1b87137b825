"""Trainers that are warm before they are needed, so that the first epoch is on the screen within a second."""

import threading
from pathlib import Path
from typing import Final

import streamlit as st

from effdash.config import RunConfig
from effdash.data import Dataset
from effdash.runs import Run
from effdash.training.process import TrainerProcess

REFILL_SECONDS: Final = 5.0
"""The next process starts so long after one began to train, so as not to compete with its first epochs."""


class TrainerPool:
    """Keeps one waiting trainer process, hands it out, and starts the next a little later."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: TrainerProcess | None = None
        # A process takes a while to start, which the page need not wait for; who wants it does, at the lock.
        threading.Thread(target=self._refill, daemon=True).start()

    def train(
        self,
        config: RunConfig,
        runs: Path,
        *,
        parent: str | None,
        pace: float | None,
        start: Run | None = None,
        start_epoch: int | None = None,
        data: Dataset | None = None,
    ) -> str:
        """Starts a run and returns its id; arguments and errors are those of `TrainerProcess.train`."""
        try:
            process = self._take()
            return process.train(
                config, runs, parent=parent, start=start, start_epoch=start_epoch, pace=pace, data=data
            )
        finally:
            self._refill_later()

    def resume(self, path: Path) -> str:
        """Takes up a run and returns its id; the errors are those of `TrainerProcess.resume`."""
        try:
            return self._take().resume(path)
        finally:
            self._refill_later()

    def _take(self) -> TrainerProcess:
        with self._lock:
            taken, self._waiting = self._waiting, None
        return taken if taken is not None and taken.waiting else TrainerProcess()

    def _refill_later(self) -> None:
        refill = threading.Timer(REFILL_SECONDS, self._refill)
        refill.daemon = True
        refill.start()

    def _refill(self) -> None:
        with self._lock:
            if self._waiting is None:
                self._waiting = TrainerProcess()


@st.cache_resource(show_spinner=False)
def trainer_pool() -> TrainerPool:
    """The pool of this server, made on the first visit of a page that can train."""
    return TrainerPool()
