"""Criteria that give each unit a number of its own, whatever goes beside it."""

import numpy as np
from jaxtyping import Float64

from effdash.pruning.elimination import Ranking


def lowest_first(scores: Float64[np.ndarray, " left"]) -> Ranking:
    """The lowest score goes first; of equals the first. The highest stays."""
    order = scores.argsort(kind="stable")[:-1]
    return Ranking(order, scores[order])
