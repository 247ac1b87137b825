"""As small as it can be without changing a decision: the search along a nested path.

Source:
    SCIENCE.md 6, auto.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from jaxtyping import Bool, Float64

from effdash.decision import class_logits, decisions
from effdash.pruning.compensation import Rebuilt
from effdash.pruning.least_squares import NormalEquations
from effdash.pruning.patches import Convolution
from effdash.pruning.plan import Path, Removal
from effdash.pruning.rebuilding import rebuilt
from effdash.pruning.reference import Reference
from effdash.pruning.steps import OnStep, Steps
from effdash.pruning.surgery import with_bias
from effdash.pruning.widths import rounded_up
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

HOPELESS: Final = 0.05
"""Where a larger share of the decisions changed, polishing is not tried: it has mended up to a hundredth."""

ALL_STAY: Final = "the first units to go change a decision on the pruning data, so all units stay"


@dataclass(frozen=True, eq=False)
class Found:
    """The smallest network that was found to keep the decisions, and what was removed for it."""

    steps: int
    """So many of the path's removals; with widths rounded up, some of them came back."""
    removals: tuple[Removal, ...]
    rebuilt: Rebuilt
    notes: tuple[str, ...]


def search(
    reference: Reference,
    path: Path,
    *,
    tolerance: float = 0.0,
    compensate: bool = True,
    least: int = 0,
    multiple: int = 1,
    on_step: OnStep | None = None,
) -> Found:
    """The longest stretch of `path` found after which all decisions on the pruning data stay.

    Comes down from the far end of the path in even strides until one network succeeds, bisects the stride
    above it, then walks on step by step. Bisecting the whole path would not do: a single sample of a narrow
    margin can fail half of it, and be well again further on. A share of at most `tolerance` of the decisions
    may change.

    Args:
        least: So many of the first removals go in any case, whatever they change.
        multiple: Widths of layers are rounded up to multiples of it.
        on_step: Hears how far it has come, of how many steps at most.

    Raises:
        UserError: `tolerance` is no share.
    """
    if not 0 <= tolerance <= 1:
        raise UserError(
            f"tolerance = {tolerance} is out of range; it is a share of the decisions, from 0 to 1"
        )
    judge = Judge(reference, tolerance)
    attempts = _Attempts(reference, path, judge, compensate=compensate, multiple=multiple, on_step=on_step)
    best = attempts.first_from_above(len(path.removals), least)
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
    attempts.steps.pass_to(attempts.steps.of)
    notes = () if best else (ALL_STAY,)
    return Found(best, attempts.removals(best), attempts.best(best), notes)


@dataclass(frozen=True, eq=False)
class Verdict:
    """On the logits of a network, a sample at a time."""

    changed: Bool[np.ndarray, " sample"]
    """Whose decision changed, or rounding could change it."""
    halved: Bool[np.ndarray, " sample"]
    """Who keeps less than half the margin, with those whose decision changed."""
    accepted: bool
    """Whether the network keeps the decisions of the original."""

    @property
    def misses(self) -> tuple[int, int]:
        """How many changed, and how many are halved: of two verdicts the smaller is the better."""
        return int(self.changed.sum()), int(self.halved.sum())


class Judge:
    """Whether a network's logits keep the decisions of the original."""

    def __init__(self, reference: Reference, tolerance: float) -> None:
        self.decisions = reference.decisions
        self.margins = reference.margins
        self.weights = reference.weights
        self.tolerance = tolerance
        # What a rounding of the weights to their own type may move, or of what convolutions give.
        self.rounding = 16 * max(torch.finfo(dtype).eps for dtype in rounded_to(reference))

    def verdict(self, logits: Float64[np.ndarray, "sample c"]) -> Verdict:
        rows = np.arange(len(logits))
        others = logits.copy()
        others[rows, self.decisions] = -np.inf
        left = logits[rows, self.decisions] - others.max(axis=1)
        close = self.rounding * np.abs(logits).max()
        changed = (decisions(logits) != self.decisions) | ((left < close) & (self.margins > 2 * close))
        halved = (left < self.margins / 2) | changed
        accepted = changed.mean() <= self.tolerance and halved.mean() <= HALVED + self.tolerance
        return Verdict(changed, halved, bool(accepted))


