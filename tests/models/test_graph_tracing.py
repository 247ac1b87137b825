"""A network as a graph: the same numbers, names and layers, and the network as it was; or why not."""

import threading
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from effdash.config import NetworkConfig
from effdash.models import ACTIVATIONS, NETWORKS, build_model
from effdash.models import has_ways_around as config_has_ways_around
from effdash.models.graph import (
    OPAQUE,
    Graph,
    GraphModel,
    evaluating,
    has_ways_around,
    run_graph,
    trace_graph,
)
from effdash.vocab import UserError
from tests.models.graphs import STEPS, Spelt, is_the_same
from tests.pruning.networks import FOREIGN, made


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_network_of_effdash(name: str, activation: str) -> None:
    x = torch.randn(3, 64)
    for skip, batch_norm in ((0, False), (0, True), (1, False), (2, True)):
        model = build_model(
            name,
            input_shape=(64,),
            n_classes=3,
            depth=3,
            width=3,
            activation=activation,
            skip=skip,
            batch_norm=batch_norm,
            seed=1,
        )
        is_the_same(model, x)


@pytest.mark.parametrize("name", ["resnet", "functional", "dense", "grouped", "gated", "shared"])
def test_networks_as_people_write_them(name: str) -> None:
    is_the_same(*made(name))


def test_every_foreign_network_is_tested_somewhere() -> None:
    assert set(FOREIGN) == {"resnet", "functional", "dense", "grouped", "gated", "shared", "attention"}


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("skip", [0, 1, 3])
def test_ways_around_are_those_of_the_configuration(name: str, skip: int) -> None:
    model = build_model(
        name, input_shape=(64,), n_classes=3, depth=5, width=3, skip=skip, activation="lk-relu"
    )
    expected = config_has_ways_around(NetworkConfig(name=name, skip=skip))
    assert has_ways_around(trace_graph(model, torch.randn(2, 64))) == expected


def test_ways_around_of_concatenations() -> None:
    assert has_ways_around(trace_graph(*made("dense")))
    assert not has_ways_around(trace_graph(*made("functional")))


def test_weights_of_the_graphs_own() -> None:
    class Scaled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(5, 4)
            self.inner = nn.Module()
            self.inner.scale = nn.Parameter(torch.rand(4))
            self.register_buffer("shift", torch.rand(1, 4))
            self.out = nn.Linear(4, 2)

        def forward(self, x: Tensor, mask: Tensor | None = None, twice: bool = False) -> Tensor:
            h = functional.relu(self.fc(x)) * self.inner.scale + self.shift
            return self.out(h if mask is None else h * mask)

    model = Scaled()
    graph = trace_graph(model, torch.randn(3, 5))
    assert Graph.from_json(graph.to_json()) == graph
    twin = GraphModel(graph, model.state_dict())
    assert torch.equal(twin(torch.ones(2, 5)), model(torch.ones(2, 5)))
    assert sorted(twin.state_dict()) == sorted(model.state_dict())


def test_the_model_is_left_as_it_was() -> None:
    model, x = made("resnet")
    model.layer1.eval()
    modes = [module.training for module in model.modules()]
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    state = torch.get_rng_state()
    trace_graph(model, x)
    assert [module.training for module in model.modules()] == modes
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert torch.equal(torch.get_rng_state(), state)
    draws = Spelt(lambda h: (h + 0 * torch.rand_like(h)).flatten(1), 144)
    image = torch.randn(3, 1, 6, 6)
    state = torch.get_rng_state()
    trace_graph(draws, image)
    assert torch.equal(torch.get_rng_state(), state)
    constant = Spelt(STEPS["maximum of a constant"][1], 144)
    attributes = set(constant.__dict__)
    trace_graph(constant, torch.randn(3, 1, 6, 6))
    assert set(constant.__dict__) == attributes


def test_other_threads_may_run_models_meanwhile() -> None:
    other = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
    given: list[Any] = []

    class Waits(Spelt):
        def forward(self, x: Tensor) -> Tensor:
            thread = threading.Thread(target=lambda: given.append(other(torch.ones(2, 4))))
            thread.start()
            thread.join()
            return super().forward(x)

    trace_graph(Waits(lambda h: h.relu().flatten(1), 144), torch.randn(3, 1, 6, 6))
    assert len(given) >= 2
    assert all(type(one) is Tensor for one in given)


# ---------------------------------------------------------------------------- what cannot be traced


def test_attention_is_one_opaque_step_and_cannot_be_stored() -> None:
    model, x = made("attention")
    graph = trace_graph(model, x)
    assert [node.op for node in graph.nodes].count(OPAQUE) == 2
    with evaluating(model):
        assert torch.equal(run_graph(graph, model, x)[graph.output], model(x))
    with pytest.raises(UserError, match="MultiheadAttention attention is not among the operators"):
        graph.to_json()
    with pytest.raises(UserError, match="MultiheadAttention attention is not among the operators"):
        GraphModel(graph, model.state_dict())


def test_a_module_that_is_not_plain_is_opaque() -> None:
    model, x = made("functional")
    nn.utils.parametrizations.weight_norm(model.fc2)
    graph = trace_graph(model, x)
    assert graph["fc2"].op == OPAQUE


class Chooses(Spelt):
    def forward(self, x: Tensor) -> Tensor:
        if x.sum() > 0:
            return super().forward(x)
        return super().forward(-x)


class TwoInputs(Spelt):
    def forward(self, x: Tensor, other: Tensor) -> Tensor:  # type: ignore[override]
        return super().forward(x) + other


class TwoOutputs(Spelt):
    def forward(self, x: Tensor) -> Any:
        return super().forward(x), x


class Assigns(Spelt):
    def forward(self, x: Tensor) -> Tensor:
        h = self.conv(x).flatten(1)
        h[:, 0] = 0
        return self.out(h)


class WritesOver(Spelt):
    def forward(self, x: Tensor) -> Tensor:
        h = self.conv(x)
        h += 1
        g = h.flatten(1)
        kept = h
        h *= 2
        return self.out(g + kept.flatten(1))


class Fails(Spelt):
    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.conv(x).flatten(2))


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (Chooses, r"control flow \(in forward, .*test_graph_tracing.py:\d+: if x.sum\(\) > 0:\)"),
        (TwoInputs, "its forward takes 'other' as well; effdash knows one input"),
        (TwoOutputs, "its result is not one tensor"),
        (Assigns, r"does not support item assignment \(in forward, .*: h\[:, 0\] = 0\)"),
        (WritesOver, "its steps one after the other give another result than its forward"),
        (Fails, "module out failed on the example"),
    ],
)
def test_where_tracing_stops_is_said(network: type[Spelt], words: str) -> None:
    with pytest.raises(UserError, match=f"the model cannot be traced: .*{words}") as caught:
        trace_graph(network(lambda h: h.relu().flatten(1), 144), torch.randn(3, 1, 6, 6))
    assert "\n" not in str(caught.value)
