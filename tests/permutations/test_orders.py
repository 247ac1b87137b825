"""Orders, cuts, signatures, and who shares them."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from effdash.permutations import first_equals, orders, orders_of, partitions, signatures
from tests.permutations.tied import tied_values

Z = np.array([[-1.0, 2.0, 0.0], [3.0, 1.0, 0.0], [0.0, 2.0, -1.0], [2.0, 5.0, -4.0]])


def test_orders_and_cuts_of_a_known_layer():
    found, cut = orders_of(Z)
    assert np.array_equal(found, [[0, 2, 3, 1], [1, 0, 2, 3], [3, 2, 0, 1]])
    assert np.array_equal(cut, [2, 0, 4])


def test_signatures_of_a_known_layer():
    relu = np.maximum(Z, 0)
    assert [s.tolist() for s in signatures(relu, np.array([2, 0, 4]))] == [[3, 1], [1, 0, 2, 3], []]


@given(st.lists(st.lists(st.integers(0, 2), max_size=3), max_size=30))
@settings(derandomize=True, deadline=None)
def test_first_equals_are_those_that_comparing_all_finds(lists):
    sequences = [np.array(numbers, dtype=np.int32) for numbers in lists]
    assert first_equals(sequences).tolist() == [lists.index(numbers) for numbers in lists]


def test_hashes_that_meet_by_chance_are_compared(monkeypatch):
    monkeypatch.setattr(orders, "hash", lambda data: 0, raising=False)
    sequences = [np.array(s) for s in ([1, 2], [2, 1], [1, 2], [2, 1], [3])]
    assert first_equals(sequences).tolist() == [0, 1, 0, 1, 4]


@given(tied_values())
@settings(derandomize=True, deadline=None)
def test_equal_signatures_against_every_pair(values):
    relu = np.maximum(values, 0)
    cut = orders_of(values).cut
    firsts = first_equals(signatures(relu, cut))
    for unit in range(values.shape[1]):
        mine = [s for s in np.argsort(values[:, unit], kind="stable") if values[s, unit] > 0]
        for other in range(values.shape[1]):
            others = [s for s in np.argsort(values[:, other], kind="stable") if values[s, other] > 0]
            assert (firsts[unit] == firsts[other]) == (mine == others)


@given(tied_values(samples=(2, 20)))
@settings(derandomize=True, deadline=None)
def test_equal_partitions_against_every_pair(values):
    firsts = first_equals(partitions(values))
    for unit in range(values.shape[1]):
        for other in range(values.shape[1]):
            same = np.array_equal(values[:, unit] > 0, values[:, other] > 0)
            assert (firsts[unit] == firsts[other]) == same


@given(tied_values(), st.randoms(use_true_random=False))
@settings(derandomize=True, deadline=None)
def test_renamed_samples_are_renamed_in_the_orders(values, random):
    values = values + np.linspace(0, 0.5, len(values))[:, None]  # no ties: those go by the sample's number
    names = list(range(len(values)))
    random.shuffle(names)
    renamed = np.empty_like(values)
    renamed[names] = values
    before, after = orders_of(values), orders_of(renamed)
    assert np.array_equal(np.array(names)[before.orders], after.orders)
    assert np.array_equal(before.cut, after.cut)
