"""The trainer's own process: it survives page switches, closed tabs and a restart of the dashboard.

The parent starts it ahead of need, because importing torch takes seconds, and sends one order as a line of
JSON. It answers with one line, the run's id or why there is none, lets go of its parent, and trains.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from effdash.config import RunConfig, build
from effdash.vocab import UserError

if TYPE_CHECKING:
    from effdash.training.session import Session


class TrainerProcess:
    """A trainer that waits for its one order. It ends by itself where its parent goes away before that."""

    def __init__(self) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "effdash.training.process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
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
        self, config: RunConfig, runs: Path, *, parent: str | None = None, pace: float | None = None
    ) -> str:
        """Starts a new run, at most `pace` epochs a second, and returns its id.

        Raises:
            UserError: the configuration is impossible, or the folder cannot be written.
        """
        order = {"config": config.model_dump(mode="json"), "runs": str(runs.absolute()), "parent": parent}
        return self._order({**order, "pace": pace})

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

    def _order(self, order: dict[str, Any]) -> str:
        try:
            self._orders.write(json.dumps(order) + "\n")
            self._orders.flush()
            line = self._answers.readline()
            self.close()
        except BrokenPipeError:
            line = ""
        answer = json.loads(line) if line else {"error": "the trainer's process ended before it could begin"}
        if "error" in answer:
            raise UserError(answer["error"])
        return str(answer["run"])


def main() -> None:
    """Waits for an order on standard input and carries it out."""
    _become_an_orphan()
    # The slow imports, done while waiting.
    import sklearn.datasets  # noqa: F401
    import sklearn.model_selection  # noqa: F401

    import effdash.training.session as sessions

    line = sys.stdin.readline()
    if not line:
        return
    try:
        session = _begin(sessions.Session, json.loads(line))
    except UserError as error:
        print(json.dumps({"error": str(error)}), flush=True)
        return
    print(json.dumps({"run": session.writer.run_id}), flush=True)
    _let_go_of_parent()
    session.run()


def _begin(kind: "type[Session]", order: dict[str, Any]) -> "Session":
    if "resume" in order:
        return kind.take_up(Path(order["resume"]))
    session = kind.begin(build(RunConfig, order["config"]), Path(order["runs"]), parent=order["parent"])
    session.pace = order["pace"]
    return session


def _become_an_orphan() -> None:
    """Goes on as a grandchild of the dashboard, where there is fork, and says which process that is.

    Its end is then the system's to note: a dashboard that never asks would keep a dead trainer listed.
    """
    child = os.fork() if hasattr(os, "fork") else 0
    if child:
        print(child, flush=True)
        os._exit(0)
    if not hasattr(os, "fork"):
        print(os.getpid(), flush=True)


def _let_go_of_parent() -> None:
    """Standard streams go nowhere from here on, so that a parent that ends cannot break a pipe."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


if __name__ == "__main__":
    main()
