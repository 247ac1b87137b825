"""The trainer's own process, seen from the dashboard: it survives page switches, closed tabs and a restart.

It is started ahead of need, because importing torch takes seconds, and gets one order as a line of JSON,
with a person's own data behind it, where it is to train on such.
`effdash.training.errand` is what runs in it.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil

from effdash.config import RunConfig
from effdash.data import Dataset
from effdash.data.own import check_trainable
from effdash.runs import Run
from effdash.runs.stored_data import pack_data
from effdash.vocab import UserError


class TrainerProcess:
    """A trainer that waits for its one order. It ends by itself where its parent goes away before that."""

    def __init__(self) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "effdash.training.errand"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        self._orders = process.stdin
        self._answers = process.stdout
        self.pid = int(self._answers.readline())
        if self.pid != process.pid:
            process.wait()

    @property
    def waiting(self) -> bool:
        """Whether it is alive and has not been given its order."""
        return not self._orders.closed and psutil.pid_exists(self.pid)

    def train(
        self,
        config: RunConfig,
        runs: Path,
        *,
        parent: str | None = None,
        start: Run | None = None,
        start_epoch: int | None = None,
        pace: float | None = None,
        data: Dataset | None = None,
    ) -> str:
        """Starts a run, at most `pace` epochs a second; returns its id once its initial state is recorded.

        `start`, `start_epoch` and `data`: as in `training.session.train`.

        Raises:
            UserError: the configuration is impossible, the network of `start` cannot be rebuilt or does not
                fit it, the data are too large or cannot be trained on, or the folder cannot be written.
        """
        order = {
            "config": config.model_dump(mode="json"),
            "runs": str(runs.absolute()),
            "parent": parent,
            "pace": pace,
        }
        if start is not None:
            path = str(start.path.absolute())
            order["start"] = {"path": path, "shipped": start.shipped, "epoch": start_epoch}
        tensors = b""
        if data is not None:
            words, tensors = self._packed(data)
            order["data"] = {"words": words, "bytes": len(tensors)}
        return self._order(order, tensors)

    def resume(self, path: Path) -> str:
        """Goes on with a run and returns its id.

        Raises:
            UserError: the run is finished or another trainer has it.
        """
        return self._order({"resume": str(path.absolute())})

    def close(self) -> None:
        """Lets go of the process; one that waits goes home."""
        self._orders.close()
        self._answers.close()

    def _packed(self, data: Dataset) -> tuple[str, bytes]:
        """The data as they are handed over; where they cannot be, the process goes home."""
        try:
            check_trainable(data)
            return pack_data(data)
        except UserError:
            self.close()
            raise

    def _order(self, order: dict[str, Any], tensors: bytes = b"") -> str:
        """Hands over an order, one line, and what belongs to it, bytes."""
        try:
            self._orders.write(json.dumps(order).encode() + b"\n")
            self._orders.write(tensors)
            self._orders.flush()
            line = self._answers.readline()
            self.close()
        except BrokenPipeError:
            line = b""
        answer = json.loads(line) if line else {"error": "the trainer's process ended before its first epoch"}
        if "error" in answer:
            raise UserError(answer["error"])
        return str(answer["run"])
