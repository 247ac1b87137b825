"""Why a unit goes, in words with their numbers, as a table."""

import math
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import pandas as pd

from effdash import vocab
from effdash.numbers import scientific
from effdash.pruning.elimination import COST
from effdash.pruning.removal import Removal
from effdash.pruning.stages import Stage
from effdash.pruning.structure import Group

COLUMNS: Final = (
    "step",
    vocab.LAYER,
    vocab.UNIT,
    "stage",
    "reason",
    "heir",
    "joint_order",
    "pair_order",
    "cost",
)


ALONG: Final = "redundant: goes with its branch, as there is a way around"


def removals_table(
    removals: Sequence[Removal],
    groups: Sequence[Group],
    cost: str,
    along: Mapping[int, Sequence[tuple[str, int]]] = MappingProxyType({}),
) -> pd.DataFrame:
    """A row for each unit of a layer that goes; `cost` says what the costs of redundant ones are.

    `along`: by step, the units that go with a branch.
    """
    rows: list[dict[str, Any]] = []
    for step, removal in enumerate(removals, start=1):
        rows += _rows(step, removal, groups[removal.group], cost)
        rows += [
            {"step": step, vocab.LAYER: layer, vocab.UNIT: unit, "stage": str(removal.stage), "reason": ALONG}
            for layer, unit in along.get(step, ())
        ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    numbers = {"joint_order": float, "pair_order": float, "cost": float}
    return table.astype(numbers)


def _rows(step: int, removal: Removal, group: Group, cost: str) -> Iterator[dict[str, Any]]:
    for layer, units in group.sites.items():
        for place, unit in enumerate(units[removal.channel]):
            heir = None if removal.heir is None else unit_name(layer, int(units[removal.heir, place]))
            yield {
                "step": step,
                vocab.LAYER: layer,
                vocab.UNIT: int(unit),
                "stage": str(removal.stage),
                "reason": _reason(removal, heir, cost),
                "heir": heir,
                "joint_order": removal.joint_order,
                "pair_order": removal.pair_order,
                "cost": removal.cost,
            }


def unit_name(layer: str, unit: int) -> str:
    return f"{layer} · {unit}"


def _reason(removal: Removal, heir: str | None, cost: str) -> str:
    if removal.pinned:
        return f"{_why(removal, heir, COST)}; pinned as removed"
    return _why(removal, heir, cost)


def _why(removal: Removal, heir: str | None, cost: str) -> str:
    match removal.stage:
        case Stage.DEAD:
            return "exact: answers 0 to every train sample"
        case Stage.CONSTANT if heir is None:
            return "exact: answers the same to every train sample, which goes into the biases"
        case Stage.CONSTANT:
            return f"exact: answers the same to every train sample; merged into {heir}, which does as well"
        case Stage.TWIN:
            assert removal.factor is not None
            return f"exact: {scientific(removal.factor)} times {heir} on every train sample; merged into it"
        case Stage.REDUNDANT if heir is None:
            return (
                "redundant: the last of its branch, which goes with it, as there is a way around; "
                f"{cost} of the branch {scientific(removal.cost)}"
            )
        case Stage.REDUNDANT:
            assert removal.pair_order is not None
            return (
                f"redundant: {_joint(removal.joint_order)}heir {heir}, alike to "
                f"{_two_digits(removal.pair_order)}; {cost} {scientific(removal.cost)}"
            )


def _joint(joint_order: float | None) -> str:
    if joint_order is None:
        return ""
    if math.isnan(joint_order):
        return "too few samples to say whether the survivors tell its order; "
    return f"the survivors tell its order to {_two_digits(joint_order)}; "


def _two_digits(value: float) -> str:
    """A correlation as `.87` or `−.12`, not rounded to 1 unless it is."""
    digits = next(
        digits for digits in (2, 3, 4, 5) if value == 1 or digits == 5 or abs(round(value, digits)) < 1
    )
    text = f"{abs(value):.{digits}f}".removeprefix("0")
    return f"−{text}" if value < 0 and float(f"{value:.{digits}f}") != 0 else text
