"""Two units face to face."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import stats

from effdash.permutations.ranks import similarity_of


@dataclass(frozen=True)
class PairOrder:
    """How alike two units order the samples; both correlations are in [-1, 1], 0 if one never varies."""

    spearman: float
    kendall: float
    """Kendall's tau-b."""
    swapped: int
    """Pairs of samples that the two put in opposite orders."""
    compared: int
    """Pairs of samples that neither holds for equal."""


def compare_orders(first: Float[np.ndarray, " sample"], second: Float[np.ndarray, " sample"]) -> PairOrder:
    """Compare what two units tell of the same samples, in time n log n.

    Raises:
        UserError: no samples; a value is nan.
    """
    spearman = similarity_of(np.stack([first, second], axis=1).astype(np.float64))[0, 1]
    pairs = _pairs(len(first))
    untied = [pairs - _tied(values) for values in (first, second)]
    compared = sum(untied) - pairs + _tied(first, second)
    size = float(np.sqrt(untied[0]) * np.sqrt(untied[1]))
    if size == 0:
        return PairOrder(0.0, 0.0, 0, compared)
    kendall = float(stats.kendalltau(first, second).statistic)
    # tau-b is (same - swapped) / size, and same + swapped is compared; all of them are whole numbers.
    surplus = round(kendall * size)
    return PairOrder(float(spearman), kendall, (compared - surplus) // 2, compared)


def _pairs(n: int) -> int:
    return n * (n - 1) // 2


def _tied(*columns: Float[np.ndarray, " sample"]) -> int:
    """Pairs of samples that are equal in all the columns."""
    counts = np.unique(np.stack(columns, axis=1), axis=0, return_counts=True)[1]
    return sum(map(_pairs, counts.tolist()))
