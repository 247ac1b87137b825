"""Two units face to face, against scipy and against counting every pair."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from scipy import stats

from effdash.permutations import PairOrder, compare_orders
from tests.permutations.tied import tied_values


@given(tied_values(samples=(1, 40), units=(2, 2)))
@settings(derandomize=True, deadline=None)
def test_pairs_are_those_that_counting_finds(values):
    first, second = values.T
    pair = compare_orders(first, second)
    signs = [
        np.sign(first[i] - first[j]) * np.sign(second[i] - second[j])
        for i, j in itertools.combinations(range(len(values)), 2)
    ]
    assert pair.swapped == signs.count(-1)
    assert pair.compared == signs.count(-1) + signs.count(1)
    if np.ptp(first) > 0 and np.ptp(second) > 0:
        assert pair.kendall == pytest.approx(stats.kendalltau(first, second).statistic, abs=1e-12)
        assert pair.spearman == pytest.approx(stats.spearmanr(first, second).statistic, abs=1e-12)
    else:
        assert (pair.kendall, pair.spearman) == (0, 0)


def test_a_known_pair():
    pair = compare_orders(np.array([1.0, 2, 3, 4]), np.array([1.0, 3, 2, 4]))
    assert pair == PairOrder(spearman=0.8, kendall=pair.kendall, swapped=1, compared=6)
    assert pair.kendall == pytest.approx(4 / 6)


def test_many_samples_are_counted_exactly():
    n = 20_000
    z = np.arange(n, dtype=np.float32)
    moved = np.roll(z, 7)  # the 7 highest come first: each is swapped with all that are not among them
    assert compare_orders(z, moved).swapped == 7 * (n - 7)
