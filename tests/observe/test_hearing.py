"""How far samples get along a chain, by hand, the slow way, and in a network that is known."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch import nn

from effdash.observe import point_status
from effdash.observe.hearing import point_efficiency, silent_from, silent_points
from effdash.vocab import UserError

STATUS = np.array(
    [
        [2, 0, 2, 1],  # layer a: point 1 is dead
        [2, 2, 2, 1],
        [0, 2, 2, 0],  # layer c: points 0 and 3 are dead
        [2, 0, 2, 1],  # layer d: point 1 is dead once more
    ],
    dtype=np.uint8,
)


def test_by_hand():
    # Points 0 and 3 count at layer d alone, point 1 nowhere, point 2 everywhere.
    assert point_efficiency(STATUS) == (1 + 0 + 4 + 1) / 16
    assert silent_from(STATUS).tolist() == [2, 0, 4, 2]
    silent = silent_points(STATUS, np.array([9, 5, 7, 3]), list("abcd"))
    assert silent.to_dict("list") == {"point": [5, 3, 9], "layer": ["a", "c", "c"], "depth": [1, 3, 3]}


def test_epochs_are_told_one_by_one():
    history = np.stack([STATUS, np.full_like(STATUS, 1), np.zeros_like(STATUS)])
    assert point_efficiency(history).tolist() == [6 / 16, 1, 0]


def test_where_all_are_heard_none_is_listed():
    heard = np.full((2, 3), 2, dtype=np.uint8)
    assert silent_from(heard).tolist() == [2, 2, 2]
    assert silent_points(heard, np.arange(3), ["a", "b"]).empty


@given(
    arrays(
        np.uint8,
        st.tuples(st.integers(1, 3), st.integers(1, 6), st.integers(1, 5)),
        elements=st.integers(0, 2),
    )
)
@settings(derandomize=True, deadline=None)
def test_as_the_slow_way(history):
    epochs, layers, points = history.shape
    for epoch in range(epochs):
        reached = [
            all(history[epoch, later, point] != 0 for later in range(layer, layers))
            for layer in range(layers)
            for point in range(points)
        ]
        assert point_efficiency(history)[epoch] == pytest.approx(sum(reached) / len(reached))
        for point, place in enumerate(silent_from(history[epoch])):
            dead = [layer for layer in range(layers) if history[epoch, layer, point] == 0]
            assert place == (dead[0] if dead else layers)


def test_a_cell_counts_just_where_a_gradient_comes_back():
    """Hidden weights are positive, so that no gradient is lost in another way than by dead samples."""
    torch.manual_seed(0)
    linears = [nn.Linear(3, 3) for _ in range(5)]
    model = nn.Sequential(*(module for linear in linears for module in (linear, nn.ReLU())), nn.Linear(3, 1))
    for linear in linears:
        linear.weight.data.abs_().mul_(1.5)
        linear.bias.data.copy_(torch.tensor([-0.5, -0.6, -0.7]))
    X = 4 * torch.rand(40, 3) ** 2
    h, pre = X, []
    for linear in linears:
        pre.append(linear(h))
        h = pre[-1].relu()
    gradients = torch.autograd.grad(h.sum(), pre)
    status = point_status(model, X)
    codes = status["status"].cat.codes.to_numpy().astype(np.uint8).reshape(5, 40)
    reached = np.mean([gradient.abs().sum(1).gt(0).numpy() for gradient in gradients])
    assert 0.2 < reached < 0.8, reached
    assert point_efficiency(codes) == pytest.approx(reached)


def test_what_has_no_points_has_no_efficiency():
    with pytest.raises(UserError, match="needs layers and points; there are 3 and 0"):
        point_efficiency(np.zeros((3, 0), dtype=np.uint8))
