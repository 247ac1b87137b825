"""A network as a graph: the same numbers, names and layers; and text from strangers, which does nothing."""

import json
import threading
from collections.abc import Callable
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
    OPERATORS,
    Graph,
    GraphModel,
    evaluating,
    has_ways_around,
    node_shapes,
    run_graph,
    trace_graph,
)
from effdash.models.linked import lk_relu
from effdash.observe import find_layers
from effdash.vocab import UserError
from tests.pruning.networks import FOREIGN, made


def is_the_same(model: nn.Module, x: Tensor) -> Graph:
    """The graph computes, holds and shows what the model does, also after a way through text."""
    graph = trace_graph(model, x)
    assert Graph.from_json(graph.to_json()) == graph
    twin = GraphModel(graph, model.state_dict())
    with evaluating(model):
        assert torch.equal(twin(x), model(x))
        shape = (1, *model(x).shape[1:])
    assert sorted(twin.state_dict()) == sorted(model.state_dict())
    assert find_layers(twin, x) == find_layers(model, x)
    assert node_shapes(graph, tuple(x.shape[1:]))[graph.output] == shape
    assert trace_graph(twin, x) == graph
    return graph


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


# ---------------------------------------------------------------------------- spellings


class Spelt(nn.Module):
    """What `steps` do to an image between a convolution and a linear layer."""

    def __init__(self, steps: Callable[[Tensor], Tensor], reads: int = 4) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1)
        self.out = nn.Linear(reads, 2)
        self.steps = steps

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.steps(self.conv(x)))


