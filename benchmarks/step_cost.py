"""What jumpstart costs a training step, and what recording costs an epoch, as ratios to a bare loop.

    OMP_NUM_THREADS=1 python benchmarks/step_cost.py [--quick]

Everything runs in one process. In every round all arms take their turn in a new random order, and each is
divided by the bare loop of the same round; shown are the median and the quartiles over the rounds. Time is
that of the one thread at work, so that other programs disturb less. `bare again` is the control: how far it
is from 1 is how far the others can be trusted. The other arms:

- recorder: pre-activations are recorded, and nothing is done with them;
- naive: the written formula with `amax` and `amin` layer by layer, differentiated by torch;
- early: `Jumpstart` while terms are violated, as at the start of training;
- satisfied: `Jumpstart` once all terms are satisfied (here: by a margin that is met by anything);
- epoch's pass: `observe` over the training data, with the accuracy, in units of an epoch's bare training.
"""

import argparse
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import torch
from rich.console import Console
from rich.progress import track
from rich.table import Table
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from effdash.jumpstart import Jumpstart
from effdash.observe import Recorder, observe

Work = Callable[[], object]
TURN_SECONDS: Final = 0.01
ALWAYS_MET: Final = -1e4
WEIGHT: Final = 0.3


@dataclass(frozen=True)
class Task:
    """A network and its training data."""

    name: str
    build: Callable[[], nn.Sequential]
    sample: tuple[int, ...]
    n_samples: int
    batch_size: int
    n_classes: int

    def data(self) -> tuple[Tensor, Tensor]:
        return torch.randn(self.n_samples, *self.sample), torch.randint(self.n_classes, (self.n_samples,))


def dense(*widths: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def small_cnn() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 7 * 7, 10),
    )


TASKS: Final = [
    Task("50x4, full batch", lambda: dense(2, *[4] * 50, 2), (2,), 85, 85, 2),
    Task("50x64, full batch", lambda: dense(2, *[64] * 50, 2), (2,), 85, 85, 2),
    Task("64-128-128-10, batch 64", lambda: dense(64, 128, 128, 10), (64,), 1437, 64, 10),
    Task("small CNN, batch 64", small_cnn, (1, 28, 28), 1024, 64, 10),
]


def written_formula(preactivations: list[Tensor]) -> Tensor:
    units: list[Tensor] = []
    points: list[Tensor] = []
    for z in preactivations:
        positions = tuple(range(2, z.ndim))
        for kind, others in ((units, (0, *positions)), (points, (1, *positions))):
            kind.append(0.5 * (1 - z.amax(others)).relu() + 0.5 * (1 + z.amin(others)).relu())
    return torch.cat(units).mean() + torch.cat(points).mean()


def training_step(task: Task, regularize: Callable[[nn.Module], Callable[[], Tensor]] | None) -> Work:
    """One step on the first batch; the learning rate is so small that the network stays as it is."""
    torch.manual_seed(0)
    model = task.build()
    X, y = (part[: task.batch_size] for part in task.data())
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-7)
    regularizer = None if regularize is None else regularize(model)

    def step() -> None:
        optimizer.zero_grad()
        loss = cross_entropy(model(X), y)
        if regularizer is not None:
            loss = loss + WEIGHT * regularizer()
        loss.backward()
        optimizer.step()

    return step


def recorder_alone(model: nn.Module) -> Callable[[], Tensor]:
    recorder = Recorder(model)
    return lambda: recorder.preactivations[0].new_zeros(())


def naive(model: nn.Module) -> Callable[[], Tensor]:
    recorder = Recorder(model)
    return lambda: written_formula(recorder.preactivations)


def jumpstart(margin: float) -> Callable[[nn.Module], Callable[[], Tensor]]:
    def attach(model: nn.Module) -> Callable[[], Tensor]:
        regularizer = Jumpstart(model, margin=margin)
        return lambda: regularizer.loss

    return attach


def epoch_pass(task: Task) -> Work:
    """The exact pass over the training data, with the accuracy."""
    torch.manual_seed(0)
    model = task.build()
    X, y = task.data()
    recorder = Recorder(model)

    def run() -> float:
        correct: list[Tensor] = []
        observe(
            model,
            X,
            recorder=recorder,
            on_output=lambda rows, output: correct.append((output.argmax(1) == y[rows]).sum()),
        )
        return float(sum(correct)) / len(y)

    return run


def ratios(arms: dict[str, Work], base: str, rounds: int) -> dict[str, np.ndarray]:
    """How long each arm takes in each round, in units of the base arm's time in that round."""
    repeats = {name: repeats_for(work) for name, work in arms.items()}
    seconds: dict[str, list[float]] = {name: [] for name in arms}
    order = list(arms)
    for _ in track(range(rounds), transient=True):
        random.shuffle(order)
        for name in order:
            start = time.thread_time()
            for _ in range(repeats[name]):
                arms[name]()
            seconds[name].append((time.thread_time() - start) / repeats[name])
    return {name: np.array(seconds[name]) / np.array(seconds[base]) for name in arms}


def repeats_for(work: Work) -> int:
    """How often to run `work` for a turn; runs it a few times first, so that everything is warm."""
    for _ in range(3):
        work()
    start = time.thread_time()
    work()
    return max(1, round(TURN_SECONDS / (time.thread_time() - start)))


def shown(values: np.ndarray) -> str:
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return f"{middle:.2f} ({low:.2f}-{high:.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description="Ratios to a bare training loop.")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    rounds = 8 if parser.parse_args().quick else 100
    torch.set_num_threads(1)
    random.seed(0)
    columns = ["bare again", "recorder", "naive", "early", "satisfied", "epoch's pass"]
    table = Table("", *columns, title="step / bare step, median (quartiles)")
    for task in TASKS:
        arms = {
            "bare": training_step(task, None),
            "bare again": training_step(task, None),
            "recorder": training_step(task, recorder_alone),
            "naive": training_step(task, naive),
            "early": training_step(task, jumpstart(margin=1.0)),
            "satisfied": training_step(task, jumpstart(margin=ALWAYS_MET)),
            "epoch's pass": epoch_pass(task),
        }
        measured = ratios(arms, "bare", rounds)
        measured["epoch's pass"] /= task.n_samples / task.batch_size
        table.add_row(task.name, *(shown(measured[name]) for name in columns))
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
