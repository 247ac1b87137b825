"""How much goes from which group: greedy against sorting, nested paths, the blend with the least error."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effdash.pruning.allocation import BLENDS, blended_path, cheapest_path, choose_path, kept_after

group_costs = st.lists(
    st.lists(st.floats(0, 10), min_size=0, max_size=12).map(lambda costs: np.array(costs, dtype=float)),
    min_size=1,
    max_size=4,
)


def sizes_along(costs: list[np.ndarray], path: np.ndarray) -> np.ndarray:
    sizes = np.array([len(cost) + 1 for cost in costs])
    return np.array([sizes - np.bincount(path[:step], minlength=len(costs)) for step in range(len(path) + 1)])


@settings(derandomize=True, deadline=None)
@given(group_costs)
def test_the_cheapest_path_is_the_greedy_one(costs: list[np.ndarray]) -> None:
    taken = [0] * len(costs)
    path = cheapest_path(costs)
    for group in path:
        spent = [
            cost[: count + 1].sum() if count < len(cost) else np.inf
            for cost, count in zip(costs, taken, strict=True)
        ]
        assert spent[group] == pytest.approx(min(spent))
        taken[group] += 1
    assert taken == [len(cost) for cost in costs]


@settings(derandomize=True, deadline=None)
@given(group_costs, st.sampled_from(BLENDS))
def test_every_path_is_nested_and_leaves_one_of_each(costs: list[np.ndarray], blend: float) -> None:
    sizes = sizes_along(costs, blended_path(costs, blend))
    assert (sizes[-1] == 1).all()
    assert (sizes >= 1).all()


@settings(derandomize=True, deadline=None)
@given(group_costs)
def test_the_two_ends_are_the_cheapest_next_and_equal_shares(costs: list[np.ndarray]) -> None:
    np.testing.assert_array_equal(
        sizes_along(costs, blended_path(costs, 1.0)), sizes_along(costs, cheapest_path(costs))
    )
    sizes = sizes_along(costs, blended_path(costs, 0.0))
    due = sizes[0] * (sizes.sum(axis=1, keepdims=True) / sizes[0].sum())
    assert (np.abs(sizes - np.maximum(due, 1)) <= len(costs)).all()


def test_half_of_the_way_is_the_geometric_mean() -> None:
    """64 units each; the costs would leave 1 of one and 19 of the other, equal shares 10 of both."""
    cheap, dear = np.full(63, 1.0), np.full(63, 1.0)
    dear[45:] = 1e6
    costs = [cheap, dear]
    np.testing.assert_array_equal(kept_after(costs, cheapest_path(costs), 20 / 128), [1, 19])
    due = np.sqrt([1 * 10, 19 * 10])
    kept = kept_after(costs, blended_path(costs, 0.5), 20 / 128)
    np.testing.assert_array_equal(kept, np.round(due * 20 / due.sum()))


def test_the_blend_with_the_smallest_error_is_taken_and_none_is_measured_twice() -> None:
    costs = [np.linspace(1, 2, 40), np.linspace(0.01, 0.02, 40)]
    wanted = kept_after(costs, blended_path(costs, 0.75), 0.3)
    asked = []

    def error(kept: np.ndarray) -> float:
        asked.append(tuple(kept.tolist()))
        return float(np.abs(kept - wanted).sum())

    path, blends = choose_path(costs, error, looked_at=(0.3,))
    assert blends == (0.75,)
    np.testing.assert_array_equal(path, blended_path(costs, 0.75))
    assert len(asked) == len(set(asked))


def test_of_equal_blends_the_more_even_one_is_taken() -> None:
    costs = [np.ones(5), np.linspace(0, 9, 12)]
    assert set(choose_path(costs, lambda kept: 0.0)[1]) == {0.0}


def test_blends_may_change_along_the_path_which_stays_nested() -> None:
    """While half is left the costs decide, at a tenth all give alike."""
    costs = [np.linspace(0, 1, 49) ** 2, np.linspace(0, 1, 49) ** 2 * 3]
    by_cost = kept_after(costs, cheapest_path(costs), 0.5)

    def error(kept: np.ndarray) -> float:
        wanted = by_cost if kept.sum() == 50 else np.array([5, 5])
        return float(np.abs(kept - wanted).sum())

    path, blends = choose_path(costs, error, looked_at=(0.5, 0.1))
    assert blends == (1.0, 0.0)
    np.testing.assert_array_equal(kept_after(costs, path, 0.5), by_cost)
    np.testing.assert_array_equal(kept_after(costs, path, 0.1), [5, 5])
    assert (sizes_along(costs, path)[-1] == 1).all()
