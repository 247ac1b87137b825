"""A run's tables for checking sentences about it, and numbers in words compared with numbers."""

import re
from functools import cached_property
from typing import Final

import pandas as pd
import torch
from torch import Tensor

from effdash.observe import record_preactivations
from effdash.runs import Run

HINGES: Final = ("relu", "relu6")
SAME: Final = 1e-5
"""Relative difference up to which two answers of a float32 network are the same."""
RAISED: Final = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"


class Facts:
    """A run on one split. Slow on purpose: every table is read whole, and counted row by row."""

    def __init__(self, run: Run, split: str) -> None:
        self.run, self.split = run, split
        self.config = run.config
        self.epochs = run.epochs().set_index("epoch")
        self.changes = run.changes()
        self.layers = [layer.name for layer in run.layers]
        self.kinds = {layer.name: layer.kind for layer in run.layers}
        self.units = run.units(split=split)
        self.points = run.points(epoch=self.last, split=split)
        self.data = run.data()

    @property
    def first(self) -> int:
        return int(self.epochs.index[0])

    @property
    def last(self) -> int:
        return int(self.epochs.index[-1])

    @property
    def total(self) -> int:
        return self.run.n_units

    @property
    def jumpstarted(self) -> bool:
        return bool(self.epochs["jumpstart"].iloc[-1] > 0)

    @property
    def ways_around(self) -> bool:
        network = self.config.network
        return bool(network.skip) or network.name == "residual"

    def at(self, epoch: int) -> pd.DataFrame:
        return self.units[self.units["epoch"] == epoch]

    def units_like(self, epoch: int, *statuses: str) -> int:
        return sum(status in statuses for status in self.at(epoch)["status"])

    def idle(self, epoch: int) -> int:
        """Units that are dead or, at a hinge, linear."""
        rows = self.at(epoch)
        return sum(
            status == "dead" or (status == "linear" and self.kinds[str(layer)] in HINGES)
            for layer, status in zip(rows["layer"], rows["status"], strict=True)
        )

    def all_dead(self, layer: str, epoch: int) -> bool:
        rows = self.at(epoch)
        return all(status == "dead" for status in rows.loc[rows["layer"] == layer, "status"])

    def gradient(self, layer: str, epoch: int) -> float:
        """Mean over the layer's units."""
        units = self.run.units(epoch=epoch, layer=layer, split="train")
        return float(units["grad_mean_abs"].astype("float64").mean())

    def accuracy(self, split: str, epoch: int) -> float:
        return self.scalar(f"{split}_accuracy", epoch)

    def scalar(self, name: str, epoch: int) -> float:
        return float(self.epochs[name].to_dict()[epoch])

    def dead_samples(self, layer: str) -> tuple[int, int]:
        """Dead samples at a layer, and how many are looked at."""
        rows = self.points[self.points["layer"] == layer]
        return sum(status == "dead" for status in rows["status"]), len(rows)

    def class_shares(self, split: str) -> dict[str, float]:
        y = self.data.y_train if split == "train" else self.data.y_test
        return {
            name: float((y == number).float().mean()) for number, name in enumerate(self.data.class_names)
        }

    def class_named(self, words: str) -> str:
        """The class meant by `‘class 1’` or `‘setosa’`."""
        name = words.strip("‘’")
        return name if name in self.data.class_names else name.removeprefix("class ")

    @property
    def inputs(self) -> Tensor:
        return self.data.X_train if self.split == "train" else self.data.X_test

    @cached_property
    def last_look(self) -> tuple[Tensor, dict[str, Tensor]]:
        """The last network's logits (sample, class), and layer by layer its pre-activations, (sample, …)."""
        model = self.run.model()
        with torch.no_grad(), record_preactivations(model) as record:
            logits = model(self.inputs)
            return logits, {name: record[name].flatten(1) for name in self.layers}

    def answers_the_same(self) -> bool:
        """Whether the last network's logits are the same for every sample."""
        return all_same(self.last_look[0])

    def sends_the_same(self, layer: str) -> bool:
        """Whether what a layer sends on (a ReLU layer: above 0) is the same for every sample."""
        pre = self.last_look[1][layer]
        return all_same(pre.relu() if self.kinds[layer] in HINGES else pre)


def all_same(values: Tensor) -> bool:
    """Whether the rows are equal, but for rounding."""
    return bool((values.amax(0) - values.amin(0) <= SAME * values.abs().amax(0)).all())


def near(text: str, value: float) -> bool:
    """Whether a number in words, `.52` or `8.8 × 10⁻⁶`, is this one, rounded."""
    mantissa, _, power = text.partition(" × 10")
    exponent = int(power.translate(str.maketrans(RAISED, "-0123456789"))) if power else 0
    digits = len(mantissa.partition(".")[2])
    half = 0.5001 * 10.0 ** (exponent - digits)
    return abs(float(mantissa) * 10.0**exponent - value) <= half


def is_part(text: str, count: int, total: int) -> bool:
    """Whether a share in words, `3 of 8` or `94 %`, is this one."""
    if " of " in text:
        return text == f"{count} of {total}"
    share = 100 * count / total
    if text == "under 1 %":
        return 0 < share < 1
    if text == "over 99 %":
        return 99 < share < 100
    said = int(text.removesuffix(" %"))
    return abs(share - said) <= 0.5 and (said > 0 or count == 0) and (said < 100 or count == total)


def epoch_in(when: str) -> int:
    """The epoch in `before the first step` or `at epoch 20`."""
    found = re.search(r"\d+", when)
    return int(found.group()) if found else 0
