"""Layers of one shape are reduced side by side: nothing may depend on who stood beside whom."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from effdash.observe import Observation, extremes, observe, record_preactivations
from effdash.vocab import UserError


def dense(*widths: int, in_place: bool = False) -> nn.Sequential:
    torch.manual_seed(3)
    steps: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        steps += [nn.Linear(inputs, outputs), nn.ReLU(in_place)]
    return nn.Sequential(*steps[:-1])


def convolutional() -> nn.Sequential:
    torch.manual_seed(4)
    convolutions = [nn.Conv2d(3, 3, 3, padding=1) for _ in range(4)]
    steps = [step for convolution in convolutions for step in (convolution, nn.ReLU())]
    return nn.Sequential(
        *steps, nn.MaxPool2d(2), nn.Conv2d(3, 3, 1), nn.Tanh(), nn.Flatten(), nn.Linear(12, 2)
    )


class Sequences(nn.Module):
    """Units in the last dimension, as many as there are positions; then in the second."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(5)
        self.a, self.b, self.out = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(16, 2)
        self.along = nn.Conv1d(4, 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.relu(self.b(torch.relu(self.a(x))))
        return self.out(torch.relu(self.along(h)).flatten(1))


class OutOfOrder(nn.Module):
    """Producers run in another order than the activations, and one of these writes over its input."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(6)
        self.a, self.b, self.out = nn.Linear(3, 5), nn.Linear(3, 5), nn.Linear(5, 2)

    def forward(self, x: Tensor) -> Tensor:
        a, b = self.a(x), self.b(x)
        return self.out(torch.relu_(b) + torch.relu(a))


NETWORKS = {
    "one layer": (lambda: dense(3, 4, 2), (3,)),
    "one shape": (lambda: dense(3, *[4] * 7, 2), (3,)),
    "written over": (lambda: dense(3, *[4] * 7, 2, in_place=True), (3,)),
    "shapes in turn": (lambda: dense(3, 4, 6, 4, 6, 6, 4, 5, 2), (3,)),
    "convolutions": (convolutional, (3, 4, 4)),
    "sequences": (Sequences, (4, 4)),
    "out of order": (OutOfOrder, (3,)),
}


def check_against_each_layer(seen: Observation, model: nn.Module, X: Tensor) -> None:
    """The slow obvious way: layer by layer, all samples at once."""
    with torch.no_grad(), record_preactivations(model) as record:
        model(X)
    layers = [record[layer.name].transpose(0, 1) for layer in seen.layers]
    values = [z.flatten(1) for z in layers]
    np.testing.assert_array_equal(seen.unit_min, torch.cat([z.amin(1) for z in values]))
    np.testing.assert_array_equal(seen.unit_max, torch.cat([z.amax(1) for z in values]))
    shares = torch.cat([(z > 0).double().mean(1) for z in values])
    np.testing.assert_array_equal(seen.active_share, shares.float())
    samples = [z.transpose(0, 1).flatten(1) for z in layers]
    np.testing.assert_array_equal(seen.point_min, torch.stack([z.amin(1) for z in samples]))
    np.testing.assert_array_equal(seen.point_max, torch.stack([z.amax(1) for z in samples]))


@pytest.mark.parametrize("entries", [1, 60, 64, 100, 1 << 17])
@pytest.mark.parametrize("name", NETWORKS)
def test_stacks_of_any_size_give_what_single_layers_give(
    name: str, entries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extremes, "STACK_ENTRIES", entries)
    build, sample = NETWORKS[name]
    model, X = build(), torch.randn(11, *sample)
    with record_preactivations(model) as record:
        for _ in range(2):  # discovered, then followed
            check_against_each_layer(observe(model, X, recorder=record), model, X)


@pytest.mark.parametrize("entries", [1, 40, 1 << 17])
def test_a_last_batch_that_stands_in_other_stacks(entries: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extremes, "STACK_ENTRIES", entries)
    model, X = dense(3, 4, 6, 4, 6, 4, 4, 2).double(), torch.randn(11, 3).double()
    whole, streamed = observe(model, X), observe(model, X, batch_size=4)
    for name in ("unit_min", "unit_max", "unit_status", "active_share", "point_min", "point_status"):
        np.testing.assert_array_equal(getattr(streamed, name), getattr(whole, name), err_msg=name)


def test_types_may_differ_from_layer_to_layer() -> None:
    class Mixed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b, self.out = nn.Linear(3, 4), nn.Linear(4, 4).double(), nn.Linear(4, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.out(torch.relu(self.b(torch.relu(self.a(x)).double())).float())

    model, X = Mixed(), torch.randn(9, 3)
    seen = observe(model, X)
    assert seen.unit_min.dtype == np.float32
    np.testing.assert_array_equal(seen.unit_min[:4], model.a(X).detach().amin(0))
    b = model.b(torch.relu(model.a(X)).double()).detach()
    np.testing.assert_array_equal(seen.point_max[1], b.amax(1).float())


@pytest.mark.parametrize("entries", [1, 20, 1 << 17])
def test_the_second_of_three_stacked_layers_is_named(entries: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extremes, "STACK_ENTRIES", entries)

    class Side(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b, self.c = (nn.Linear(3, 4) for _ in range(3))
            self.out = nn.Linear(12, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.out(torch.cat([torch.relu(fc(x)) for fc in (self.a, self.b, self.c)], 1))

    model = Side()
    with torch.no_grad():
        model.b.bias[2] = torch.nan
    with pytest.raises(UserError, match=r"layer 'b' has pre-activations that are nan .*at its unit 2"):
        observe(model, torch.rand(7, 3))


def test_what_waits_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting: list[int] = []
    reduce = extremes.Stack.reduce

    def counted(stack: extremes.Stack) -> None:
        waiting.append(len(stack._waiting))
        reduce(stack)
        assert not stack._waiting

    monkeypatch.setattr(extremes.Stack, "reduce", counted)
    monkeypatch.setattr(extremes, "STACK_ENTRIES", 100)
    observe(dense(3, *[4] * 7, 2), torch.rand(10, 3))
    assert waiting == [3, 3, 1]
