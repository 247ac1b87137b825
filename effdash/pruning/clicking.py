"""One unit the other way about: what a person asks for with a click, and what that unit alone does."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from effdash.decision import Changes
from effdash.pruning.choice import Choice
from effdash.pruning.homes import homes_of
from effdash.pruning.narrowing import narrowed, rows_along
from effdash.pruning.outcome import Outcome, changes_of, outcome_of, steps_taken
from effdash.pruning.pins import coupled_with
from effdash.pruning.reference import Reference
from effdash.pruning.stages import Stage
from effdash.vocab import Split, UserError


@dataclass(frozen=True, eq=False)
class Alone:
    """What became of the decisions about each part, all against those of the original.

    `None` where there is no such network: the unit cannot go, or is the last of its layer.
    """

    goes: Mapping[Split, Changes] | None
    """The original without this unit, and those that are coupled with it, alone."""
    turned: Mapping[Split, Changes] | None
    """The pruned network with this unit back where it is gone, without it as well where it is kept."""


def clicked(reference: Reference, outcome: Outcome, layer: str, unit: int) -> Choice:
    """The choice after a click on a unit: what is kept is pinned as removed, what is removed as kept.

    A click on what is pinned leaves it to the plan again. The amount moves with it, so that no other unit
    comes or goes, but where one has to stay for its layer, or for what it inherits, or goes without a trace
    as this one stays.

    Raises:
        UserError: no such layer or unit; it cannot go; its layer would vanish.
    """
    coupled = coupled_with(reference, layer, unit)
    if coupled & (outcome.choice.kept | outcome.choice.removed):
        return _with_others(reference, outcome, _unpinned(outcome.choice, coupled), layer, unit)
    return turned(reference, outcome, layer, unit)


def turned(reference: Reference, outcome: Outcome, layer: str, unit: int) -> Choice:
    """The choice in which this unit is pinned the other way about, and all others stay as they are.

    Raises:
        UserError: as `clicked`.
    """
    coupled = coupled_with(reference, layer, unit)
    free = _unpinned(outcome.choice, coupled)
    choice = free.pinned(layer, unit, kept=bool(outcome.removed[layer][unit]))
    return _with_others(reference, outcome, choice, layer, unit)


def alone(reference: Reference, outcome: Outcome, layer: str, unit: int) -> Alone:
    """What one unit does to the decisions by itself: one rebuild each, remembered as outcomes are.

    Raises:
        UserError: no such layer or unit.
    """
    coupled_with(reference, layer, unit)
    choice = outcome.choice
    only = Choice(choice.method, choice.compensate, removed=frozenset({(layer, unit)}))
    try:
        goes = changes_of(reference, outcome_of(reference, outcome.plan, only))
    except UserError:
        goes = None
    try:
        other = turned(reference, outcome, layer, unit)
        back = changes_of(reference, outcome_of(reference, outcome.plan, other))
    except UserError:
        back = None
    return Alone(goes, back)


def _unpinned(choice: Choice, units: frozenset[tuple[str, int]]) -> Choice:
    return replace(choice, kept=choice.kept - units, removed=choice.removed - units)


def _with_others(reference: Reference, outcome: Outcome, choice: Choice, layer: str, unit: int) -> Choice:
    """The choice with the smallest amount with which all goes that does now, but for this unit.

    What goes without a trace now, and would not any more as its heir goes, comes back.
    """
    home = homes_of(reference)[layer]
    this = (int(home.groups[unit]), int(home.channels[unit]))
    before = narrowed(reference, outcome.plan, outcome.choice)
    along = narrowed(reference, outcome.plan, choice)
    goes = before.removals[: steps_taken(reference, before, outcome.choice)]
    stages = {(one.group, one.channel): one.stage for one in goes}
    steps = 0
    for step, one in enumerate(along.removals, start=1):
        stage = stages.get((one.group, one.channel))
        inherits_now = one.stage is Stage.REDUNDANT and stage is not Stage.REDUNDANT
        if one.pinned or ((one.group, one.channel) != this and stage is not None and not inherits_now):
            steps = step
    rows = rows_along(reference, along)[:steps]
    return replace(choice, amount=int(rows[-1]) if steps else 0)
