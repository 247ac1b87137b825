"""Weight magnitude: how large the weights are with which a unit is made.

Source:
    Li et al., *Pruning Filters for Efficient ConvNets*, arXiv 1608.08710.
"""

import numpy as np

from effdash.pruning.candidates import Candidates
from effdash.pruning.criteria.scores import lowest_first
from effdash.pruning.elimination import Ranking


def rank_l1(candidates: Candidates) -> Ranking:
    """Sum of the absolute incoming weights, over all producers; without the bias."""
    return lowest_first(np.sum([np.abs(weights).sum(axis=1) for weights in candidates.own_weights()], axis=0))


def rank_l2(candidates: Candidates) -> Ranking:
    """Euclidean norm of the incoming weights, over all producers; without the bias."""
    squares = np.sum([(weights**2).sum(axis=1) for weights in candidates.own_weights()], axis=0)
    return lowest_first(np.sqrt(squares))
