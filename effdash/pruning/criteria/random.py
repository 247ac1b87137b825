"""The baseline of all baselines: drawn by lot."""

import numpy as np

from effdash.pruning.candidates import Candidates
from effdash.pruning.criteria.scores import lowest_first
from effdash.pruning.elimination import Ranking


def rank(candidates: Candidates) -> Ranking:
    """Seeded by the reference's seed and the group."""
    draw = np.random.default_rng((candidates.reference.seed, candidates.number))
    return lowest_first(draw.uniform(size=len(candidates.channels)))
