"""Backward elimination against refitting, against recomputation, and on units whose order is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effdash.pruning.elimination import NEARLY_CHEAPEST, STEPS_AT_ONCE, Intake, Ranking, eliminate


class Consumer:
    """A random linear consumer of correlated units, with everything an intake is made of."""

    def __init__(self, seed: int, units: int, k: int = 1, samples: int = 60, outputs: int = 4) -> None:
        draw = np.random.default_rng(seed)
        self.k = k
        mixing = draw.normal(size=(units * k, units * k)) + np.eye(units * k)
        self.h = draw.normal(size=(samples, units * k)) @ mixing + draw.normal(size=units * k)
        self.W = draw.normal(size=(units * k, outputs))
        self.w = draw.uniform(0.1, 1, size=samples)
        self.w /= self.w.sum()
        half = draw.normal(size=(outputs, outputs))
        self.M = half @ half.T

    def intake(self) -> Intake:
        centred = self.h - self.w @ self.h
        gram = (centred * self.w[:, None]).T @ centred
        shape = (len(gram) // self.k, self.k, len(gram) // self.k, self.k)
        return Intake(gram.reshape(shape), (self.W @ self.M @ self.W.T).reshape(shape))

    def error(self, left: list[int]) -> float:
        """Weighted squared error, in the metric M, of the best the units `left` can do for what all send."""
        columns = [unit * self.k + column for unit in left for column in range(self.k)]
        target = self.h @ self.W
        design = np.column_stack([self.h[:, columns], np.ones(len(self.h))])
        root = np.sqrt(self.w)[:, None]
        answer = np.linalg.lstsq(root * design, root * target, rcond=None)[0]
        residual = root * (target - design @ answer)
        return float(np.einsum("no,op,np->", residual, self.M, residual))


@settings(derandomize=True, deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.integers(2, 7), st.integers(1, 3), st.integers(1, 2))
def test_the_cost_is_the_growth_of_the_error_after_a_refit(
    seed: int, units: int, k: int, n_consumers: int
) -> None:
    consumers = [Consumer(seed + number, units, k) for number in range(n_consumers)]
    ranking = eliminate([consumer.intake() for consumer in consumers], ridge=1e-12)
    left = list(range(units))
    for unit, cost in zip(ranking.order, ranking.costs, strict=True):
        before = sum(consumer.error(left) for consumer in consumers)
        growths = {
            other: sum(consumer.error([one for one in left if one != other]) for consumer in consumers)
            - before
            for other in left
        }
        assert cost == pytest.approx(growths[int(unit)], rel=1e-5, abs=1e-8)
        assert cost == pytest.approx(min(growths.values()), rel=1e-5, abs=1e-8)
        left.remove(int(unit))


def slow_elimination(gram: np.ndarray, W: np.ndarray, M: np.ndarray, lift: float) -> Ranking:
    """The same from scratch at every step: the ridge regression of all units on those that are left."""
    full = gram + lift * np.eye(len(gram))
    left = list(range(len(gram)))
    order, costs = [], []
    while len(left) > 1:
        gone = [unit for unit in range(len(gram)) if unit not in left]
        handed = W[left] + np.linalg.solve(full[np.ix_(left, left)], full[np.ix_(left, gone)]) @ W[gone]
        inverse = np.linalg.inv(full[np.ix_(left, left)])
        cost = np.einsum("uo,op,up->u", handed, M, handed) / np.diagonal(inverse)
        cheapest = int(cost.argmin())
        order.append(left.pop(cheapest))
        costs.append(cost[cheapest])
    return Ranking(np.array(order), np.array(costs))


def test_many_downdates_are_as_good_as_recomputation() -> None:
    consumer = Consumer(7, units=3 * STEPS_AT_ONCE + 5, samples=400)
    intake = consumer.intake()
    gram = intake.gram[:, 0, :, 0]
    slow = slow_elimination(gram, consumer.W, consumer.M, 1e-4 * gram.trace() / len(gram))
    fast = eliminate([intake])
    np.testing.assert_array_equal(fast.order, slow.order)
    np.testing.assert_allclose(fast.costs, slow.costs, rtol=1e-6)


def test_a_copy_goes_first_and_the_unit_nobody_hears_before_it() -> None:
    draw = np.random.default_rng(0)
    h = draw.normal(size=(200, 5))
    h[:, 3] = h[:, 1]
    W = draw.normal(size=(5, 3))
    W[4] = 0
    gram = np.cov(h.T, bias=True)
    ranking = eliminate([Intake(gram[:, None, :, None], (W @ W.T)[:, None, :, None])])
    assert ranking.order[0] == 4
    assert ranking.order[1] in (1, 3)
    assert ranking.costs[0] == 0
    assert ranking.costs[1] < 1e-3 * ranking.costs[2]


def test_among_the_nearly_cheapest_the_one_most_alike_a_survivor_goes() -> None:
    """Independent units of variance 1: each costs what it sends, squared."""
    sent = np.diag([1.0, 1.15, 1.19, 1.3])
    intake = Intake(np.eye(4)[:, None, :, None], sent[:, None, :, None])
    alike = np.eye(4)
    alike[2, 3] = alike[3, 2] = 0.9
    alike[1, 3] = alike[3, 1] = 0.5
    assert NEARLY_CHEAPEST == 1.2
    assert eliminate([intake]).order.tolist() == [0, 1, 2]
    assert eliminate([intake], alike).order.tolist() == [2, 1, 0]


def test_fewer_samples_than_units_have_finite_costs() -> None:
    ranking = eliminate([Consumer(3, units=40, samples=10).intake()])
    assert np.isfinite(ranking.costs).all()
    assert (ranking.costs >= 0).all()
    assert sorted({*range(40)} - {*ranking.order.tolist()}) != []


def test_a_consumer_that_hears_nothing_costs_nothing() -> None:
    """Of a group's two consumers one may get zeros only: the other alone decides."""
    heard = Consumer(5, units=6).intake()
    silent = Intake(np.zeros_like(heard.gram), heard.sends)
    with_silent = eliminate([heard, silent])
    np.testing.assert_array_equal(with_silent.order, eliminate([heard]).order)
