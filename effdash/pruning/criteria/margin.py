"""The margins decide, the orders explain: backward elimination in the metric of the decision margins."""

from effdash.pruning.candidates import Candidates
from effdash.pruning.elimination import Ranking, eliminate


def rank(candidates: Candidates) -> Ranking:
    """What costs the margins least; of nearly equal ones the one most like a survivor in order."""
    return eliminate(candidates.intakes, candidates.similarity)
