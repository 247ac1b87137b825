"""What runs in a trainer's process: it waits for one order, answers with a line of JSON, lets go, and trains.

Imported here is only what is needed to become a process of its own; the rest is loaded after that.
"""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from effdash.runs import EpochRecord
    from effdash.training.session import Session


def main() -> None:
    """Waits for an order on standard input and carries it out."""
    become_an_orphan()
    warm_up()
    line = sys.stdin.buffer.readline()
    if line:
        order = json.loads(line)
        if "data" in order:
            order["data"]["tensors"] = sys.stdin.buffer.read(order["data"]["bytes"])
        carry_out(order)


def become_an_orphan() -> None:
    """Goes on as a grandchild of the dashboard, where there is fork, and prints which process that is.

    Its end is then the system's to note: a dashboard that never asks would keep a dead trainer listed.
    """
    child = os.fork() if hasattr(os, "fork") else 0
    if child:
        print(child, flush=True)
        os._exit(0)
    if not hasattr(os, "fork"):
        print(os.getpid(), flush=True)


def warm_up() -> None:
    """Trains a small network for an epoch: what is slow the first time is done while nobody waits."""
    from effdash.config import NetworkConfig, RunConfig
    from effdash.training.trainer import Trainer
    from effdash.vocab import Split

    trainer = Trainer(RunConfig(network=NetworkConfig(depth=2, width=2), device="cpu"))
    trainer.train_epoch(lambda: False)
    trainer.look(Split.TRAIN)
    trainer.close()


def carry_out(order: dict[str, Any]) -> None:
    """Trains. The answer is the run's id as soon as something is recorded, or a sentence why nothing is."""
    from effdash.vocab import UserError

    try:
        session = _begin(order)
        answer = _Answer(session.writer.run_id)
        if "resume" in order:
            answer.give()
        session.on_epoch = answer
        result = session.run()
    except UserError as error:
        print(json.dumps({"error": str(error)}), flush=True)
        return
    if not answer.given:
        print(json.dumps({"error": result.message or f"run {result.run} recorded nothing"}), flush=True)


class _Answer:
    """Tells the dashboard that the run is there, once, and lets go of it."""

    def __init__(self, run_id: str) -> None:
        self.given = False
        self._run_id = run_id

    def __call__(self, record: "EpochRecord", epochs: int) -> None:
        if not self.given:
            self.give()

    def give(self) -> None:
        print(json.dumps({"run": self._run_id}), flush=True)
        self.given = True
        # Standard streams go nowhere from here on: a dashboard that ends cannot break a pipe.
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        os.close(nowhere)


def _begin(order: dict[str, Any]) -> "Session":
    from effdash.config import RunConfig, build
    from effdash.runs import Run
    from effdash.runs.stored_data import unpack_data
    from effdash.training.session import Session

    if "resume" in order:
        return Session.take_up(Path(order["resume"]))
    config = build(RunConfig, order["config"])
    start = order.get("start")
    own = order.get("data")
    session = Session.begin(
        config,
        Path(order["runs"]),
        parent=order["parent"],
        start=None if start is None else Run(start["path"], shipped=start["shipped"]),
        start_epoch=None if start is None else start["epoch"],
        data=None if own is None else unpack_data(own["words"], own["tensors"]),
    )
    session.pace = order["pace"]
    return session


if __name__ == "__main__":
    main()
