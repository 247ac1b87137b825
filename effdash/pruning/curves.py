"""How many answers stay the same along a path: the curve of a method."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float64, Int64
from torch import Tensor

from effdash.decision import decisions, logits_of
from effdash.pruning.choice import Choice
from effdash.pruning.narrowing import most, rows_along
from effdash.pruning.plan import METHODS, Path, plan_removals
from effdash.pruning.rebuilding import rebuilt
from effdash.pruning.reference import Reference
from effdash.pruning.steps import OnStep, Steps
from effdash.vocab import Split, UserError

POINTS: Final = 33
"""Of a curve, at most."""
FEW_POINTS: Final = 17
"""Where many curves are drawn in one go."""
PATIENCE: Final = 60.0
"""Seconds that the curves of all methods may take; those that are not done then are left out."""


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
        network = rebuilt(reference, path.removals[:count], compensate=compensate, on_part=steps.beat)
        logits = network.logits if X_test is None else logits_of(network.model, X_test)
        agreement[place] = (decisions(logits) == before).mean()
        steps.pass_one()
    return agreement[places]


@dataclass(frozen=True, eq=False)
class MethodPath:
    """How a method fares along its path; `agreement` (amount,) are the shares of same answers."""

    method: str
    compensated: bool
    """Whether survivors take over."""
    amounts: Int64[np.ndarray, " amount"]
    """Units of layers that are gone."""
    agreement: Float64[np.ndarray, " amount"]


def method_path(
    reference: Reference,
    path: Path,
    *,
    compensated: bool,
    split: str,
    points: int = POINTS,
    on_step: OnStep | None = None,
) -> MethodPath:
    """The curve of a plan, nothing fixed by hand, at so many points at most."""
    can_go = most(reference, path, Choice(path.method))
    amounts = np.unique(np.linspace(0, can_go, points).round().astype(np.int64))
    agreement = agreement_along(
        reference, path, amounts.tolist(), compensate=compensated, split=split, on_step=on_step
    )
    return MethodPath(path.method, compensated, amounts, agreement)


def paths_of_all_methods(reference: Reference, *, split: str, vanish: bool = False) -> tuple[MethodPath, ...]:
    """Those of all methods, with survivors that take over and without; as many as `PATIENCE` allows."""
    end = time.monotonic() + PATIENCE

    def on_step(_done: int, _of: int) -> None:
        if time.monotonic() > end:
            raise TimeoutError

    found: list[MethodPath] = []
    with suppress(TimeoutError):
        for method in METHODS:
            path = plan_removals(reference, method, vanish=vanish, on_step=on_step)
            for compensated in (True, False):
                found.append(
                    method_path(
                        reference,
                        path,
                        compensated=compensated,
                        split=split,
                        points=FEW_POINTS,
                        on_step=on_step,
                    )
                )
    return tuple(found)


def _test_part(reference: Reference, split: str) -> Tensor | None:
    """The test samples where these are asked for."""
    if split not in list(Split):
        raise UserError(f"split {split!r} is unknown; there are {' and '.join(Split)}")
    if split == Split.TEST and reference.X_test is None:
        raise UserError("the data have no test part, so there is nothing to compare on it")
    return reference.X_test if split == Split.TEST else None
