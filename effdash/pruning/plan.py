"""Which units go, in which order, and why: one nested path from the whole network down to a unit a group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from jaxtyping import Bool, Int64

from effdash.pruning.allocation import LOOKED_AT, blended_path, choose_path
from effdash.pruning.asked import Units, checked_units, would_vanish
from effdash.pruning.candidates import Candidates
from effdash.pruning.criteria import CRITERIA, METHODS
from effdash.pruning.elimination import Ranking, eliminate
from effdash.pruning.exact import exact_removals
from effdash.pruning.reasons import removals_table
from effdash.pruning.rebuilding import rebuilt
from effdash.pruning.reference import Reference, why_locked
from effdash.pruning.removal import Removal
from effdash.pruning.stages import Exact, Stage
from effdash.pruning.structure import Group
from effdash.training.probe import stratified
from effdash.vocab import UserError

__all__ = ["METHODS", "Path", "Removal", "Stage", "plan_removals", "removals_of"]

COMPARED_ON: Final = 1_024
"""So many samples, at most, tell which shares of the groups are the best."""


@dataclass(frozen=True, eq=False)
class Path:
    """Removals one after the other; what stays after any number of them is a network.

    The first `exact` leave the outputs on the pruning data as they are.
    """

    method: str
    removals: tuple[Removal, ...]
    groups: tuple[Group, ...]
    notes: tuple[str, ...]

    @property
    def exact(self) -> int:
        return sum(removal.stage is not Stage.REDUNDANT for removal in self.removals)

    def table(self) -> pd.DataFrame:
        """A row for each unit of a layer, and why it goes; units that are coupled share a step.

        `step` (from 1), `layer`, `unit`, `stage`, `reason`, `heir`, `joint_order`, `pair_order`, `cost`.
        """
        return removals_table(self.removals, self.groups, CRITERIA[self.method].cost)


def plan_removals(reference: Reference, method: str = "margin") -> Path:
    """Every unit that can go, in the order in which it should: first what goes without a trace.

    One unit of each group stays, as a layer would vanish otherwise.

    Raises:
        UserError: there is no such method.
    """
    if method not in CRITERIA:
        raise UserError(f"method {method!r} is unknown; known are {', '.join(METHODS)}")
    criterion = CRITERIA[method]
    exact = exact_removals(reference)
    candidates = [Candidates.after(reference, number, exact[number]) for number in reference.prunable]
    redundant = [_redundant(one, criterion.rank(one)) for one in candidates]
    without_a_trace = _without_a_trace(exact)
    sequence, how = _sequence(reference, without_a_trace, redundant, criterion.across)
    next_ones = [iter(removals) for removals in redundant]
    removals = (*without_a_trace, *(next(next_ones[place]) for place in sequence))
    notes = (
        *reference.notes,
        *_silent_in_part(reference, exact),
        *_without_labels(reference, method),
        *how,
    )
    return Path(method, removals, tuple(reference.groups), notes)


def removals_of(reference: Reference, units: Units) -> Path:
    """The removal of these units of layers, and of those that are coupled with them, each with its stage.

    What goes without a trace comes first, then what costs the margins least.

    Raises:
        UserError: no such layer or unit; a unit that cannot go; all units of a group.
    """
    chosen = _chosen(reference, units)
    exact = exact_removals(reference, chosen)
    removals = _without_a_trace(exact)
    for number, may_go in chosen.items():
        candidates = Candidates.after(reference, number, exact[number])
        ranking = eliminate(candidates.intakes, candidates.similarity, may_go=may_go[candidates.channels])
        removals += _redundant(candidates, ranking)
    return Path("margin", tuple(removals), tuple(reference.groups), reference.notes)


def _without_a_trace(exact: Mapping[int, Sequence[Exact]]) -> list[Removal]:
    """The exact stages, one after the other."""
    removals = [
        Removal(number, one.channel, one.stage, heir=one.heir, factor=one.factor)
        for number, channels in exact.items()
        for one in channels
    ]
    return sorted(removals, key=lambda removal: list(Stage).index(removal.stage))


def _redundant(candidates: Candidates, ranking: Ranking) -> list[Removal]:
    """The removals of a group, each with the survivor most alike and what all of them tell of it."""
    order = ranking.order
    goes_at = np.full(len(candidates.channels), len(order))
    goes_at[order] = np.arange(len(order))
    alike = np.where(goes_at > np.arange(len(order))[:, None], candidates.similarity[order], -np.inf)
    heirs = alike.argmax(axis=1)
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
            order, ranking.costs, heirs, joint, alike.max(axis=1, initial=-np.inf), strict=True
        )
    ]


def _sequence(
    reference: Reference, exact: Sequence[Removal], redundant: Sequence[Sequence[Removal]], across: bool
) -> tuple[Int64[np.ndarray, " step"], tuple[str, ...]]:
    """Which of the groups loses its next channel at every step, and how evenly that is, in words."""
    costs = [
        np.array([removal.cost for removal in removals]) / _rows_a_channel(reference.groups[number])
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
        missed = rebuilt(seen, [*exact, *gone]).logits - seen.logits
        missed -= missed.mean(axis=1, keepdims=True)
        return float(seen.weights @ (missed**2).sum(axis=1))

    sequence, blends = choose_path(costs, error)
    shares = ", ".join(f"{100 * share:.0f}" for share in LOOKED_AT)
    how = ", ".join(f"{100 * blend:.0f}" for blend in blends)
    return sequence, (
        f"shares of the layers, from equal (0 %) to by cost alone (100 %): {how} % where {shares} % of the "
        "channels are left",
    )


def _rows_a_channel(group: Group) -> int:
    """How many units of layers go with a channel: what is got for its cost."""
    return sum(units.shape[1] for units in group.sites.values())


def _chosen(reference: Reference, units: Units) -> dict[int, Bool[np.ndarray, " channels"]]:
    """By group, which channels stand for some units of layers."""
    homes = {
        (layer, int(unit)): (number, channel)
        for number, group in enumerate(reference.groups)
        for layer, of_layer in group.sites.items()
        for channel, together in enumerate(of_layer)
        for unit in together
    }
    sizes = {layer.name: layer.units for layer in reference.layers}
    chosen: dict[int, np.ndarray] = {}
    for layer, numbers in checked_units(sizes, units).items():
        for unit in numbers:
            number, channel = homes[layer, unit]
            group = reference.groups[number]
            if number not in reference.prunable:
                raise UserError(f"unit {unit} of layer {layer!r} cannot go: it {why_locked(group)}")
            chosen.setdefault(number, np.zeros(group.channels, bool))[channel] = True
    for number, channels in chosen.items():
        if channels.all():
            raise would_vanish(reference.groups[number].sites)
    return dict(sorted(chosen.items()))


def _silent_in_part(reference: Reference, exact: Mapping[int, Sequence[Exact]]) -> list[str]:
    """Units that say the same of every sample, but are coupled with others that do not."""
    notes = []
    for number in reference.prunable:
        sliced = [one.channel for one in exact[number]]
        sites = reference.groups[number].sites
        for layer, units in sites.items() if len(sites) > 1 else ():
            rest = np.delete(units, sliced, axis=0).ravel()
            silent = rest[~reference.ranks[layer][:, rest].any(axis=0)]
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
