"""Ranks and order similarity against scipy, and what may not change them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from effdash.permutations import order_ranks, ranks, similarity_of
from effdash.vocab import UserError
from tests.permutations.tied import tied_values


@given(tied_values())
@settings(derandomize=True, deadline=None)
def test_similarity_is_spearman_with_ties(values):
    similarity = similarity_of(values)
    varies = np.ptp(values, axis=0) > 0
    for i, j in np.ndindex(similarity.shape):
        if i == j:
            assert similarity[i, j] == 1
        elif varies[i] and varies[j]:
            expected = stats.spearmanr(values[:, i], values[:, j]).statistic
            assert similarity[i, j] == pytest.approx(expected, abs=1e-12)
        else:
            assert similarity[i, j] == 0


@given(tied_values(), st.sampled_from([np.float32, np.float64]))
@settings(derandomize=True, deadline=None)
def test_ranks_are_the_average_ones_centred_and_of_length_one(values, dtype):
    expected = stats.rankdata(values, axis=0) - (len(values) + 1) / 2
    lengths = np.linalg.norm(expected, axis=0)
    expected = expected / np.where(lengths == 0, 1, lengths)
    np.testing.assert_allclose(order_ranks(values.astype(dtype)), expected, atol=1e-15)


def test_the_same_order_is_exactly_one_and_its_reverse_exactly_minus_one():
    z = np.random.default_rng(0).normal(size=3000)
    same = np.stack([z, np.exp(z), -(z**3)], axis=1)
    assert np.array_equal(similarity_of(same), [[1, 1, -1], [1, 1, -1], [-1, -1, 1]])


@given(tied_values(), st.floats(1e-3, 1e3))
@settings(derandomize=True, deadline=None)
def test_scaling_and_bending_above_the_cut_change_nothing(values, scale):
    sent = np.maximum(values, 0)
    bent = np.where(sent > 0, sent**3 + 1, 0)
    assert np.array_equal(similarity_of(sent), similarity_of(scale * sent))
    assert np.array_equal(similarity_of(sent), similarity_of(bent))


def test_what_a_relu_erases_does_not_count():
    z = np.array([[-3.0, -1.0], [-1.0, -2.0], [-2.0, -9.0], [1.0, 5.0], [2.0, 6.0]])
    assert similarity_of(z)[0, 1] < 1
    assert similarity_of(np.maximum(z, 0))[0, 1] == 1


def test_zero_and_minus_zero_tie():
    values = np.array([[0.0, 1.0], [-0.0, 1.0], [1.0, 2.0]])
    assert similarity_of(values)[0, 1] == 1


def test_the_order_of_the_samples_does_not_matter():
    generator = np.random.default_rng(1)
    values = generator.integers(0, 9, (50, 7)).astype(np.float32)
    shuffled = values[generator.permutation(50)]
    assert np.array_equal(similarity_of(values), similarity_of(shuffled))


def test_chunks_do_not_show(monkeypatch):
    values = np.random.default_rng(2).integers(0, 9, (50, 7)).astype(np.float32)
    whole = order_ranks(values)
    monkeypatch.setattr(ranks, "_CHUNK_VALUES", 100)
    assert np.array_equal(order_ranks(values), whole)


def test_one_sample_has_no_order():
    values = np.array([[1.0, 2.0]])
    assert np.array_equal(order_ranks(values), [[0, 0]])
    assert np.array_equal(similarity_of(values), np.eye(2))


def test_bad_values_are_refused(monkeypatch):
    monkeypatch.setattr(ranks, "_CHUNK_VALUES", 6)
    values = np.zeros((3, 5))
    values[1, 3] = np.nan
    with pytest.raises(UserError, match="unit 3 has values that are nan; they have no order"):
        similarity_of(values)
    with pytest.raises(UserError, match="there are no samples to order; at least one is needed"):
        order_ranks(np.zeros((0, 2)))
