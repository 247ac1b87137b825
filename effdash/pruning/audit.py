"""Samples that never chose a unit, on which the decisions before and after pruning are compared."""

from dataclasses import dataclass

from torch import Tensor, nn

from effdash.decision import Bound, Changes
from effdash.pruning.plan_file import hash_of_data
from effdash.pruning.report import Fate
from effdash.vocab import Split


@dataclass(frozen=True, eq=False)
class Audit:
    """What became of the decisions about samples of a file."""

    name: str
    """What the file is called."""
    changes: Changes
    bound: Bound
    """Of the share of decisions that change on samples like these."""
    accuracy: tuple[float, float] | None
    """Before and after; `None` where the file names no classes."""
    fingerprint: str
    """SHA-256 of the samples and their classes."""

    def sentence(self) -> str:
        """How many decisions change, at most how many on other samples like these, and the accuracy."""
        told = f"{self.changes.count:,} of {self.changes.samples:,} decisions change"
        told += f"; on samples like these {self.bound.sentence()} (95 %)."
        if self.accuracy is None:
            return told
        before, after = self.accuracy
        return f"{told} Accuracy {after:.3f}, was {before:.3f}."


def audit_on(before: nn.Module, after: nn.Module, X: Tensor, y: Tensor | None = None, *, name: str) -> Audit:
    """Compares a network with what became of it on samples that it was not pruned by.

    Raises:
        UserError: the networks cannot take the samples.
    """
    fate = Fate.of(before, after, {Split.TEST: (X, y)})  # held out, as these are
    return Audit(
        name,
        fate.changes[Split.TEST],
        fate.bound(),
        fate.accuracy.get(Split.TEST),
        hash_of_data((X, y, None, None)),
    )
