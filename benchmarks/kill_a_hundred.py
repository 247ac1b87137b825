"""Kills the trainer with SIGKILL at a hundred random moments and counts what was lost: it has to be nothing.

    python benchmarks/kill_a_hundred.py

After every kill the run file must open as interrupted, hold every epoch that was seen committed before, and
be taken up again; a run that was killed and resumed must end with the weights of one that never was.
"""

import argparse
import os
import random
import signal
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil
import torch

from effdash.config import NetworkConfig, RunConfig
from effdash.runs import open_run
from effdash.training.process import TrainerProcess
from effdash.training.session import train
from effdash.vocab import RunState

EPOCHS = 6000


def kill(pid: int) -> None:
    """Ends a process as if the power had gone, and waits until it is no more."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    while psutil.pid_exists(pid):
        time.sleep(0.002)


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--kills", type=int, default=100)
    ask.add_argument("--seed", type=int, default=0)
    options = ask.parse_args()
    chance = random.Random(options.seed)
    lost, kills, runs_made = 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder)
        config = RunConfig(
            network=NetworkConfig(depth=3, width=6), epochs=EPOCHS, batch_size=40, device="cpu"
        )
        whole = open_run(train(config, runs=runs).path)
        expected = whole.weights(EPOCHS)[1]
        while kills < options.kills:
            process = TrainerProcess()
            path = runs / f"{process.train(config, runs)}.effdash"
            runs_made += 1
            while open_run(path).state != RunState.FINISHED:
                time.sleep(chance.uniform(0, 0.5))
                if kills == options.kills:
                    continue
                committed = set(open_run(path).recorded_epochs)
                if open_run(path).state == RunState.FINISHED:
                    break
                kill(process.pid)
                kills += 1
                after = open_run(path)
                assert after.state in (RunState.INTERRUPTED, RunState.FINISHED), after.state
                lost += len(committed - set(after.recorded_epochs))
                if after.state == RunState.INTERRUPTED:
                    process = TrainerProcess()
                    process.resume(path)
            finished = open_run(path)
            actual = finished.weights(EPOCHS)[1]
            same = all(torch.equal(actual[name], expected[name]) for name in expected)
            rows = finished.epochs()["loss"].equals(whole.epochs()["loss"])
            print(f"run {runs_made}: {kills} kills so far, {lost} epochs lost, weights {same}, rows {rows}")
            assert same
            assert rows
    print(f"{kills} kills, {lost} committed epochs lost")


if __name__ == "__main__":
    main()
