"""What the survivors tell the order of goes first: backward elimination in the space of ranks."""

import numpy as np

from effdash.pruning.candidates import Candidates
from effdash.pruning.elimination import Intake, Ranking, eliminate


def rank(candidates: Candidates) -> Ranking:
    """The unit whose joint order is best told by the survivors, weighted by what it sends on, goes first.

    Ranks stand for the activations, each with the spread of these: what a survivor takes over is taken over
    in ranks.
    """
    gram = candidates.similarity
    sends = np.sum([_sends(intake) for intake in candidates.intakes], axis=0)
    return eliminate([Intake(gram[:, None, :, None], sends[:, None, :, None])])


def _sends(intake: Intake) -> np.ndarray:
    """`W M W'` of the units' weights times the spread of what they are multiplied with, blocks summed."""
    spread = np.sqrt(np.einsum("ukuk->uk", intake.gram))
    return np.einsum("uk,ukvk,vk->uv", spread, intake.sends, spread, optimize=True)
