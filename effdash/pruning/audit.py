"""Samples that never chose a unit, on which the decisions before and after pruning are compared."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor, nn

from effdash.decision import Bound, Changes, compare, held_out_bound, logits_of
from effdash.pruning.plan_file import hash_of_data


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
    seen = compare(logits_of(before, X), logits_of(after, X))
    accuracy = None
    if y is not None:
        labels = y.cpu().numpy()
        accuracy = np.mean(seen.before == labels).item(), np.mean(seen.after == labels).item()
    bound = held_out_bound(seen.count, seen.samples, held_out=True)
    return Audit(name, seen, bound, accuracy, hash_of_data((X, y, None, None)))
