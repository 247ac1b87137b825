"""Which units go, in which order, and why: one nested path from the whole network down to a unit a group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from typing import Final

import numpy as np
import pandas as pd
from jaxtyping import Bool, Int64

from effdash.pruning.allocation import BLENDS, LOOKED_AT, blended_path, choose_path
from effdash.pruning.asked import Units, checked_units, layers_named, would_vanish
from effdash.pruning.branches import Branch, along_with, branch_around, last_of
from effdash.pruning.candidates import Candidates
from effdash.pruning.criteria import CRITERIA, METHODS
from effdash.pruning.elimination import Ranking, eliminate
from effdash.pruning.exact import exact_removals
from effdash.pruning.homes import homes_of, rows_of_channels
from effdash.pruning.reasons import removals_table
from effdash.pruning.rebuilding import rebuilt
from effdash.pruning.reference import Reference, why_locked
from effdash.pruning.removal import Removal
from effdash.pruning.stages import TOLERANCES, Exact, Stage
from effdash.pruning.steps import OnStep, Steps
from effdash.pruning.structure import Group
from effdash.training.probe import stratified
from effdash.vocab import UserError

__all__ = ["METHODS", "Path", "Removal", "Stage", "plan_removals", "removals_of"]

COMPARED_ON: Final = 1_024
"""So many samples, at most, tell which shares of the groups are the best."""

NO_BRANCH: Final = "no branch can vanish: nothing leads around any layer"


@dataclass(frozen=True, eq=False)
class Path:
    """Removals one after the other; what stays after any number of them is a network."""

    method: str
    removals: tuple[Removal, ...]
    groups: tuple[Group, ...]
    notes: tuple[str, ...]
    branches: tuple[Branch, ...] = ()
    """Those that go with the last channel of a group, which is behind all others."""

    @property
    def exact(self) -> int:
        """So many of the first removals leave the outputs on the pruning data as they are."""
        return sum(1 for _ in takewhile(lambda one: one.stage is not Stage.REDUNDANT, self.removals))

    def table(self) -> pd.DataFrame:
        """A row for each unit of a layer, and why it goes; units that are coupled share a step.

        `step` (from 1), `layer`, `unit`, `stage`, `reason`, `heir`, `joint_order`, `pair_order`, `cost`.
        """
        return removals_table(self.removals, self.groups, CRITERIA[self.method].cost, self.along)

    @cached_property
    def along(self) -> dict[int, list[tuple[str, int]]]:
        """By step, from 1: the units that go with a branch, though nothing took them one by one."""
        return along_with(self.branches, self.removals, self.groups)


def plan_removals(
    reference: Reference, method: str = "margin", *, vanish: bool = False, on_step: OnStep | None = None
) -> Path:
    """Every unit that can go, in the order in which it should: first what goes without a trace.

    One unit of each group stays, as a layer would vanish otherwise; with `vanish` whole branches come last,
    where there are ways around them. `on_step` hears how far it has come.

    Raises:
        UserError: there is no such method.
    """
    if method not in CRITERIA:
        raise UserError(f"method {method!r} is unknown; known are {', '.join(METHODS)}")
    criterion = CRITERIA[method]
    groups = len(reference.prunable)
    looks = len(TOLERANCES) * groups
    steps = Steps(on_step, of=looks + groups + len(BLENDS) * len(LOOKED_AT))
    exact = exact_removals(reference, steps=steps)
    steps.pass_to(looks)
    redundant = []
    last: dict[Branch, Removal] = {}
    for number in reference.prunable:
        candidates = Candidates.after(reference, number, exact[number], steps.beat)
        ranking = criterion.rank(candidates)
        redundant.append(redundant_removals(candidates, ranking))
        branch = branch_around(reference, number) if vanish else None
        # Of two sides of a sum one has to stay.
        if branch is not None and branch.sum not in {other.sum for other in last}:
            last[branch] = last_of(candidates, ranking.order)
        steps.pass_one()
    without_a_trace = exact_first(exact)
    sequence, how = _sequence(reference, without_a_trace, redundant, criterion.across, steps)
    steps.pass_to(steps.of)
    next_ones = [iter(removals) for removals in redundant]
    removals = (
        *without_a_trace,
        *(next(next_ones[place]) for place in sequence),
        *sorted(last.values(), key=lambda removal: removal.cost),
    )
    notes = (
        *reference.notes,
        *_silent_in_part(reference, exact),
        *_without_labels(reference, method),
        *([NO_BRANCH] if vanish and not last else []),
        *how,
    )
    return Path(method, removals, tuple(reference.groups), notes, tuple(last))


def removals_of(reference: Reference, units: Units, *, vanish: bool = False) -> Path:
    """The removal of these units of layers, and of those that are coupled with them, each with its stage.

    What goes without a trace comes first, then what costs the margins least. With `vanish` all units of a
    layer may go where a way leads around it: the branch goes with all that is in it.

    Raises:
        UserError: no such layer or unit; a unit that cannot go; all units of a group.
    """
    chosen = channels_of(reference, units, vanish=vanish)
    exact = exact_removals(reference, chosen)
    removals = exact_first(exact)
    last = []
    for number, may_go in chosen.items():
        candidates = Candidates.after(reference, number, exact[number])
        ranking = eliminate(candidates.intakes, candidates.similarity, may_go=may_go[candidates.channels])
        removals += redundant_removals(candidates, ranking)
        if may_go.all():
            last.append(last_of(candidates, ranking.order))
    branches = dict.fromkeys(branch_around(reference, removal.group) for removal in last)
    return Path(
        "margin",
        (*removals, *last),
        tuple(reference.groups),
        reference.notes,
        tuple(branch for branch in branches if branch is not None),
    )


def stays_behind(path: Path) -> str:
    """Why not everything can go along a path."""
    return "no layer vanishes but those with a way around" if path.branches else "no layer vanishes"


def exact_first(exact: Mapping[int, Sequence[Exact]]) -> list[Removal]:
    """The exact stages, one after the other."""
    removals = [
        Removal(number, one.channel, one.stage, heir=one.heir, factor=one.factor)
        for number, channels in exact.items()
        for one in channels
    ]
    return sorted(removals, key=lambda removal: list(Stage).index(removal.stage))


def redundant_removals(candidates: Candidates, ranking: Ranking) -> list[Removal]:
    """The removals of a group, each with the survivor most alike and what all of them tell of it."""
    order = ranking.order
    heirs, alike = candidates.heirs(order)
    joint = candidates.joint_orders(order)
    return [
        Removal(
            candidates.number,
            int(candidates.channels[unit]),
            Stage.REDUNDANT,
            cost=float(cost),
            heir=int(candidates.channels[heir]),
            joint_order=float(joint_order),
            pair_order=float(pair_order),
        )
        for unit, cost, heir, joint_order, pair_order in zip(
            order, ranking.costs, heirs, joint, alike, strict=True
        )
    ]


def _sequence(
    reference: Reference,
    exact: Sequence[Removal],
    redundant: Sequence[Sequence[Removal]],
    across: bool,
    steps: Steps,
) -> tuple[Int64[np.ndarray, " step"], tuple[str, ...]]:
    """Which of the groups loses its next channel at every step, and how evenly that is, in words."""
    rows = rows_of_channels(reference)
    costs = [
        np.array([removal.cost for removal in removals]) / rows[number]
        for number, removals in zip(reference.prunable, redundant, strict=True)
    ]
    if not costs:
        return np.empty(0, np.int64), ()
    if not across or len(costs) == 1:
        return blended_path(costs, blend=0.0), ()
    seen = reference.part(stratified(reference.decisions, COMPARED_ON, reference.seed))

    def error(sizes: Int64[np.ndarray, " group"]) -> float:
        gone = [
            removal
            for removals, size in zip(redundant, sizes, strict=True)
            for removal in removals[: len(removals) + 1 - size]
        ]
        missed = rebuilt(seen, [*exact, *gone], on_part=steps.beat).logits - seen.logits
        missed -= missed.mean(axis=1, keepdims=True)
        steps.pass_one()
        return float(seen.weights @ (missed**2).sum(axis=1))

    sequence, blends = choose_path(costs, error)
    shares = ", ".join(f"{100 * share:.0f}" for share in LOOKED_AT)
    how = ", ".join(f"{100 * blend:.0f}" for blend in blends)
    return sequence, (
        f"shares of the layers, from equal (0 %) to by cost alone (100 %): {how} % where {shares} % of the "
        "channels are left",
    )


def channels_of(
    reference: Reference, units: Units, *, vanish: bool = False, by: str = "vanish=True"
) -> dict[int, Bool[np.ndarray, " channels"]]:
    """By group, which channels stand for some units of layers.

    With `vanish` a branch that is emptied at one of its layers goes with all of them; `by` says in a refusal
    what would let it go.

    Raises:
        UserError: no such layer or unit; a unit that cannot go; all units of a group.
    """
    homes = homes_of(reference)
    sizes = {layer.name: layer.units for layer in reference.layers}
    chosen: dict[int, np.ndarray] = {}
    for layer, numbers in checked_units(sizes, units).items():
        for unit in numbers:
            number = int(homes[layer].groups[unit])
            group = reference.groups[number]
            if number not in reference.prunable:
                raise UserError(f"unit {unit} of layer {layer!r} cannot go: it {why_locked(group)}")
            channels = chosen.setdefault(number, np.zeros(group.channels, bool))
            channels[homes[layer].channels[unit]] = True
    emptied = [number for number, channels in chosen.items() if channels.all()]
    for number in emptied:
        branch = branch_around(reference, number)
        if branch is None or not vanish:
            layers = () if branch is None else branch.layers
            raise would_vanish(reference.groups[number].sites, branch=layers, by=by)
        for other in branch.groups:
            chosen[other] = np.ones(reference.groups[other].channels, bool)
    _check_sums_stay(reference, emptied)
    return dict(sorted(chosen.items()))


def _check_sums_stay(reference: Reference, emptied: Sequence[int]) -> None:
    """Raises a UserError where both sides of a sum would go."""
    sides: dict[str, Branch] = {}
    for branch in {branch_around(reference, number) for number in emptied}:
        assert branch is not None
        other = sides.setdefault(branch.sum, branch)
        if other != branch:
            names = layers_named([*other.layers, *branch.layers])
            raise UserError(f"all units of {names} are to go, but one of them is the way around the other")


def _silent_in_part(reference: Reference, exact: Mapping[int, Sequence[Exact]]) -> list[str]:
    """Units that say the same of every sample, but are coupled with others that do not."""
    notes = []
    for number in reference.prunable:
        sliced = [one.channel for one in exact[number]]
        sites = reference.groups[number].sites
        for layer, units in sites.items() if len(sites) > 1 else ():
            rest = np.delete(units, sliced, axis=0).ravel()
            silent = rest[~reference.ranks()[layer][:, rest].any(axis=0)]
            if len(silent):
                others = " and ".join(other for other in sites if other != layer)
                notes.append(
                    f"{layer} · {', '.join(map(str, silent))} says the same of every sample, but is coupled "
                    f"with {others}, where that is not so: not sliced as dead or constant"
                )
    return notes


def _without_labels(reference: Reference, method: str) -> list[str]:
    if method != "taylor" or reference.y_train is not None:
        return []
    return ["there are no labels: Taylor took the network's own decisions for them"]