SPELLINGS: dict[str, tuple[int, list[Callable[[Tensor], Tensor]]]] = {
    "relu": (
        4,
        [
            lambda h: h.relu().mean((2, 3)),
            lambda h: torch.relu_(h).mean([2, 3]),
            lambda h: functional.relu(h, inplace=True).mean(dim=(2, 3)),
            lambda h: torch.mean(nn.functional.relu_(h), (2, 3)),
        ],
    ),
    "flatten": (
        144,
        [
            lambda h: h.relu().flatten(1),
            lambda h: torch.flatten(h.relu(), start_dim=1),
            lambda h: h.relu().view(h.size(0), -1),
            lambda h: h.relu().reshape((h.shape[0], -1)),
            lambda h: h.relu().view(-1, h.size(1) * h.size(2) * h.size(3)),
            lambda h: torch.reshape(h.relu(), (h.size()[0], h.size(1) * h.size(2) * h.size(3))),
        ],
    ),
    "pooling": (
        16,
        [
            lambda h: functional.max_pool2d(h.relu(), 3).flatten(1),
            lambda h: functional.max_pool2d(h.relu(), kernel_size=(3, 3), stride=3).flatten(1),
            lambda h: torch.max_pool2d(h.relu(), 3).flatten(1),
        ],
    ),
    "numbers": (
        144,
        [
            lambda h: (2 * h.relu() + 1).flatten(1),
            lambda h: (torch.mul(2, h.relu()).add(1)).flatten(1),
        ],
    ),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_all_spellings_are_one(name: str) -> None:
    reads, spellings = SPELLINGS[name]
    x = torch.randn(3, 1, 6, 6)
    graphs = [is_the_same(Spelt(steps, reads), x) for steps in spellings]
    steps = [[(node.op, node.attributes) for node in graph.nodes] for graph in graphs]
    first = steps[0]
    if name == "numbers":  # which of the two is a method says where the number stood
        steps = [[op for op, _ in one] for one in steps]
        first = steps[0]
    assert steps == [first] * len(steps)
    assert OPAQUE not in [node.op for node in graphs[0].nodes]


def swapped(halves: tuple[Tensor, ...]) -> Tensor:
    return torch.cat([halves[1], halves[0]], 1)


STEPS: dict[str, tuple[int, Callable[[Tensor], Tensor]]] = {
    "upsample": (576, lambda h: functional.interpolate(h.relu(), scale_factor=2, mode="nearest").flatten(1)),
    "pad": (256, lambda h: functional.pad(h.relu(), (1, 1, 0, 2)).flatten(1)),
    "index": (36, lambda h: h.relu()[:, 1, None, ...].flatten(1)),
    "chunk": (144, lambda h: swapped(h.relu().chunk(2, 1)).flatten(1)),
    "split": (72, lambda h: h.relu().split([2, 2], dim=1)[1].flatten(1)),
    "permute": (144, lambda h: h.relu().permute(0, 2, 3, 1).flatten(1)),
    "transpose": (144, lambda h: h.relu().transpose(1, -1).flatten(1)),
    "matmul": (144, lambda h: (h.relu() @ h.sigmoid()).flatten(1)),
    "avg pool": (36, lambda h: functional.avg_pool2d(h.relu(), 2, ceil_mode=True).flatten(1)),
    "adaptive pool": (4, lambda h: functional.adaptive_max_pool2d(h.relu(), 1).squeeze(-1).squeeze(-1)),
    "softmax": (144, lambda h: torch.softmax(h.relu(), dim=1).flatten(1)),
    "maximum": (144, lambda h: torch.maximum(h, torch.zeros_like(h)).flatten(1)),
    "maximum of a constant": (144, lambda h: torch.max(h, torch.tensor(0.0)).flatten(1)),
    "mask": (144, lambda h: (h * (h > 0)).flatten(1)),
    "by hand": (144, lambda h: (h * h.sigmoid()).flatten(1)),
    "linked by hand": (288, lambda h: torch.cat([h.relu(), (-h).relu()], 1).flatten(1)),
    "clamp": (144, lambda h: h.clamp(0, 6).flatten(1)),
    "shuffle": (
        144,
        lambda h: h.relu().view(h.size(0), 2, h.size(1) // 2, 6, 6).transpose(1, 2).reshape(h.size(0), -1),
    ),
    "written over": (144, lambda h: (h.relu_() + h).flatten(1)),
    "modules": (
        36,
        nn.Sequential(
            nn.GroupNorm(2, 4),
            nn.PReLU(4),
            nn.ZeroPad2d(1),
            nn.AvgPool2d(3, 3, 1),
            nn.Dropout2d(0.2),
            nn.Flatten(),
        ),
    ),
    "upsampling module": (576, nn.Sequential(nn.Softplus(), nn.Upsample(scale_factor=2), nn.Flatten())),
    "layer norm": (144, nn.Sequential(nn.LayerNorm([6, 6]), lk_relu(), nn.MaxPool2d((2, 1)), nn.Flatten())),
}


@pytest.mark.parametrize("name", STEPS)
def test_every_operator_computes_what_torch_does(name: str) -> None:
    reads, steps = STEPS[name]
    graph = is_the_same(Spelt(steps, reads), torch.randn(3, 1, 6, 6))
    assert OPAQUE not in [node.op for node in graph.nodes]


@pytest.mark.parametrize(
    "op", [op for op, known in OPERATORS.items() if known.activation and known.function and op != "clamp"]
)
def test_module_and_function_of_an_activation_are_one(op: str) -> None:
    defaults = {"rrelu": {"lower": 0.1, "upper": 0.3}, "threshold": {"threshold": 0.1, "value": 0.0}}
    made_of = OPERATORS[op].module
    assert made_of is not None
    module = made_of(**defaults.get(op, {}))
    x = torch.randn(3, 1, 6, 6)
    graph = is_the_same(Spelt(nn.Sequential(module, nn.Flatten()), 144), x)
    (node,) = [node for node in graph.nodes if node.op == op]
    values = run_graph(graph, Spelt(nn.Sequential(module, nn.Flatten()), 144).eval(), x)
    called = OPERATORS[op].function
    assert called is not None
    assert torch.equal(called(values[node.inputs[0]], **node.attributes), values[node.name])


def test_inputs_are_never_written_over() -> None:
    model, x = made("resnet")
    with evaluating(model):
        graph = trace_graph(model, x)
        values = run_graph(graph, model, x)
        first, second = [node for node in graph.nodes if node.op == "relu"][:2]
        for node in (first, second):
            assert model.get_submodule(str(node.path)).inplace
            assert values[node.inputs[0]].min() < 0
            assert torch.equal(values[node.inputs[0]].clamp(min=0), values[node.name])


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


def test_a_graph_says_what_its_modules_are_by_now() -> None:
    model, x = made("functional")
    twin = GraphModel(trace_graph(model, x), model.state_dict())
    twin.fc2 = nn.Linear(8, 5).double()
    twin.out = nn.Linear(5, 3).double()
    graph = trace_graph(twin, x)
    assert graph["fc2"].attributes["out_features"] == 5
    assert GraphModel(graph, twin.state_dict())(x).shape == (3, 3)


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
        (Chooses, r"control flow \(in forward, .*test_graph.py:\d+: if x.sum\(\) > 0:\)"),
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


# ---------------------------------------------------------------------------- text from strangers


@pytest.fixture(scope="module")
def good() -> dict[str, Any]:
    model, x = made("resnet")
    return dict(json.loads(trace_graph(model, x).to_json()))


def change(good: dict[str, Any], place: int, **fields: Any) -> str:
    content = json.loads(json.dumps(good))
    content["nodes"][place] |= fields
    return json.dumps(content)


def attribute(good: dict[str, Any], place: int, **attributes: Any) -> str:
    return change(good, place, attributes=good["nodes"][place]["attributes"] | attributes)


CRAFTED: dict[str, tuple[Callable[[dict[str, Any]], str], str]] = {
    "operator": (lambda good: change(good, 3, op="os.system"), "has the operator 'os.system'"),
    "dunder operator": (lambda good: change(good, 3, op="__import__"), "has the operator '__import__'"),
    "opaque": (lambda good: change(good, 3, op="opaque"), "has the operator 'opaque'"),
    "operator of a list": (lambda good: change(good, 3, op=["relu"]), r"has the operator \['relu'\]"),
    "loop": (lambda good: change(good, 2, inputs=["relu"]), "reads 'relu', which is no node before it"),
    "itself": (lambda good: change(good, 2, inputs=["bn1"]), "reads 'bn1', which is no node before it"),
    "no such node": (lambda good: change(good, 2, inputs=["x.__class__"]), "which is no node before it"),
    "two inputs": (lambda good: change(good, 2, inputs=["x", "x"]), "not as many inputs as batch_norm takes"),
    "name twice": (lambda good: change(good, 2, name="conv1"), "two nodes of the graph are called 'conv1'"),
    "name": (lambda good: change(good, 2, name="a b; import os"), "which is no plain name"),
    "second input": (lambda good: change(good, 2, op="input"), "its first node and no other is its input"),
    "no input": (lambda good: change(good, 0, op="relu"), "its first node and no other is its input"),
    "dunder path": (lambda good: change(good, 1, path="__class__"), "has the path '__class__'"),
    "inner dunder": (lambda good: change(good, 1, path="a.__init__.b"), "which is no module's"),
    "path with spaces": (lambda good: change(good, 1, path="a b"), "which is no module's"),
    "path upwards": (lambda good: change(good, 1, path="..conv1"), "which is no module's"),
    "empty path": (lambda good: change(good, 1, path=""), "which is no module's"),
    "long path": (lambda good: change(good, 1, path=".".join("a" * 99)), "which is no module's"),
    "number as path": (lambda good: change(good, 1, path=7), "has the path 7"),
    "no path": (lambda good: change(good, 1, path=None), "has no path; conv2d has parameters"),
    "path of a function": (
        lambda good: change(good, -2, op="neg", attributes={}, path="a"),
        "neg is no module",
    ),
    "inside a module": (lambda good: change(good, 2, path="conv1.inner"), "inside the module 'conv1'"),
    "one module twice": (lambda good: change(good, 2, path="layer1.0.conv1"), "differently"),
    "type": (
        lambda good: attribute(good, 1, out_channels="4"),
        "out_channels = '4'; conv2d takes a whole number",
    ),
    "truth for a number": (lambda good: attribute(good, 1, out_channels=True), "out_channels = True"),
    "size": (lambda good: attribute(good, 1, out_channels=10**12), "out_channels = 1000000000000"),
    "negative": (lambda good: attribute(good, 1, groups=-1), "groups = -1"),
    "kernel": (lambda good: attribute(good, 1, kernel_size=[3, 10**9]), "kernel_size = "),
    "list too long": (lambda good: attribute(good, 1, stride=[1, 1, 1]), "stride = "),
    "word": (lambda good: attribute(good, 1, padding_mode="eval"), "padding_mode = 'eval'"),
    "more attributes": (lambda good: attribute(good, 1, device="cuda"), "has not the attributes of conv2d"),
    "fewer attributes": (lambda good: change(good, 1, attributes={}), "has not the attributes of conv2d"),
    "no attributes": (lambda good: change(good, 1, attributes=None), "has not the attributes of conv2d"),
    "more fields": (lambda good: change(good, 1, code="1"), "node 1 of the graph is not an object of"),
    "nan": (lambda good: json.dumps(good).replace("1e-05", "NaN"), "it holds NaN"),
    "infinity": (
        lambda good: json.dumps(good).replace("1e-05", "1e999"),
        "eps = inf; batch_norm takes a finite",
    ),
    "output": (
        lambda good: json.dumps(good | {"output": "nowhere"}),
        "output 'nowhere' is none of its nodes",
    ),
    "no nodes": (lambda good: json.dumps(good | {"nodes": []}), "no list of 1 to"),
    "many nodes": (lambda good: json.dumps(good | {"nodes": [1] * 20_001}), "no list of 1 to 20,000 nodes"),
    "format": (lambda good: json.dumps(good | {"format": 2}), "is of format 2; this effdash reads 1"),
    "key twice": (lambda good: '{"format":1,"format":1}', "an object has one key twice"),
    "a list": (lambda good: "[]", "is not an object of format, nodes and output"),
    "no JSON": (lambda good: "__import__('os')", "is not JSON that effdash reads"),
    "deep": (lambda good: "[" * 100_000, "is not JSON that effdash reads"),
    "long": (lambda good: " " * 10_000_001, "is a text of 10,000,001 characters"),
    "huge number": (lambda good: '{"format":' + "9" * 5000 + "}", "is not JSON that effdash reads"),
}


@pytest.mark.parametrize("name", CRAFTED)
def test_crafted_text_is_refused_in_one_sentence(good: dict[str, Any], name: str) -> None:
    craft, words = CRAFTED[name]
    with pytest.raises(UserError, match=words) as caught:
        Graph.from_json(craft(good))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def chain(*steps: dict[str, Any]) -> Graph:
    """A graph of steps, each on the one before unless it says otherwise."""
    nodes: list[dict[str, Any]] = [
        {"name": "n0", "op": "input", "inputs": [], "attributes": {}, "path": None}
    ]
    for number, step in enumerate(steps, start=1):
        nodes.append(
            {"name": f"n{number}", "inputs": [f"n{number - 1}"], "attributes": {}, "path": None} | step
        )
    return Graph.from_json(json.dumps({"format": 1, "nodes": nodes, "output": nodes[-1]["name"]}))


LINEAR = {"in_features": 10**8, "out_features": 10**8, "bias": True}

TOO_MUCH = {
    "doubling": (
        chain(
            *({"op": "cat", "inputs": [f"n{n}", f"n{n}"], "attributes": {"dim": 1}} for n in range(60)),
        ),
        "is too large",
    ),
    "upsampling": (
        chain(
            {"op": "reshape", "attributes": {"shape": [0, 1, 1, -1]}},
            *(
                {
                    "op": "upsample",
                    "attributes": {
                        "size": None,
                        "scale_factor": [1000.0],
                        "mode": "nearest",
                        "align_corners": None,
                    },
                }
                for _ in range(4)
            ),
        ),
        "n.' of the graph (is too large|cannot be computed)",
    ),
    "padding": (
        chain(
            {"op": "reshape", "attributes": {"shape": [0, 1, 1, -1]}},
            {"op": "pad", "attributes": {"pad": [10**4] * 4, "mode": "constant", "value": None}},
            {"op": "pad", "attributes": {"pad": [10**4] * 4, "mode": "constant", "value": None}},
        ),
        "is too large",
    ),
    "sizes that do not fit": (
        chain({"op": "reshape", "attributes": {"shape": [0, 3, 7]}}),
        "cannot be computed: shape",
    ),
    "a linear layer of other inputs": (
        chain({"op": "linear", "path": "fc", "attributes": LINEAR}),
        "cannot be computed",
    ),
    "a module that cannot be": (
        chain({"op": "dropout", "path": "drop", "attributes": {"kind": "Dropout", "p": 7.0}}),
        "describes a module that cannot be: dropout probability has to be between 0 and 1",
    ),
    "a name that modules have": (
        chain({"op": "relu", "path": "forward"}),
        "describes a module that cannot be: \"attribute 'forward' already exists\"",
    ),
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_a_graph_that_wants_too_much_is_refused_before_it_gets_it(name: str) -> None:
    graph, words = TOO_MUCH[name]
    with pytest.raises(UserError, match=words) as caught:
        node_shapes(graph, (64,))
    assert "\n" not in str(caught.value)


def test_sizes_are_those_of_the_weights() -> None:
    graph = chain({"op": "linear", "path": "fc", "attributes": LINEAR})
    with pytest.raises(UserError, match=r"the weights are not those of the graph: .*fc.bias"):
        GraphModel(graph, {"fc.weight": torch.ones(2, 2), "fc.bias": torch.ones(2)})


@pytest.mark.parametrize("wrong", ["missing", "more", "shape", "integer"])
def test_other_weights_are_refused(wrong: str) -> None:
    model, x = made("functional")
    weights = dict(model.state_dict())
    if wrong == "missing":
        del weights["fc1.bias"]
    elif wrong == "more":
        weights["fc9.bias"] = torch.ones(2)
    elif wrong == "shape":
        weights["fc1.bias"] = torch.ones(2)
    else:
        weights["fc1.bias"] = torch.ones(8, dtype=torch.int64)
    with pytest.raises(UserError, match="the weights are not those of the graph"):
        GraphModel(trace_graph(model, x), weights)


def test_weights_are_not_copied() -> None:
    model, x = made("functional")
    twin = GraphModel(trace_graph(model, x), model.state_dict())
    assert twin.fc1.weight.data_ptr() == model.fc1.weight.data_ptr()


def test_every_foreign_network_is_tested_somewhere() -> None:
    assert set(FOREIGN) == {"resnet", "functional", "dense", "grouped", "gated", "shared", "attention"}