def rounded_to(reference: Reference) -> set[torch.dtype]:
    """The precisions that stand between what `rebuilt` says of a network and what it will say itself."""
    convolves = any(isinstance(module, Convolution) for module in reference.model.modules())
    return {reference.original_dtype, torch.float32 if convolves else reference.original_dtype}


class _Attempts:
    """Networks along a path, the best one kept."""

    def __init__(
        self,
        reference: Reference,
        path: Path,
        judge: Judge,
        *,
        compensate: bool,
        multiple: int,
        on_step: OnStep | None,
    ) -> None:
        self.reference = reference
        self.path = path
        self.judge = judge
        self.compensate = compensate
        self.multiple = multiple
        self.stride = max(1, len(path.removals) // STRIDES)
        self.steps = Steps(on_step, of=-(-len(path.removals) // self.stride) + self.stride + PATIENCE)
        self._verdicts: dict[tuple[Removal, ...], bool] = {}
        self._kept: tuple[tuple[Removal, ...], Rebuilt] | None = None

    def removals(self, count: int) -> tuple[Removal, ...]:
        """What goes with the path's first `count`."""
        return rounded_up(self.reference, self.path.removals[:count], self.multiple)[0]

    def first_from_above(self, most: int, least: int) -> int:
        """The largest count that succeeds, of `most` and those full strides below it, or `least`."""
        strides = range(most, least, -self.stride)
        return next((count for count in strides if self.succeeds(count)), least)

    def succeeds(self, count: int) -> bool:
        """Whether the network without the path's first `count` channels keeps the decisions."""
        self.steps.pass_one()
        removals = self.removals(count)
        if removals not in self._verdicts:
            self._verdicts[removals] = self._keeps(removals)
        return self._verdicts[removals]

    def _keeps(self, removals: tuple[Removal, ...]) -> bool:
        network = rebuilt(self.reference, removals, compensate=self.compensate, on_part=self.steps.beat)
        if self.judge.verdict(network.logits).changed.mean() > self.judge.tolerance + HOPELESS:
            return False
        network, verdict = polish(network, self.judge)
        if not verdict.accepted:
            return False
        self._kept = (removals, network)
        return True

    def best(self, count: int) -> Rebuilt:
        """The network of the last count that succeeded."""
        removals = self.removals(count)
        if self._kept is None or self._kept[0] != removals:
            return rebuilt(self.reference, removals, compensate=self.compensate)
        return self._kept[1]


def polish(network: Rebuilt, judge: Judge) -> tuple[Rebuilt, Verdict]:
    """The network with its last layer solved again, more weight on samples that lost their margin.

    In place, and only where the judge does not accept it as it is. If no round brings all decisions back, the
    one with the fewest changed is taken.
    """
    best, logits = judge.verdict(network.logits), network.logits
    last = network.last
    if best.accepted or last is None:
        return network, best
    weights = torch.from_numpy(judge.weights / judge.weights.sum())
    verdict, prior = best, last.module.weight.detach().clone()
    with torch.no_grad():
        for _ in range(ROUNDS):
            weights = torch.where(torch.from_numpy(verdict.halved), 2 * weights, weights)
            equations = NormalEquations(len(last.columns), len(last.outputs))
            equations.add(last.columns, last.outputs, weights)
            solution = equations.solve(prior)
            said = class_logits((solution.weight @ last.columns).T + solution.bias).numpy()
            verdict = judge.verdict(said)
            if verdict.accepted or verdict.misses < best.misses:
                best, logits = verdict, said
                last.module.weight.copy_(solution.weight)
                with_bias(last.module).copy_(solution.bias)
            if verdict.accepted:
                break
    return replace(network, logits=logits), best
