"""Joint order against a regression solved anew without each sample, and against itself in its fast forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effdash.permutations import (
    find_partners,
    joint,
    joint_order,
    joint_orders,
    joint_orders_along,
    order_ranks,
)
from effdash.vocab import UserError
from tests.permutations.tied import tied_values


def left_out_one_by_one(values: np.ndarray, unit: int, others: list[int]) -> float:
    """The definition: n regressions with an intercept, each predicting the sample it has not seen."""
    ranks = order_ranks(values)
    y, X = ranks[:, unit], ranks[:, others]
    missed = missed_by_mean = 0.0
    for i in range(len(y)):
        rest = np.arange(len(y)) != i
        means = X[rest].mean(axis=0)
        centred, target = X[rest] - means, y[rest] - y[rest].mean()
        gram = centred.T @ centred + joint.RIDGE * np.eye(len(others))
        weights = np.linalg.solve(gram, centred.T @ target)
        missed += (y[i] - y[rest].mean() - (X[i] - means) @ weights) ** 2
        missed_by_mean += (y[i] - y[rest].mean()) ** 2
    return float(np.sqrt(max(0, 1 - missed / missed_by_mean)))


def expected(values: np.ndarray, unit: int, others: list[int]) -> float:
    varies = np.ptp(values, axis=0) > 0
    if not varies[unit]:
        return 0.0
    if len(values) < 2 * sum(varies[others]):
        return float("nan")
    return left_out_one_by_one(values, unit, others)


@given(tied_values(samples=(2, 20)))
@settings(derandomize=True, deadline=None, max_examples=60)
def test_joint_order_is_leave_one_out_regression(values):
    for unit in range(values.shape[1]):
        others = [other for other in range(values.shape[1]) if other != unit]
        found = joint_order(values, unit, others)
        assert found == pytest.approx(expected(values, unit, others), abs=2e-4, nan_ok=True)


def related(n_samples: int = 60, n_units: int = 12, seed: int = 0) -> np.ndarray:
    """Units told by each other, among them a dead one, a twin and one that speaks of one sample only."""
    generator = np.random.default_rng(seed)
    z = generator.normal(size=(n_samples, 5)) @ generator.normal(size=(5, n_units))
    z += 0.3 * generator.normal(size=z.shape)
    values = np.maximum(z, 0)
    values[:, 2] = 0
    values[:, 4] = 3 * values[:, 3]
    values[:, 5] = np.arange(n_samples) == 7
    return values


def test_all_units_at_once_agree_with_one_at_a_time():
    values = related()
    for kept in (range(12), [0, 1, 2, 3, 6, 9], [5, 7], [2], []):
        found = joint_orders(order_ranks(values), list(kept))
        for unit in range(12):
            others = [other for other in kept if other != unit]
            assert found[unit] == pytest.approx(left_out_or_none(values, unit, others), abs=1e-6)


def left_out_or_none(values: np.ndarray, unit: int, others: list[int]) -> float:
    return expected(values, unit, others) if others else 0.0


def test_all_units_are_told_by_all_others_unless_said():
    ranks = order_ranks(related())
    assert np.array_equal(joint_orders(ranks), joint_orders(ranks, range(12)))


@pytest.mark.parametrize("removed", [list(range(12)), [4, 2, 9, 5], [0], []])
def test_a_path_of_removals_agrees_with_each_step_alone(removed):
    values = related()
    found = joint_orders_along(order_ranks(values), removed)
    assert len(found) == len(removed)
    for step, unit in enumerate(removed):
        left = [other for other in range(12) if other not in removed[: step + 1]]
        assert found[step] == pytest.approx(left_out_or_none(values, unit, left), abs=1e-6)


def test_chunks_of_samples_do_not_show(monkeypatch):
    ranks = order_ranks(related())
    whole = joint_orders(ranks, [0, 1, 3, 5, 8]), joint_orders_along(ranks, [1, 2, 3, 4])
    monkeypatch.setattr(joint, "_CHUNK_VALUES", 40)
    np.testing.assert_allclose(joint_orders(ranks, [0, 1, 3, 5, 8]), whole[0], atol=1e-12)
    np.testing.assert_allclose(joint_orders_along(ranks, [1, 2, 3, 4]), whole[1], atol=1e-12)


def test_a_twin_tells_all_and_a_unit_without_partners_nothing():
    values = related()
    assert joint_order(values, 4, [3]) == pytest.approx(1, abs=1e-9)
    assert joint_order(values, 4, []) == 0
    assert joint_order(values, 2, [3, 4]) == 0
    noise = np.random.default_rng(3).normal(size=(500, 2))
    assert joint_order(noise, 0, [1]) < 0.1


def test_below_two_samples_a_survivor_it_is_not_determined():
    values = np.random.default_rng(4).normal(size=(9, 7))
    assert not np.isnan(joint_order(values, 0, [1, 2, 3, 4]))
    assert np.isnan(joint_order(values, 0, [1, 2, 3, 4, 5]))
    values[:, 5] = 1  # tells nothing, so it does not count
    assert not np.isnan(joint_order(values, 0, [1, 2, 3, 4, 5]))
    assert np.isnan(joint_orders(order_ranks(values))).tolist() == [True] * 5 + [False, True]
    one_more = np.concatenate([values, values[:1] + 0.1 * (np.arange(7) != 5)])
    assert not np.isnan(joint_orders(order_ranks(one_more))).any()
    path = joint_orders_along(order_ranks(values), [6, 0, 5, 1])
    assert np.isnan(path).tolist() == [True, False, False, False]


def test_ranks_alone_count():
    values = related()
    bent = np.where(values > 0, np.exp(values), 0)
    assert np.array_equal(joint_orders(order_ranks(values)), joint_orders(order_ranks(bent)))


def test_a_unit_cannot_tell_itself():
    with pytest.raises(UserError, match="unit 1 is among the others that should tell its order"):
        joint_order(related(), 1, [0, 1])


# ---------------------------------------------------------------------- partners


def test_partners_are_those_a_unit_was_made_of():
    z = np.random.default_rng(5).normal(size=(400, 20))
    z[:, 0] = z[:, 3] - 0.6 * z[:, 11] + 0.1 * z[:, 7]
    partners = find_partners(order_ranks(z), 0, range(20), most=3)
    assert partners["unit"].tolist() == [3, 11, 7]
    assert np.sign(partners["weight"]).tolist() == [1, -1, 1]
    assert partners["joint_order"].is_monotonic_increasing
    assert partners["joint_order"].iloc[-1] > 0.97


@given(st.integers(0, 1000))
@settings(derandomize=True, deadline=None, max_examples=20)
def test_each_partner_leaves_least_open(seed):
    """Against solving anew with every candidate."""
    ranks = order_ranks(related(seed=seed))
    partners = find_partners(ranks, 0, range(12), most=4)["unit"].tolist()
    for count, partner in enumerate(partners):
        left = {unit: unexplained(ranks, 0, [*partners[:count], unit]) for unit in range(1, 12)}
        assert left[partner] == pytest.approx(min(left.values()), abs=1e-9)


def unexplained(ranks: np.ndarray, unit: int, others: list[int]) -> float:
    gram = ranks[:, others].T @ ranks[:, others] + joint.RIDGE * np.eye(len(others))
    products = ranks[:, others].T @ ranks[:, unit]
    return float(1 - products @ np.linalg.solve(gram, products))


def test_joint_order_and_weights_of_partners_are_those_of_the_set():
    values = related()
    ranks = order_ranks(values)
    partners = find_partners(ranks, 0, range(12), most=4)
    units = partners["unit"].tolist()
    for count, found in enumerate(partners["joint_order"], start=1):
        assert found == pytest.approx(joint_order(values, 0, units[:count]), abs=1e-12)
    weights = np.linalg.lstsq(ranks[:, units], ranks[:, 0], rcond=None)[0]
    np.testing.assert_allclose(partners["weight"], weights, atol=1e-4)


def test_a_unit_that_never_varies_has_no_partners():
    ranks = order_ranks(related())
    assert find_partners(ranks, 2, range(12)).empty
    assert find_partners(ranks, 0, [2]).empty
    assert find_partners(ranks, 0, []).empty
    assert find_partners(ranks, 3, [4, 4])["unit"].tolist() == [4]
