"""The network that a choice gives, and what became of the decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np
import pandas as pd
from jaxtyping import Bool

from effdash.decision import Changes, compare, logits_of
from effdash.pruning.auto import ALL_STAY, Judge, polish, search
from effdash.pruning.branches import along_with
from effdash.pruning.choice import Choice
from effdash.pruning.compensation import Rebuilt
from effdash.pruning.narrowing import narrowed, rows_along
from effdash.pruning.plan import Path, stays_behind
from effdash.pruning.rebuilding import rebuilt
from effdash.pruning.reference import Reference
from effdash.pruning.removal import Removal
from effdash.pruning.steps import OnStep
from effdash.pruning.widths import rounded_up
from effdash.vocab import LAYER, Split

REMEMBERED: Final = 32
"""So many outcomes are kept, so that undoing costs nothing."""


MEMORY: Final = 2**27
"""Fewer where the networks take more bytes than this."""

OTHERS_STAY: Final = (
    "beside the pinned units, the first to go changes a decision on the pruning data: the others stay"
)
PINS_CHANGE: Final = (
    "the units pinned as removed change decisions on the pruning data by themselves: the others stay"
)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a choice gives: which units are gone, and the network without them."""

    choice: Choice
    plan: Path
    """The path that the choice was made on."""
    path: Path
    """The same with what the choice fixes; `removals` are the first of it."""
    removals: tuple[Removal, ...]
    rebuilt: Rebuilt
    """Without its last layer's equations. Nobody may change its model."""
    removed: Mapping[str, Bool[np.ndarray, " unit"]]
    """By layer, all of them in the network's order: which of its units are gone."""
    notes: tuple[str, ...]
    """What a person should know of it, in sentences."""

    @property
    def units(self) -> tuple[int, int]:
        """How many units of layers are left, and how many there were."""
        there_were = sum(len(gone) for gone in self.removed.values())
        return there_were - sum(int(gone.sum()) for gone in self.removed.values()), there_were

    def widths(self) -> pd.DataFrame:
        """One row a layer: `layer`, `units` before, `left` after."""
        return pd.DataFrame(
            {
                LAYER: list(self.removed),
                "units": [len(gone) for gone in self.removed.values()],
                "left": [int((~gone).sum()) for gone in self.removed.values()],
            }
        )


def outcome_of(reference: Reference, path: Path, choice: Choice) -> Outcome:
    """What a choice gives on a path of `plan_removals`; the last few are remembered.

    Raises:
        UserError: as `narrowed`.
    """
    of_choice = partial(_outcome_of, reference)
    return reference.remembered("outcomes", of_choice, remembered_outcomes(reference))(path, choice)


def foretold(reference: Reference, path: Path, choice: Choice, standing: Outcome) -> Outcome:
    """Which units a choice takes, told before the network is rebuilt: `rebuilt` is still that of `standing`.

    Raises:
        UserError: as `narrowed`.
    """
    return _outcome(reference, _leaving(reference, path, choice), replace(standing.rebuilt, notes=()))


def steps_taken(reference: Reference, path: Path, choice: Choice) -> int:
    """How many of the first removals of the narrowed `path` go, before widths are rounded."""
    pinned = sum(removal.pinned for removal in path.removals)
    return max(pinned, int(np.searchsorted(rows_along(reference, path), choice.amount, "right")))


def find_auto(reference: Reference, path: Path, choice: Choice, *, on_step: OnStep | None = None) -> Choice:
    """The choice with as much to go as can while the decisions on the pruning data stay, see `search`.

    What it fixes holds, as do its tolerance, its multiple and whether survivors take over.

    Args:
        on_step: Hears how far it has come, of how many steps at most; what it raises stops the search.

    Raises:
        UserError: as `narrowed`.
    """
    along = narrowed(reference, path, choice)
    found = search(
        reference,
        along,
        tolerance=choice.tolerance,
        compensate=choice.compensate,
        least=sum(removal.pinned for removal in along.removals),
        multiple=choice.multiple,
        on_step=on_step,
    )
    rows = rows_along(reference, along)[: found.steps]
    return replace(choice, amount=int(rows[-1]) if len(rows) else 0, auto=True)


def changes_of(reference: Reference, outcome: Outcome) -> Mapping[Split, Changes]:
    """What became of the decisions about train and, where there is such a part, test; remembered."""
    of_outcome = partial(_changes_of, reference)
    return reference.remembered("changes", of_outcome, remembered_outcomes(reference))(outcome)


