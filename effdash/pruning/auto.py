"""As small as it can be without changing a decision: the search along a nested path.

Source:
    SCIENCE.md 6, auto.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch

from effdash.decision import class_logits, decisions
from effdash.pruning.compensation import LastLayer, Rebuilt
from effdash.pruning.least_squares import NormalEquations
from effdash.pruning.plan import Path, Removal
from effdash.pruning.rebuilding import rebuilt
from effdash.pruning.reference import Reference
from effdash.pruning.surgery import with_bias
from effdash.vocab import UserError

HALVED: Final = 0.015
"""At most this share of the samples may keep less than half of their margin, so that others keep theirs."""
STRIDES: Final = 32
"""The path is looked through in so many strides."""
PATIENCE: Final = 8
"""So many further steps are tried after the last one that went well."""
ROUNDS: Final = 12
"""Of solving the last layer again, the weight of samples whose decision changed, or nearly, doubled.

With SCIENCE.md's 8, one sample of a margin a thousand times smaller than others' stops the search early.
"""

ALL_STAY: Final = "the first units to go change a decision on the pruning data, so all units stay"


@dataclass(frozen=True, eq=False)
class Found:
    """The smallest network that was found to keep the decisions, and what was removed for it."""

    removals: tuple[Removal, ...]
    rebuilt: Rebuilt
    notes: tuple[str, ...]


def search(reference: Reference, path: Path, *, tolerance: float = 0.0, compensate: bool = True) -> Found:
    """The longest stretch of `path` found after which all decisions on the pruning data stay.

    Comes down from the far end of the path in even strides until one network succeeds, bisects the stride
    above it, then walks on step by step. Bisecting the whole path would not do: a single sample of a narrow
    margin can fail half of it, and be well again further on. A share of at most `tolerance` of the decisions
    may change.

    Raises:
        UserError: `tolerance` is no share.
    """
    if not 0 <= tolerance <= 1:
        raise UserError(
            f"tolerance = {tolerance} is out of range; it is a share of the decisions, from 0 to 1"
        )
    judge = Judge(reference, tolerance)
    attempts = _Attempts(reference, path, judge, compensate)
    best = attempts.first_from_above(len(path.removals))
    worst = min(best + attempts.stride, len(path.removals) + 1)
    while worst - best > 1:
        middle = (best + worst) // 2
        if attempts.succeeds(middle):
            best = middle
        else:
            worst = middle
    tried = best
    while tried < min(best + PATIENCE, len(path.removals)):
        tried += 1
        if attempts.succeeds(tried):
            best = tried
    notes = () if best else (ALL_STAY,)
    return Found(path.removals[:best], attempts.best(best), notes)


class Judge:
    """Whether a network's logits keep the decisions of the original."""

    def __init__(self, reference: Reference, tolerance: float) -> None:
        self.decisions = reference.decisions
        self.margins = reference.margins
        self.weights = reference.weights
        self.tolerance = tolerance
        # What a rounding of the weights to their own type may move.
        self.rounding = 16 * torch.finfo(reference.original_dtype).eps

    def changed(self, logits: np.ndarray) -> np.ndarray:
        """The samples whose decision changed, or that rounding could change."""
        left = self._left(logits)
        close = self.rounding * np.abs(logits).max()
        return (decisions(logits) != self.decisions) | ((left < close) & (self.margins > 2 * close))

    def halved(self, logits: np.ndarray) -> np.ndarray:
        """The samples that keep less than half their margin, with those whose decision changed."""
        return (self._left(logits) < self.margins / 2) | self.changed(logits)

    def accepts(self, logits: np.ndarray) -> bool:
        changed, halved = self.changed(logits).mean(), self.halved(logits).mean()
        return bool(changed <= self.tolerance and halved <= HALVED + self.tolerance)

    def _left(self, logits: np.ndarray) -> np.ndarray:
        """What the original decision leads by, negative where it does not."""
        rows = np.arange(len(logits))
        others = logits.copy()
        others[rows, self.decisions] = -np.inf
        return logits[rows, self.decisions] - others.max(1)


class _Attempts:
    """Networks along a path, the best one kept."""

    def __init__(self, reference: Reference, path: Path, judge: Judge, compensate: bool) -> None:
        self.reference = reference
        self.path = path
        self.judge = judge
        self.compensate = compensate
        self.stride = max(1, len(path.removals) // STRIDES)
        self._kept: tuple[int, Rebuilt] | None = None

    def first_from_above(self, most: int) -> int:
        """The largest count that succeeds, of `most` and those full strides below it; 0 where none does."""
        strides = range(most, 0, -self.stride)
        return next((count for count in strides if self.succeeds(count)), 0)

    def succeeds(self, count: int) -> bool:
        """Whether the network without the path's first `count` channels keeps the decisions."""
        network = rebuilt(self.reference, self.path.removals[:count], compensate=self.compensate)
        if not self.judge.accepts(network.logits):
            polished = None if network.last is None else polish(network, network.last, self.judge)
            if polished is None:
                return False
            network = polished
        self._kept = (count, network)
        return True

    def best(self, count: int) -> Rebuilt:
        """The network of the last count that succeeded."""
        if self._kept is None or self._kept[0] != count:
            return rebuilt(self.reference, self.path.removals[:count], compensate=self.compensate)
        return self._kept[1]


def polish(network: Rebuilt, last: LastLayer, judge: Judge) -> Rebuilt | None:
    """The network with its last layer solved again, more weight on samples that lost their margin.

    In place; `None`, and nothing changed, where that does not bring the decisions back.
    """
    weights = torch.from_numpy(judge.weights / judge.weights.sum())
    logits = network.logits
    with torch.no_grad():
        for _ in range(ROUNDS):
            weights = torch.where(torch.from_numpy(judge.halved(logits)), 2 * weights, weights)
            equations = NormalEquations(len(last.columns), len(last.outputs))
            equations.add(last.columns, last.outputs, weights)
            solution = equations.solve(last.module.weight)
            logits = class_logits((solution.weight @ last.columns).T + solution.bias).numpy()
            if judge.accepts(logits):
                last.module.weight.copy_(solution.weight)
                with_bias(last.module).copy_(solution.bias)
                return replace(network, logits=logits)
    return None
