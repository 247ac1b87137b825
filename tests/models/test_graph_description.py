"""A graph as text, also from strangers: what is no graph is refused and does nothing."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from effdash.models.graph import Graph, trace_graph
from effdash.vocab import UserError
from tests.pruning.networks import made


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
