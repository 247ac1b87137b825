"""Which decisions differ between two networks, and how near the others are to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from jaxtyping import Float, Int64

from effdash.decision.answers import decisions
from effdash.vocab import UserError

FROM: Final = "from"
TO: Final = "to"
SAMPLES: Final = "samples"


@dataclass(frozen=True, eq=False)
class Changes:
    """What became of the decisions about the same samples, one entry a sample in every array."""

    before: Int64[np.ndarray, " sample"]
    after: Int64[np.ndarray, " sample"]
    """The classes answered."""
    probability_change: Float[np.ndarray, " sample"]
    """The largest change of a class's probability."""
    margin_before: Float[np.ndarray, " sample"]
    margin_left: Float[np.ndarray, " sample"]
    """By how much the class answered before leads the others, in logits, before and after; negative where the
    decision changed."""

    @property
    def samples(self) -> int:
        return len(self.before)

    @property
    def which(self) -> Int64[np.ndarray, " changed"]:
        """The samples whose decision changed."""
        return np.flatnonzero(self.before != self.after).astype(np.int64)

    @property
    def count(self) -> int:
        return len(self.which)

    @property
    def agreement(self) -> float:
        """Share of the samples about which both decide the same."""
        return 1 - self.count / self.samples

    @property
    def largest_change(self) -> float:
        """Of a class's probability, of any sample."""
        return float(self.probability_change.max())

    @property
    def change_99(self) -> float:
        """The 99th percentile over the samples of their largest change of probability."""
        return float(np.percentile(self.probability_change, 99))

    @property
    def smallest_margin(self) -> float:
        return float(self.margin_left.min())

    @property
    def halved(self) -> float:
        """Share of the samples that keep less than half their margin."""
        return float((self.margin_left < self.margin_before / 2).mean())

    def table(self, class_names: Sequence[str] | None = None) -> pd.DataFrame:
        """Changed decisions counted: `from`, `to` (numbers, or names where given), `samples`; most first."""
        pairs = np.column_stack([self.before, self.after])[self.which]
        rows, counts = np.unique(pairs, axis=0, return_counts=True)
        table = pd.DataFrame({FROM: rows[:, 0], TO: rows[:, 1], SAMPLES: counts.astype(np.int64)})
        table = table.sort_values([SAMPLES, FROM, TO], ascending=[False, True, True], ignore_index=True)
        if class_names is not None:
            for column in (FROM, TO):
                table[column] = [class_names[number] for number in table[column]]
        return table


def compare(before: Float[np.ndarray, "..."], after: Float[np.ndarray, "..."]) -> Changes:
    """What changed between two networks' logits for the same samples: (sample, class), one logit L as (0, L).

    Raises:
        UserError: no samples, logits of different shape, or a nan or an infinite value among them.
    """
    if before.shape != after.shape:
        raise UserError(
            f"the logits before have shape {before.shape}, those after {after.shape}; they should be the same"
        )
    first, second = _checked("before", before), _checked("after", after)
    old = decisions(first)
    return Changes(
        before=old,
        after=decisions(second),
        probability_change=np.abs(_softmax(second) - _softmax(first)).max(axis=1),
        margin_before=_lead(first, old),
        margin_left=_lead(second, old),
    )


def _checked(name: str, logits: np.ndarray) -> np.ndarray:
    """Logits of two or more classes, float64."""
    if logits.ndim == 1:
        logits = logits[:, None]
    if logits.ndim != 2 or logits.size == 0:
        raise UserError(
            f"the logits {name} have shape {logits.shape}; they should be one row a sample: (sample, class)"
        )
    if not np.isfinite(logits).all():
        row = int(np.flatnonzero(~np.isfinite(logits).all(axis=1))[0])
        raise UserError(f"the logits {name} hold a nan or an infinite value, first for sample {row}")
    if logits.shape[1] == 1:
        logits = np.hstack([np.zeros_like(logits), logits])
    return logits.astype(np.float64)


def _lead(logits: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """By how much the logit of each sample's class in `classes` leads the largest other one."""
    own = np.take_along_axis(logits, classes[:, None], axis=1)
    others = logits.copy()
    np.put_along_axis(others, classes[:, None], -np.inf, axis=1)
    return own[:, 0] - others.max(axis=1)


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
