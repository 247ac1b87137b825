"""Trainers in processes of their own, to be killed and to race: run by test_life.py, not by pytest.

One process imports what is needed and forks the trainers, which is quick, and without torch also safe.
"""

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from effdash.config import RunConfig
from effdash.runs import DataSize, EpochRecord, LayerInfo, RunDescription, RunWriter, SplitRecord, storage
from effdash.vocab import UserError

UNITS = 200


def record_of(epoch: int) -> EpochRecord:
    """Every number is the epoch's."""
    floats = np.full(UNITS, epoch, np.float32)
    split = SplitRecord(
        np.full(UNITS, epoch % 3, np.uint8), floats, floats, floats, np.full((1, 50), epoch % 3, np.uint8)
    )
    return EpochRecord(epoch, {"loss": float(epoch)}, split, None, floats)


def train(writer: RunWriter, first: int, committed: int) -> None:
    """Trains until it is killed, and says of every epoch that it was committed."""
    for epoch in range(first, 1_000_000):
        writer.epoch(record_of(epoch))
        os.write(committed, f"{epoch}\n".encode())


def forked(work: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return child


def kill_at_random(folder: Path, files: int, kills: int, seed: int) -> None:
    """For every file: a trainer is killed, then another that goes on with it, and so on."""
    chance = random.Random(seed)
    description = RunDescription(
        config=RunConfig(),
        layers=[LayerInfo("fc1", "relu", UNITS)],
        input_shape=(2,),
        n_classes=2,
        data_sizes={"train": DataSize(50, 50)},
        probe={"train": np.arange(50)},
    )
    for file in range(files):
        log = folder / f"run-{file}.committed"
        path = folder / f"run-{file}.effdash"
        for kill in range(kills):

            def work(kill: int = kill, file: int = file, path: Path = path, log: Path = log) -> None:
                committed = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
                if kill == 0:
                    writer = RunWriter.create(folder, description, run_id=f"run-{file}")
                    train(writer, 0, committed)
                else:
                    train(RunWriter.claim(path), len(log.read_text().split()), committed)

            child = forked(work)
            time.sleep(chance.uniform(0.01, 0.12))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def race(path: Path, trainers: int) -> None:
    """Trainers claim one run at one moment; each says how it went, and the winner holds it for a while."""
    start = time.monotonic() + 0.1

    def claim() -> None:
        time.sleep(max(0.0, start - time.monotonic()))
        try:
            RunWriter.claim(path)
            os.write(1, b"claimed\n")
        except UserError as error:
            os.write(1, f"refused: {error}\n".encode())
        time.sleep(0.3)

    for child in [forked(claim) for _ in range(trainers)]:
        os.waitpid(child, 0)


def main(what: str, path: str, *numbers: str) -> None:
    if what in ("kill", "kill-without-wal"):
        if what == "kill-without-wal":
            # As on a network file system; the trainers inherit it.
            storage.on_network = lambda path: True
        files, kills, seed = (int(number) for number in numbers)
        kill_at_random(Path(path), files, kills, seed)
    else:
        trainers, rounds = (int(number) for number in numbers)
        for _ in range(rounds):
            race(Path(path), trainers)


if __name__ == "__main__":
    main(*sys.argv[1:])
