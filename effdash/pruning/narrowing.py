"""A path as pins and locks leave it: what is to go in any case first, what is to stay never."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np
from jaxtyping import Bool, Int64

from effdash.pruning.branches import Branch
from effdash.pruning.candidates import Candidates
from effdash.pruning.choice import Choice
from effdash.pruning.elimination import Ranking, eliminate
from effdash.pruning.exact import exact_removals
from effdash.pruning.homes import rows_of_channels
from effdash.pruning.pins import Pins
from effdash.pruning.plan import Path, exact_first
from effdash.pruning.reference import Reference
from effdash.pruning.removal import Removal
from effdash.pruning.stages import Exact, Stage
from effdash.vocab import UserError

REMEMBERED: Final = 64
"""So many narrowed paths are kept."""


def narrowed(reference: Reference, path: Path, choice: Choice) -> Path:
    """A path of `plan_removals` with what is pinned as removed first, and without what is kept or locked.

    The other units go in the path's order, with its costs. What is exact stays so: an heir that is to go is
    handed over to those that it inherits from, and so is one that those outlive. Joint orders are left out
    where they differ from the path's; `explained` finds them.

    Raises:
        UserError: the path is another method's; and as `Pins.of`.
    """
    if path.method != choice.method:
        raise UserError(f"the choice is by {choice.method!r}, but the path by {path.method!r}")
    make = reference.remembered("narrowed", partial(_narrowed, reference), REMEMBERED)
    return make(path, choice.fixed)


def rows_along(reference: Reference, path: Path) -> Int64[np.ndarray, " step"]:
    """How many units of layers are gone after each step of a path, those counted that go with a branch."""
    rows, along = rows_of_channels(reference), path.along
    return np.cumsum(
        [rows[one.group] + len(along.get(step, ())) for step, one in enumerate(path.removals, start=1)],
        dtype=np.int64,
    )


def most(reference: Reference, path: Path, choice: Choice) -> int:
    """How many units of layers can go at most, with what the choice fixes.

    Raises:
        UserError: as `narrowed`.
    """
    return int(rows_along(reference, narrowed(reference, path, choice))[-1:].sum())


def _narrowed(reference: Reference, path: Path, fixed: Choice) -> Path:
    pins = Pins.of(reference, fixed)
    if not pins.goes and not pins.stays:
        return path
    path = _without_held_branches(reference, path, fixed)
    make = reference.remembered("parts", partial(_part, reference), REMEMBERED * len(reference.prunable))
    groups = [
        make(
            path,
            number,
            *(fixed[number].tobytes() if number in fixed else b"" for fixed in (pins.goes, pins.stays)),
        )
        for number in reference.prunable
    ]
    pinned = [removal for group in groups for removal in group.pinned]
    exact = [removal for group in groups for removal in group.exact]
    steps = sorted(step for group in groups for step in group.redundant.items())
    removals = (
        *sorted(pinned, key=_stage),
        *sorted(exact, key=_stage),
        *(removal for _, removal in steps),
    )
    return replace(path, removals=removals)


def _without_held_branches(reference: Reference, path: Path, fixed: Choice) -> Path:
    """The path on which no branch goes that holds a unit which is to stay."""
    stays = {layer for layer, _ in fixed.kept} | fixed.locked
    held = tuple(branch for branch in path.branches if stays & {*branch.layers})
    if not held:
        return path
    make = reference.remembered("held branches", _without, REMEMBERED)
    return make(path, held)


def _without(path: Path, held: tuple[Branch, ...]) -> Path:
    """The path without the last channels of groups with which these branches go; others inside still may."""
    branches = tuple(branch for branch in path.branches if branch not in held)
    last = {removal.group: place for place, removal in enumerate(path.removals)}
    emptied = Counter(removal.group for removal in path.removals)
    stay = {number for branch in held for number in branch.groups}
    stay -= {number for branch in branches for number in branch.groups}
    dropped = {last[number] for number in stay if emptied[number] == path.groups[number].channels}
    removals = tuple(one for place, one in enumerate(path.removals) if place not in dropped)
    return replace(path, removals=removals, branches=branches)


def _part(reference: Reference, path: Path, number: int, goes: bytes, stays: bytes) -> "_Part":
    """What is left of a group where these of its channels go, and these stay, as bytes; "" for none."""
    part = _Part.of(reference, path, number)
    if not goes and not stays:
        return part
    nothing = bytes(part.channels)
    return part.narrowed(*(np.frombuffer(fixed or nothing, bool) for fixed in (goes, stays)))


def _stage(removal: Removal) -> int:
    return list(Stage).index(removal.stage)


@dataclass(frozen=True, eq=False)
class _Part:
    """What a path says of one group: removals that are pinned, exact, and redundant by their place in it."""

    reference: Reference
    number: int
    pinned: list[Removal]
    exact: list[Removal]
    redundant: dict[int, Removal]

    @classmethod
    def of(cls, reference: Reference, path: Path, number: int) -> "_Part":
        own = {place: one for place, one in enumerate(path.removals) if one.group == number}
        exact = [one for one in own.values() if one.stage is not Stage.REDUNDANT]
        redundant = {place: one for place, one in own.items() if one.stage is Stage.REDUNDANT}
        return cls(reference, number, [], exact, redundant)

    @property
    def channels(self) -> int:
        return self.reference.groups[self.number].channels

    def narrowed(self, goes: Bool[np.ndarray, " channels"], stays: Bool[np.ndarray, " channels"]) -> "_Part":
        if stays.all():
            return _Part(self.reference, self.number, [], [], {})
        exact = self._exact(goes, stays)
        candidates = candidates_after(self.reference, self.number, exact)
        ranking = _by_hand(candidates, goes[candidates.channels])
        places = self._places(candidates, goes | stays)
        if len(ranking.order) + len(places) == len(candidates.channels):
            places.popitem()  # the last one of a group stays
        order = np.array([*ranking.order, *places.values()], np.int64)
        costs = [*ranking.costs, *(self.redundant[place].cost for place in places)]
        removals = [
            Removal(
                self.number,
                int(candidates.channels[unit]),
                Stage.REDUNDANT,
                cost=float(cost),
                heir=int(candidates.channels[heir]),
                pair_order=float(alike),
                pinned=bool(goes[candidates.channels[unit]]),
            )
            for unit, cost, heir, alike in zip(order, costs, *candidates.heirs(order), strict=True)
        ]
        first = exact_first({self.number: exact})
        by_hand = len(ranking.order)
        return _Part(
            self.reference,
            self.number,
            pinned=[
                *(replace(removal, pinned=True) for removal in first if goes[removal.channel]),
                *removals[:by_hand],
            ],
            exact=[removal for removal in first if not goes[removal.channel]],
            redundant=dict(zip(places, removals[by_hand:], strict=True)),
        )

    def _exact(
        self, goes: Bool[np.ndarray, " channels"], stays: Bool[np.ndarray, " channels"]
    ) -> list[Exact]:
        """What can go without a trace, so that nothing is handed to a channel that is to go."""
        found = exact_of(self.exact)
        if self._hands_over_anew(goes, stays):
            # In what says the same, what stays inherits from what may go, and that from what is to go.
            willing = np.where(stays, 0, np.where(goes, 2, 1)).astype(np.int64)
            found = exact_removals(self.reference, {self.number: willing})[self.number]
        found = [one for one in found if not stays[one.channel]]
        left = ~goes
        left[[one.channel for one in found]] = False
        if not left.any():
            found.remove(next(one for one in reversed(found) if not goes[one.channel]))
        return found

    def _hands_over_anew(
        self, goes: Bool[np.ndarray, " channels"], stays: Bool[np.ndarray, " channels"]
    ) -> bool:
        """Whether an heir is to go, or one that has an heir to stay, or the one that stays of nothing but
        dead and constant ones is to go."""
        inherits = [removal.heir for removal in self.exact if removal.heir is not None]
        has_heir = [removal.channel for removal in self.exact if removal.heir is not None]
        if goes[inherits].any() or stays[has_heir].any():
            return True
        last = np.ones(self.channels, bool)
        last[[removal.channel for removal in self.exact]] = False
        return not self.redundant and bool(goes[last].any())

    def _places(self, candidates: Candidates, fixed: Bool[np.ndarray, " channels"]) -> dict[int, int]:
        """By their place in the path, rising, where candidates that are not fixed are among all candidates.

        What was to hand itself over and now is a candidate takes the place of its heir.
        """
        place_of = {removal.channel: place for place, removal in self.redundant.items()}
        speaks_for = {removal.channel: removal.heir for removal in self.exact if removal.heir is not None}
        found = {}
        for at, channel in enumerate(candidates.channels.tolist()):
            place = place_of.get(speaks_for.get(channel, channel))
            if place is not None and not fixed[channel]:
                found[place] = at
        return dict(sorted(found.items()))


def _by_hand(candidates: Candidates, goes: Bool[np.ndarray, " left"]) -> Ranking:
    """In which order those go that are to go in any case, and what that costs the margins."""
    if not goes.any():
        return Ranking(np.empty(0, np.int64), np.empty(0))
    return eliminate(candidates.intakes, candidates.similarity, may_go=goes)


def exact_of(removals: Sequence[Removal]) -> list[Exact]:
    """The exact removals of one group, as the stages give them."""
    return [
        Exact(removal.channel, removal.stage, removal.heir, removal.factor)
        for removal in removals
        if removal.stage is not Stage.REDUNDANT
    ]


def candidates_after(reference: Reference, number: int, exact: Sequence[Exact]) -> Candidates:
    """`Candidates.after`, remembered, as what they tell of a group costs more than all else here."""
    of_group = partial(Candidates.after, reference)
    make = reference.remembered("candidates", of_group, 2 * len(reference.prunable))
    return make(number, tuple(sorted(exact, key=lambda one: one.channel)))


def explained(reference: Reference, path: Path) -> Path:
    """The path with all joint orders in it."""
    if all(
        removal.joint_order is not None or removal.stage is not Stage.REDUNDANT for removal in path.removals
    ):
        return path
    return reference.remembered("explained", partial(_explained, reference), REMEMBERED)(path)


def _explained(reference: Reference, path: Path) -> Path:
    removals = [*path.removals]
    for number in reference.prunable:
        own = {place: one for place, one in enumerate(path.removals) if one.group == number}
        redundant = {place: one for place, one in own.items() if one.stage is Stage.REDUNDANT}
        if all(removal.joint_order is not None for removal in redundant.values()):
            continue
        candidates = candidates_after(reference, number, exact_of([*own.values()]))
        gone = [removal.channel for removal in redundant.values()]
        joint_orders = candidates.joint_orders(np.searchsorted(candidates.channels, gone))
        for place, joint_order in zip(redundant, joint_orders, strict=True):
            removals[place] = replace(removals[place], joint_order=float(joint_order))
    return replace(path, removals=tuple(removals))
