"""How well pruning keeps accuracy and decisions, without training and without labels, beside the baselines.

    python benchmarks/pruning.py [--seeds 10] [--quick]

Networks on scikit-learn's digits, trained here, a data split and a network a seed; seeds from 2001 on, which
nothing was tuned on. Every method of effdash with and without take-over by the survivors, and Torch-Pruning's
magnitude pruning where it is installed. Means over the seeds (standard deviation).
"""

import argparse
import copy
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from statistics import mean, median, stdev
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, relu

import effdash as ed
from effdash.data import Dataset
from effdash.decision import logits_of
from effdash.pruning import METHODS, Reference, plan_removals, prefix_for, prune, rebuild

FIRST_SEED: Final = 2001
IMAGE: Final = (1, 8, 8)
BRIGHTEST: Final = 16.0
"""Of a pixel of the digits."""


@dataclass(frozen=True)
class Setting:
    """A network, how it is trained, and how much of it is removed."""

    title: str
    build: Callable[[Dataset], nn.Module]
    epochs: int
    amounts: tuple[float, ...]
    lr: float = 0.002
    batch_size: int = 128
    standardised: bool = False
    """Every pixel by its own mean and deviation, as `load_data` gives them; else brightness from 0 to 1."""


def small_cnn(data: Dataset) -> nn.Module:
    """Two padded convolutions of 32 channels, and the answer from what is left after pooling."""
    return nn.Sequential(
        nn.Unflatten(1, IMAGE),
        nn.Conv2d(1, 32, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(32, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(512, data.n_classes),
    )


class Block(nn.Module):
    """Two convolutions with batch norm and a way around them, the basic block of arXiv 1512.03385."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample: nn.Module = nn.Identity()
        if stride > 1 or inputs != outputs:
            shortcut = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        branch = self.bn2(self.conv2(relu(self.bn1(self.conv1(x)))))
        return relu(branch + self.downsample(x))


def resnet8(data: Dataset) -> nn.Module:
    """Three blocks of 16, 32 and 64 channels."""
    return nn.Sequential(
        nn.Unflatten(1, IMAGE),
        nn.Conv2d(1, 16, 3, padding=1, bias=False),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        Block(16, 16, 1),
        Block(16, 32, 2),
        Block(32, 64, 2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(64, data.n_classes),
    )


def built_in(name: str, depth: int, width: int) -> Callable[[Dataset], nn.Module]:
    """One of the package's own networks."""

    def build(data: Dataset) -> nn.Module:
        return ed.build_model(
            name, input_shape=data.input_shape, n_classes=data.n_classes, depth=depth, width=width
        )

    return build


DENSE: Final = built_in("rectangular", 2, 128)
SETTINGS: Final = (
    Setting("64-128-128-10", DENSE, 40, (0.75, 0.9)),
    Setting("64-128-128-10, pixels standardised", DENSE, 40, (0.75, 0.9), standardised=True),
    Setting("CNN, 32 and 32 channels", small_cnn, 20, (0.75, 0.9), batch_size=64),
    Setting("ResNet-8, 16 to 64 channels", resnet8, 15, (0.25, 0.5, 0.75), batch_size=64),
    Setting("residual, 7 x 16", built_in("residual", 7, 16), 15, (0.25, 0.5, 0.75), batch_size=64),
)


@dataclass
class Scores:
    """What one row of a table collects over the seeds: by column."""

    columns: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def __str__(self) -> str:
        return " | ".join(f"{mean(values):.3f} ({_spread(values):.3f})" for values in self.columns.values())


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--seeds", type=int, default=10)
    options.add_argument("--quick", action="store_true", help="two seeds")
    chosen = options.parse_args()
    seeds = range(FIRST_SEED, FIRST_SEED + (2 if chosen.quick else chosen.seeds))
    torch.set_num_threads(1)
    speed()
    for setting in SETTINGS:
        compare(setting, seeds)


def compare(setting: Setting, seeds: range) -> None:
    """Prints the tables of one kind of network."""
    lost: dict[str, Scores] = defaultdict(Scores)
    kept = Scores()
    auto = Scores()
    for data, model in trained(setting, seeds):
        base = accuracy(model, data)
        kept.columns["accuracy"].append(base)
        reference = Reference.prepare(model, data)
        for method in METHODS:
            path = plan_removals(reference, method)
            for amount in setting.amounts:
                removals, _ = prefix_for(path, amount)
                for words, compensate in (("alone", False), ("taken over", True)):
                    pruned = rebuild(reference, removals, compensate=compensate)
                    lost[method].columns[f"{amount:.0%} {words}"].append(base - accuracy(pruned, data))
        if find_spec("torch_pruning"):
            for amount in setting.amounts:
                pruned = by_torch_pruning(model, data, amount)
                lost["Torch-Pruning, L2"].columns[f"{amount:.0%} alone"].append(base - accuracy(pruned, data))
        started = time.perf_counter()
        _, report = prune(model, data, auto=True)
        auto.columns["seconds"].append(time.perf_counter() - started)
        auto.columns["removed"].append(report.removed / report.units)
        for split, changes in report.changes.items():
            auto.columns[f"agreement on {split}"].append(changes.agreement)
    columns = list(lost["margin"].columns)
    print(
        f"\n### {setting.title}: test accuracy {kept}\n\nTest accuracy lost, by share of the units removed:\n"
    )
    print(f"| method | {' | '.join(columns)} |\n|---|{'---|' * len(columns)}")
    for method, scores in lost.items():
        print(f"| {method} | {scores} |", flush=True)
    print(f"\nauto: {', '.join(auto.columns)}: {auto}", flush=True)


def trained(setting: Setting, seeds: range) -> Iterator[tuple[Dataset, nn.Module]]:
    """A data split and a network trained on it, for every seed."""
    for seed in seeds:
        data = ed.load_data("digits", seed=seed)
        if not setting.standardised:
            data = bright(data)
        torch.manual_seed(seed)
        model = setting.build(data)
        train(model, data, setting, seed)
        yield data, model


def bright(data: Dataset) -> Dataset:
    """The same samples as brightness from 0 to 1."""

    def undone(X: Tensor) -> Tensor:
        return (X * data.scale + data.mean) / BRIGHTEST

    return replace(data, X_train=undone(data.X_train), X_test=undone(data.X_test))


def train(model: nn.Module, data: Dataset, setting: Setting, seed: int) -> None:
    """Adam at a constant rate."""
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), setting.lr)
    for _ in range(setting.epochs):
        for batch in torch.randperm(len(data.X_train), generator=generator).split(setting.batch_size):
            optimizer.zero_grad()
            cross_entropy(model(data.X_train[batch]), data.y_train[batch]).backward()
            optimizer.step()
    model.eval()


