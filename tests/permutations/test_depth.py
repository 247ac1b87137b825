"""Samples followed through the layers."""

import numpy as np
import pytest

from effdash.permutations import order_ranks, ranks_through_depth


def chain() -> dict[str, np.ndarray]:
    """An order that is in unit 1 of the first layer, in unit 2 of the second, in unit 0 of the third."""
    generator = np.random.default_rng(0)
    order = np.array([0.0, 1, 2, 3, 4])
    layers = {name: generator.normal(size=(5, 3)) for name in ("fc1", "fc2", "fc3")}
    layers["fc1"][:, 1] = order
    layers["fc2"][:, 2] = order**2 + 1
    layers["fc3"][:, 0] = [0, 1, 3, 2, 4]
    return {name: order_ranks(values) for name, values in layers.items()}


@pytest.mark.parametrize("start", [("fc1", 1), ("fc2", 2), ("fc3", 0)])
def test_the_chain_is_found_from_each_of_its_ends(start):
    table = ranks_through_depth(chain(), *start, [0, 2, 4])
    assert table["layer"].tolist() == ["fc1"] * 3 + ["fc2"] * 3 + ["fc3"] * 3
    assert table["unit"].tolist() == [1] * 3 + [2] * 3 + [0] * 3
    assert table["point"].tolist() == [0, 2, 4] * 3
    assert table["rank"].tolist() == [0, 0.5, 1, 0, 0.5, 1, 0, 0.75, 1]


def test_similarity_is_that_of_each_step_away_from_the_start():
    table = ranks_through_depth(chain(), "fc2", 2, [0])
    assert table["similarity"].tolist() == pytest.approx([1, 1, 0.9])
    assert ranks_through_depth(chain(), "fc3", 0, [0])["similarity"].tolist() == pytest.approx([1, 0.9, 1])


def test_tied_samples_stand_at_their_average():
    ranks = {"fc1": order_ranks(np.array([[0.0, 7.0], [0.0, 7.0], [0.0, 7.0], [5.0, 7.0], [9.0, 7.0]]))}
    assert ranks_through_depth(ranks, "fc1", 0, range(5))["rank"].tolist() == [0.25, 0.25, 0.25, 0.75, 1]
    assert ranks_through_depth(ranks, "fc1", 1, range(5))["rank"].tolist() == [0.5] * 5
