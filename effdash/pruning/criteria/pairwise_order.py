"""A teaching baseline: of the two units most alike in order the quieter one goes."""

import numpy as np

from effdash.pruning.candidates import Candidates
from effdash.pruning.elimination import Ranking


def rank(candidates: Candidates) -> Ranking:
    """Merges pair by pair by Spearman's correlation; the cost is what is missing to 1.

    Quieter is whose activations vary less over the samples. One unit against one other: what several say
    together is not seen.
    """
    alike = candidates.similarity.copy()
    np.fill_diagonal(alike, -np.inf)
    loud = np.sum([np.einsum("ukuk->u", intake.gram) for intake in candidates.intakes], axis=0)
    order = []
    costs = []
    best = alike.max(axis=1)
    for _ in range(len(alike) - 1):
        one = int(best.argmax())
        other = int(alike[one].argmax())
        costs.append(1.0 - best[one])
        gone = min(one, other, key=lambda place: loud[place])
        order.append(gone)
        had_it_nearest = np.flatnonzero(alike[:, gone] == best)
        alike[gone] = alike[:, gone] = -np.inf
        best[gone] = -np.inf
        best[had_it_nearest] = alike[had_it_nearest].max(axis=1)
    return Ranking(np.array(order, np.int64), np.array(costs))