def remembered_outcomes(reference: Reference) -> int:
    """How many outcomes are kept."""
    weights = sum(parameter.nbytes for parameter in reference.model.parameters())
    return max(1, min(REMEMBERED, MEMORY // (weights + reference.logits.nbytes)))


def _changes_of(reference: Reference, outcome: Outcome) -> dict[Split, Changes]:
    changes = {Split.TRAIN: compare(reference.logits, outcome.rebuilt.logits)}
    if reference.X_test is not None:
        after = logits_of(outcome.rebuilt.model, reference.X_test)
        changes[Split.TEST] = compare(reference.test_logits, after)
    return changes


def _outcome_of(reference: Reference, path: Path, choice: Choice) -> Outcome:
    leaves = _leaving(reference, path, choice)
    network = rebuilt(reference, leaves.removals, compensate=choice.compensate)
    keeps_all = True
    if choice.auto:
        judge = Judge(reference, choice.tolerance)
        network, verdict = polish(network, judge)
        keeps_all = bool(verdict.changed.mean() <= judge.tolerance)
    missed = _missed(reference, leaves.along, choice, leaves.steps, keeps_all)
    return _outcome(reference, leaves, replace(network, last=None), missed)


@dataclass(frozen=True, eq=False)
class _Leaving:
    """Which units a choice takes."""

    choice: Choice
    plan: Path
    along: Path
    """With what the choice fixes."""
    steps: int
    """So many of its removals, before widths are rounded."""
    removals: tuple[Removal, ...]
    uneven: tuple[str, ...]
    """Which widths could not be rounded."""


def _leaving(reference: Reference, path: Path, choice: Choice) -> _Leaving:
    along = narrowed(reference, path, choice)
    steps = steps_taken(reference, along, choice)
    removals, uneven = rounded_up(reference, along.removals[:steps], choice.multiple)
    return _Leaving(choice, path, along, steps, removals, uneven)


def _outcome(reference: Reference, leaves: _Leaving, network: Rebuilt, missed: Sequence[str] = ()) -> Outcome:
    notes = (*leaves.along.notes, *missed, *leaves.uneven, *network.notes)
    return Outcome(
        choice=leaves.choice,
        plan=leaves.plan,
        path=_starting_with(leaves.along, leaves.removals),
        removals=leaves.removals,
        rebuilt=network,
        removed=_removed(reference, leaves.along, leaves.removals),
        notes=tuple(dict.fromkeys(notes)),
    )


def _starting_with(along: Path, removals: Sequence[Removal]) -> Path:
    """The path with what goes first; where widths are rounded, some of what follows came before it."""
    if along.removals[: len(removals)] == removals:
        return along
    goes = {(removal.group, removal.channel) for removal in removals}
    others = (one for one in along.removals if (one.group, one.channel) not in goes)
    return replace(along, removals=(*removals, *others))


def _removed(
    reference: Reference, along: Path, removals: Sequence[Removal]
) -> dict[str, Bool[np.ndarray, " unit"]]:
    removed = {layer.name: np.zeros(layer.units, bool) for layer in reference.layers}
    for removal in removals:
        for layer, units in reference.groups[removal.group].sites.items():
            removed[layer][units[removal.channel]] = True
    for lost in along_with(along.branches, removals, reference.groups).values():
        for layer, unit in lost:
            removed[layer][unit] = True
    return removed


def _missed(reference: Reference, along: Path, choice: Choice, steps: int, keeps_all: bool) -> list[str]:
    """What was asked for and could not be; `keeps_all`: no more decisions change than may."""
    pinned = sum(removal.pinned for removal in along.removals)
    can_go = int(rows_along(reference, along)[-1:].sum())
    sites = [layer for number in reference.prunable for layer in reference.groups[number].sites]
    if choice.locked.issuperset(sites) and (choice.auto or choice.amount > can_go):
        return ["all layers are locked, so nothing goes but what is pinned as removed"]
    if choice.auto and steps == pinned < len(along.removals):
        if not pinned:
            return [ALL_STAY]
        return [OTHERS_STAY if keeps_all else PINS_CHANGE]
    if choice.amount > can_go:
        held = ", and what is pinned as kept or locked stays" if choice.kept or choice.locked else ""
        return [f"{choice.amount} units were to go, but only {can_go} can: {stays_behind(along)}{held}"]
    return []
