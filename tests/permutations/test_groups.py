"""Groups of units that were planted, and rows in which they stand together."""

import numpy as np
import pytest

from effdash.permutations import Grouping, GroupKind, group_units, groups, similarity_of


def grouped(z: np.ndarray, alike: float = 0.9) -> Grouping:
    """As a ReLU layer."""
    relu = np.maximum(z, 0)
    return group_units(z, relu, np.count_nonzero(z <= 0, axis=0), similarity_of(relu), alike)


def planted() -> np.ndarray:
    """0, 5 and 8 alike; 1 mirrors 6; 2 and 7 have the same side in other orders; 3 dead; 4, 9 alone."""
    generator = np.random.default_rng(0)
    z = generator.normal(size=(400, 10))
    z[:, 5] = 2 * z[:, 0]
    z[:, 8] = z[:, 0] ** 3
    z[:, 6] = -(z[:, 1] ** 3)
    z[:, 7] = np.sign(z[:, 2]) * generator.uniform(0.1, 1, 400)
    z[:, 3] = -1 - np.abs(z[:, 3])
    return z


def test_planted_groups_are_found():
    found = grouped(planted())
    by_kind = {group.kind: group for group in found.groups}
    assert len(found.groups) == 3
    assert set(by_kind[GroupKind.ALIKE].units) == {0, 5, 8}
    assert by_kind[GroupKind.ALIKE].similarity == 1
    assert by_kind[GroupKind.ALIKE].same_signature
    assert set(by_kind[GroupKind.MIRROR].units) == {1, 6}
    assert by_kind[GroupKind.MIRROR].similarity == -1
    assert not by_kind[GroupKind.MIRROR].same_signature
    assert set(by_kind[GroupKind.SAME_SIDE].units) == {2, 7}
    assert by_kind[GroupKind.SAME_SIDE].similarity < 0.9
    assert not by_kind[GroupKind.SAME_SIDE].same_signature
    assert set(found.alone) == {4, 9}
    assert found.silent == (3,)


def test_rows_are_all_units_with_groups_first_and_the_silent_last():
    found = grouped(planted())
    assert sorted(found.row_order) == list(range(10))
    start = 0
    for group in found.groups:
        assert found.row_order[start : start + len(group.units)] == group.units
        start += len(group.units)
    assert set(found.row_order[-3:-1]) == {4, 9}
    assert found.row_order[-1] == 3


def test_alike_is_the_average_over_a_cluster():
    z = np.random.default_rng(1).normal(size=(300, 1))
    noise = np.random.default_rng(2).normal(size=(300, 6))
    relu = np.maximum(z + 0.4 * noise, 0)
    similarity = similarity_of(relu)
    mean = similarity[np.triu_indices(6, 1)].mean()
    assert grouped(z + 0.4 * noise, alike=mean - 0.02).groups[0].units != ()
    assert set(grouped(z + 0.4 * noise, alike=mean - 0.1).groups[0].units) == set(range(6))
    assert all(len(group.units) < 6 for group in grouped(z + 0.4 * noise, alike=mean + 0.02).groups)


def test_at_least_one_asks_for_equal_signatures():
    z = planted()
    z[:, 9] = z[:, 4] + 1e-6 * np.arange(400)  # other signatures, but hardly
    z[:, 1] = np.exp(z[:, 4]) - 1
    found = grouped(z, alike=1.0)
    alike = [group for group in found.groups if group.kind is GroupKind.ALIKE]
    assert {frozenset(group.units) for group in alike} == {frozenset({0, 5, 8}), frozenset({1, 4})}
    assert all(group.same_signature for group in alike)


def test_rows_sorted_finely_and_coarsely_hold_the_same_groups(monkeypatch):
    fine = grouped(planted())
    monkeypatch.setattr(groups, "_MOST_SORTED_FINELY", 1)
    coarse = grouped(planted())
    kinds = [{(group.kind, frozenset(group.units)) for group in one.groups} for one in (fine, coarse)]
    assert kinds[0] == kinds[1]
    assert sorted(coarse.row_order) == list(range(10))


def test_neighbouring_rows_are_more_alike_than_by_chance():
    """Units along a circle of directions come in the order of the circle."""
    x = np.random.default_rng(3).normal(size=(500, 2))
    angles = np.random.default_rng(4).permutation(24) * (np.pi / 24)
    z = x @ np.stack([np.cos(angles), np.sin(angles)]) + 5
    rows = list(grouped(z, alike=0.9999).row_order)
    steps = np.abs(np.diff(angles[rows])) / (np.pi / 24)
    assert np.sort(steps)[:-1].max() == pytest.approx(1)  # all but the step over the circle's end


@pytest.mark.parametrize("n_units", [1, 2])
def test_few_or_silent_units(n_units):
    z = np.random.default_rng(5).normal(size=(30, n_units))
    assert sorted(grouped(z).row_order) == list(range(n_units))
    dead = grouped(-np.abs(z))
    assert (dead.groups, dead.alone, dead.silent) == ((), (), tuple(range(n_units)))


def test_units_above_the_cut_throughout_share_no_side():
    z = np.random.default_rng(6).uniform(1, 2, size=(200, 3))
    assert grouped(z).groups == ()
