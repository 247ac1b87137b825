"""Mean activation: how much reaches the consumers."""

import numpy as np

from effdash.pruning.candidates import Candidates
from effdash.pruning.criteria.scores import lowest_first
from effdash.pruning.elimination import Ranking


def rank(candidates: Candidates) -> Ranking:
    """Mean absolute activation over samples, positions and columns, the mean over the consumers.

    Source:
        Molchanov et al., *Pruning Convolutional Neural Networks for Resource Efficient Inference*,
        arXiv 1611.06440.
    """
    means = [np.abs(heard.columns).mean(axis=(0, 2)) for heard in candidates.heard()]
    return lowest_first(np.mean(means, axis=0))
