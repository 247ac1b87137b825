"""A graph runs with the weights that are its own, and within measure."""

import json
from typing import Any

import pytest
import torch
from torch import nn

from effdash.models.graph import Graph, GraphModel, evaluating, node_shapes, run_graph, trace_graph
from effdash.vocab import UserError
from tests.pruning.networks import made


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


def test_a_graph_says_what_its_modules_are_by_now() -> None:
    model, x = made("functional")
    twin = GraphModel(trace_graph(model, x), model.state_dict())
    twin.fc2 = nn.Linear(8, 5).double()
    twin.out = nn.Linear(5, 3).double()
    graph = trace_graph(twin, x)
    assert graph["fc2"].attributes["out_features"] == 5
    assert GraphModel(graph, twin.state_dict())(x).shape == (3, 3)


def test_weights_are_not_copied() -> None:
    model, x = made("functional")
    twin = GraphModel(trace_graph(model, x), model.state_dict())
    assert twin.fc1.weight.data_ptr() == model.fc1.weight.data_ptr()


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
