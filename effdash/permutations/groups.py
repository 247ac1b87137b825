"""Units that belong together, and the order of rows in which that shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from jaxtyping import Float, Float64, Int
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

from effdash.permutations.orders import first_equals, members, partitions, signatures
from effdash.permutations.ranks import similarity_of

ALIKE: Final = 0.9
"""Order similarity from which on units are called alike, and to minus which they are mirrored."""

_MOST_SORTED_FINELY: Final = 512


class GroupKind(StrEnum):
    """Why units are in a group."""

    ALIKE = "alike"
    MIRROR = "mirror"
    SAME_SIDE = "same side, other order"


@dataclass(frozen=True)
class UnitGroup:
    """Units that belong together, in the order of their rows."""

    kind: GroupKind
    units: tuple[int, ...]
    similarity: float
    """The smallest order similarity of two of them; for a mirror pair that of their responses."""
    same_signature: bool
    """Whether all tell exactly the same: the same samples above the cut, in the same order."""


@dataclass(frozen=True, eq=False)
class Grouping:
    """The units of a layer: in groups, alone, or silent, as they tell all samples the same."""

    groups: tuple[UnitGroup, ...]
    alone: tuple[int, ...]
    silent: tuple[int, ...]

    @property
    def row_order(self) -> tuple[int, ...]:
        """All units: groups first, similar ones side by side; then those alone, then the silent."""
        grouped = [unit for group in self.groups for unit in group.units]
        return (*grouped, *self.alone, *self.silent)


def group_units(
    values: Float[np.ndarray, "sample unit"],
    told: Float[np.ndarray, "sample unit"],
    erased: Int[np.ndarray, " unit"],
    similarity: Float64[np.ndarray, "unit unit"],
    alike: float = ALIKE,
) -> Grouping:
    """Groups of a layer's units; each unit is in one at most, of the first kind that fits.

    *Alike*: clusters by average linkage whose order similarity is `alike` or more on average. *Mirror*: pairs
    with a similarity of responses of `-alike` or less, the strongest first. *Same side*: the same set of
    samples above 0, some but not all of them.

    `values` are the responses, `told` phi of them, `erased` how many samples' order a unit erases, and
    `similarity` is `similarity_of(told)`.
    """
    varies = np.any(told != told[:1], axis=0)
    silent = np.flatnonzero(~varies)
    rows, clusters = _linked(similarity, np.flatnonzero(varies), alike)
    place = {unit: row for row, unit in enumerate(rows)}
    equal = first_equals(signatures(told, erased))

    def group(kind: GroupKind, units: Sequence[int], likeness: Float64[np.ndarray, "unit unit"]) -> UnitGroup:
        ordered = tuple(sorted(units, key=place.__getitem__))
        pairs = likeness[np.triu_indices(len(units), 1)]
        return UnitGroup(kind, ordered, float(pairs.min()), len(set(equal[list(units)])) == 1)

    groups = [group(GroupKind.ALIKE, units, similarity[np.ix_(units, units)]) for units in clusters]
    rest = _without(rows, groups)
    for pair, likeness in _mirrors(values, rest, -alike):
        groups.append(group(GroupKind.MIRROR, pair, likeness))
    rest = _without(rest, groups)
    for units in _same_side(values, rest):
        groups.append(group(GroupKind.SAME_SIDE, units, similarity[np.ix_(units, units)]))
    rest = _without(rest, groups)
    groups.sort(key=lambda group: place[group.units[0]])
    return Grouping(tuple(groups), tuple(rest), tuple(silent.tolist()))


def _linked(
    similarity: Float64[np.ndarray, "unit unit"], units: Int[np.ndarray, " some"], alike: float
) -> tuple[list[int], list[list[int]]]:
    """The units with similar ones side by side, and the clusters of two and more."""
    if len(units) < 2:
        return units.tolist(), []
    distance = squareform(1 - similarity[np.ix_(units, units)], checks=False)
    tree = hierarchy.linkage(distance, method="average")
    if len(units) <= _MOST_SORTED_FINELY:
        tree = hierarchy.optimal_leaf_ordering(tree, distance)
    rows = units[hierarchy.leaves_list(tree)].tolist()
    # Rounding in the averages must not part units that are exactly alike.
    labels = hierarchy.fcluster(tree, 1 - alike + 1e-12, criterion="distance")
    return rows, [units[cluster].tolist() for cluster in members(labels)]


def _without(units: Sequence[int], groups: Sequence[UnitGroup]) -> list[int]:
    taken = {unit for group in groups for unit in group.units}
    return [unit for unit in units if unit not in taken]


def _mirrors(
    values: Float[np.ndarray, "sample unit"], units: list[int], at_most: float
) -> list[tuple[list[int], Float64[np.ndarray, "2 2"]]]:
    """Pairs of opposite order, the strongest first, no unit twice."""
    similarity = similarity_of(values[:, units])
    first, second = np.nonzero(np.triu(similarity <= at_most, 1))
    pairs = []
    free = set(range(len(units)))
    for i in np.argsort(similarity[first, second], kind="stable"):
        pair = [int(first[i]), int(second[i])]
        if free.issuperset(pair):
            free.difference_update(pair)
            pairs.append(([units[unit] for unit in pair], similarity[np.ix_(pair, pair)]))
    return pairs


def _same_side(values: Float[np.ndarray, "sample unit"], units: list[int]) -> list[list[int]]:
    above = np.count_nonzero(values > 0, axis=0)
    with_sides = [unit for unit in units if 0 < above[unit] < len(values)]
    same = members(first_equals(partitions(values[:, with_sides])))
    return [[with_sides[unit] for unit in together] for together in same]