def accuracy(model: nn.Module, data: Dataset) -> float:
    """On test."""
    answers = torch.from_numpy(logits_of(model, data.X_test.to(next(model.parameters()).dtype))).argmax(1)
    return float((answers == data.y_test).double().mean())


def by_torch_pruning(model: nn.Module, data: Dataset, amount: float) -> nn.Module:
    """The peer: its magnitude importance over all layers at once, its own surgery."""
    import torch_pruning as peer

    pruned = copy.deepcopy(model)
    output = [module for module in pruned.modules() if isinstance(module, nn.Linear)][-1]
    pruner = peer.pruner.BasePruner(
        pruned,
        data.X_train[:2],
        importance=peer.importance.GroupMagnitudeImportance(p=2),
        global_pruning=True,
        pruning_ratio=amount,
        ignored_layers=[output],
    )
    pruner.step()
    return pruned


def speed(runs: int = 7) -> None:
    """Prints how long the steps take, on 64-128-128-10 and its 1,437 samples; and the peer's."""
    data, model = next(trained(SETTINGS[0], range(FIRST_SEED, FIRST_SEED + 1)))
    reference = Reference.prepare(model, data)
    path = plan_removals(reference, "margin")
    most, _ = prefix_for(path, 0.75)
    fewer = most[:-1]
    steps: dict[str, Callable[[], object]] = {
        "whole path, the data seen first": lambda: plan_removals(Reference.prepare(model, data), "margin"),
        "rebuilt at 75 %, survivors take over": lambda: rebuild(reference, most),
        "one unit back, rebuilt": lambda: rebuild(reference, fewer),
        "cut at 75 %, nothing taken over": lambda: rebuild(reference, most, compensate=False),
        "auto, everything": lambda: prune(model, data, auto=True),
    }
    if find_spec("torch_pruning"):
        steps["Torch-Pruning, L2, 75 %"] = lambda: by_torch_pruning(model, data, 0.75)
    print("\n### Time on one thread, 64-128-128-10\n\n| step | ms, median | range |\n|---|---|---|")
    for words, step in steps.items():
        times = []
        for _ in range(runs):
            started = time.perf_counter()
            step()
            times.append(1000 * (time.perf_counter() - started))
        print(f"| {words} | {median(times):.0f} | {min(times):.0f}–{max(times):.0f} |", flush=True)


def _spread(values: list[float]) -> float:
    return stdev(values) if len(values) > 1 else 0.0


if __name__ == "__main__":
    main()
