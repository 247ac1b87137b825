"""Why each unit goes or stays under a choice."""

from collections.abc import Iterator
from functools import partial
from typing import Final

import pandas as pd

from effdash.pruning.choice import Choice, UnitAddress
from effdash.pruning.narrowing import explained, narrowed
from effdash.pruning.outcome import Outcome, remembered_outcomes, steps_taken
from effdash.pruning.reasons import unit_name
from effdash.pruning.reference import Reference
from effdash.pruning.report import units_table_on
from effdash.pruning.structure import Group
from effdash.vocab import LAYER, UNIT

PIN: Final = "pin"


def why_table(reference: Reference, outcome: Outcome) -> pd.DataFrame:
    """One row a unit of every layer, as in a report, with `pin`: `kept`, `removed` or missing.

    Columns `layer`, `unit`, `kept`, `stage` (missing if kept), `reason`, `heir`, `joint_order`, `pair_order`,
    `cost`, `pin`. It is remembered, and a copy given.
    """
    make = reference.remembered("why", partial(_why_table, reference), remembered_outcomes(reference))
    return make(outcome).copy()


def _why_table(reference: Reference, outcome: Outcome) -> pd.DataFrame:
    path = explained(reference, outcome.path)
    table = units_table_on(reference, path, outcome.removals, dict(_stays(reference, outcome)))
    pins = [outcome.choice.pin(layer, unit) for layer, unit in zip(table[LAYER], table[UNIT], strict=True)]
    table[PIN] = pd.Series([None if pin is None else str(pin) for pin in pins], dtype=object)
    return table


def _stays(reference: Reference, outcome: Outcome) -> Iterator[tuple[UnitAddress, str]]:
    """Why units stay that the path does not name, or that came back."""
    choice = outcome.choice
    along = narrowed(reference, outcome.plan, choice)
    named = {(one.group, one.channel) for one in along.removals}
    goes = {(one.group, one.channel) for one in outcome.removals}
    taken = along.removals[: steps_taken(reference, along, choice)]
    came_back = {(one.group, one.channel) for one in taken} - goes
    for number in reference.prunable:
        group = reference.groups[number]
        keepers = _keepers(group, choice)
        locked = [layer for layer in group.sites if layer in choice.locked]
        for layer, channel, unit in _members(group):
            if (layer, unit) in choice.kept:
                yield (layer, unit), "kept: pinned as kept"
            elif channel in keepers:
                yield (layer, unit), f"kept: coupled with {keepers[channel]}, which is pinned as kept"
            elif layer in locked:
                yield (layer, unit), "kept: its layer is locked"
            elif locked:
                yield (layer, unit), f"kept: coupled with {locked[0]}, which is locked"
            elif (number, channel) not in named:
                yield (layer, unit), f"kept: the last that the plan leaves of layer {layer!r}"
            elif (number, channel) in came_back:
                yield (layer, unit), f"kept: makes the width of its layer a multiple of {choice.multiple}"


def _members(group: Group) -> Iterator[tuple[str, int, int]]:
    """Layer, channel and number of every unit."""
    for layer, units in group.sites.items():
        for channel, together in enumerate(units.tolist()):
            for unit in together:
                yield layer, channel, unit


def _keepers(group: Group, choice: Choice) -> dict[int, str]:
    """By channel, the first of its units that is pinned as kept."""
    keepers: dict[int, str] = {}
    for layer, channel, unit in _members(group):
        if (layer, unit) in choice.kept:
            keepers.setdefault(channel, unit_name(layer, unit))
    return keepers
