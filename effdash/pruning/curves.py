"""How many answers stay the same along a path: the curve of a method."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64
from torch import Tensor

from effdash.decision import decisions, logits_of
from effdash.pruning.narrowing import rows_along
from effdash.pruning.plan import Path
from effdash.pruning.rebuilding import rebuilt
from effdash.pruning.reference import Reference
from effdash.pruning.steps import OnStep, Steps
from effdash.vocab import Split, UserError


def agreement_along(
    reference: Reference,
    path: Path,
    amounts: Sequence[int],
    *,
    compensate: bool = True,
    split: str = Split.TRAIN,
    on_step: OnStep | None = None,
) -> Float64[np.ndarray, " amount"]:
    """The share of samples of a split that are answered as before, without the first units of a path.

    Each amount is so many units of layers, of which as many go as whole steps of the path take. `on_step`
    hears how many networks are built, of how many; what it raises stops the work.

    Raises:
        UserError: there is no such split, or no such part of the data.
    """
    X_test = _test_part(reference, split)
    before = reference.decisions if X_test is None else decisions(reference.test_logits)
    taken = np.searchsorted(rows_along(reference, path), amounts, "right")
    counts, places = np.unique(taken, return_inverse=True)
    steps = Steps(on_step, of=len(counts))
    agreement = np.empty(len(counts))
    for place, count in enumerate(counts.tolist()):
        network = rebuilt(reference, path.removals[:count], compensate=compensate)
        logits = network.logits if X_test is None else logits_of(network.model, X_test)
        agreement[place] = (decisions(logits) == before).mean()
        steps.pass_one()
    return agreement[places]


def _test_part(reference: Reference, split: str) -> Tensor | None:
    """The test samples where these are asked for."""
    if split not in list(Split):
        raise UserError(f"split {split!r} is unknown; there are {' and '.join(Split)}")
    if split == Split.TEST and reference.X_test is None:
        raise UserError("the data have no test part, so there is nothing to compare on it")
    return reference.X_test if split == Split.TEST else None
