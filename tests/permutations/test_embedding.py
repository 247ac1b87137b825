"""Maps: near things stay near, the same seed gives the same map, each epoch starts from the one before."""

import numpy as np
import pytest

from effdash.permutations import map_epochs
from effdash.vocab import UserError

pytestmark = pytest.mark.filterwarnings("ignore:Tensorflow not installed:ImportWarning")


def clusters(n: int = 30, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return np.concatenate([generator.normal(size=(n, 5)), generator.normal(size=(n, 5)) + 20])


def test_clusters_stay_apart_and_in_their_places():
    first, second, third = map_epochs([clusters(), clusters(seed=1), clusters(seed=2)])
    for place in (first, second, third):
        assert place.shape == (60, 2)
        between = np.linalg.norm(place[:30].mean(axis=0) - place[30:].mean(axis=0))
        within = np.linalg.norm(place[:30] - place[:30].mean(axis=0), axis=1).mean()
        assert between > 3 * within
    # From epoch to epoch a cluster points the same way from the middle.
    for place in (second, third):
        ways = [one[:30].mean(axis=0) - one.mean(axis=0) for one in (first, place)]
        assert ways[0] @ ways[1] > 0.9 * np.linalg.norm(ways[0]) * np.linalg.norm(ways[1])


def test_the_same_seed_gives_the_same_maps():
    epochs = [clusters(10), clusters(10, seed=1)]
    for one, again, other in zip(
        map_epochs(epochs), map_epochs(epochs), map_epochs(epochs, seed=1), strict=True
    ):
        assert np.array_equal(one, again)
        assert not np.array_equal(one, other)


def test_a_map_goes_on_from_an_earlier_one():
    first, second = map_epochs([clusters(10), clusters(10, seed=1)])
    (gone_on,) = map_epochs([clusters(10, seed=1)], before=first)
    assert np.array_equal(gone_on, second)


def test_items_that_are_all_equal_stay_where_they_were():
    dead = np.zeros((20, 5))
    at_first, moved, stayed = map_epochs([dead, clusters(10), dead])
    assert np.array_equal(at_first, np.zeros((20, 2)))
    assert np.array_equal(moved, stayed)
    assert np.isfinite(moved).all()


@pytest.mark.parametrize("shape", [(4, 3), (5, 1), (6, 40)])
def test_small_maps_are_finite(shape):
    values = np.random.default_rng(0).normal(size=shape)
    assert all(np.isfinite(place).all() for place in map_epochs([values, values + 1]))


def test_many_equal_items_are_mapped():
    values = np.repeat(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), 20, axis=0)
    assert all(np.isfinite(place).all() for place in map_epochs([values, values]))


def test_what_cannot_be_mapped_is_refused():
    assert list(map_epochs([])) == []
    with pytest.raises(UserError, match="a map needs at least 4 samples or units, not 3"):
        list(map_epochs([np.zeros((3, 2))]))
    with pytest.raises(UserError, match="have 20 and 60 items; they should be the same ones"):
        list(map_epochs([clusters(10), clusters()]))
    with pytest.raises(UserError, match="hold a nan or an infinite one"):
        list(map_epochs([np.full((5, 2), np.inf)]))
