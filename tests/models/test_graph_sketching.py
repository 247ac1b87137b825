"""A step's shape by arithmetic is the one that torch gives."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from effdash.models import build_model
from effdash.models.graph import OPAQUE, OPERATORS, Node, trace_graph
from effdash.models.graph.building import CANNOT_BE
from effdash.models.graph.operator import as_tuples
from effdash.models.graph.sketch import Sketch
from effdash.models.graph.sketching import _RULES, sketch
from effdash.runs.rebuilding import rebuild_from_graph
from tests.models.steps import CASES


def by_torch(op: str, attributes: dict[str, Any], given: list[Tensor]) -> Any:
    operator = OPERATORS[op]
    if operator.function is not None:
        return operator.function(*given, **as_tuples(attributes))
    assert operator.module is not None
    return operator.module(**as_tuples(attributes)).eval()(*given)


def shapes_of(found: Any) -> Any:
    return [tuple(part.shape) for part in found] if isinstance(found, tuple | list) else tuple(found.shape)


def is_empty(found: Any) -> bool:
    return any(0 in one for one in (found if isinstance(found, list) else [found]))


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.parametrize("op", CASES)
@settings(max_examples=30)
@given(data=st.data())
def test_shapes_are_those_that_torch_gives(op: str, data: st.DataObject) -> None:
    attributes, shapes = CASES[op](data.draw)
    with torch.no_grad():
        try:
            expected = shapes_of(by_torch(op, attributes, [torch.ones(one) for one in shapes]))
        except CANNOT_BE:
            expected = None
    try:
        found = shapes_of(sketch(Node("n", op, (), attributes), [Sketch(one) for one in shapes]))
    except CANNOT_BE as error:
        found = error
    if expected is not None and not is_empty(expected):
        assert found == expected, (attributes, shapes, found)


def test_what_does_not_fit_is_refused() -> None:
    linear = {"in_features": 3, "out_features": 2, "bias": True}
    for op, attributes, *shapes in (
        ("linear", linear, (1, 4)),
        ("add", {"number": None, "number_first": False}, (1, 4), (1, 3)),
        ("matmul", {}, (2, 3), (4, 2)),
        ("cat", {"dim": 1}, (1, 4, 2), (1, 3, 3)),
        ("reshape", {"shape": [0, 5]}, (1, 4)),
        ("index_select", {"dim": 1, "index": [4]}, (1, 4)),
        ("pad", {"pad": [-3, -3], "mode": "constant", "value": None}, (1, 4)),
        ("pad", {"pad": [4, 0], "mode": "reflect", "value": None}, (1, 4)),
        ("adaptive_avg_pool2d", {"output_size": [1, 1]}, (1, 4)),
    ):
        with pytest.raises(CANNOT_BE):
            sketch(Node("n", op, (), attributes), [Sketch(one) for one in shapes])


def test_every_operator_can_be_sketched() -> None:
    assert set(_RULES) == set(OPERATORS) - {"input", OPAQUE}
    alone = {op for op, known in OPERATORS.items() if known.function and known.activation}
    also = {"neg", "abs", "sqrt", "exp", "log", "erf", "zeros_like", "identity", "where", "item"}
    assert set(_RULES) - set(CASES) == alone | also | {"parameter", "buffer"}


def test_types_are_those_that_torch_gives() -> None:
    x, truths = Sketch((2, 3)), Sketch((2, 3), torch.bool)
    compared = sketch(Node("n", "gt", (), {"number": 0.0, "number_first": False}), [x])
    assert compared == truths
    assert sketch(Node("n", "sum", (), {"dim": [1], "keepdim": False}), [truths]) == Sketch((2,), torch.int64)
    assert sketch(Node("n", "where", (), {}), [truths, x, Sketch((3,))]) == x
    linear = {"in_features": 3, "out_features": 2, "bias": True}
    for op, attributes, inputs in (
        ("where", {}, [x, x, x]),
        ("neg", {}, [truths]),
        ("linear", linear, [truths]),
        ("sub", {"number": None, "number_first": False}, [truths, truths]),
    ):
        with pytest.raises(CANNOT_BE):
            sketch(Node("n", op, (), attributes), inputs)


class Seen(TorchDispatchMode):
    """The operators of torch that are given or give tensors without memory."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = func(*args, **(kwargs or {}))
        tensors = [one for one in (*args, found) if isinstance(one, Tensor)]
        if any(one.is_meta for one in tensors):
            self.names.add(str(func))
        return found


def test_a_network_is_made_again_without_torchs_compiler() -> None:
    """torch's own steps without memory are written in Python: the first loads it, which takes seconds.

    Making tensors is not, nor are `uniform_` and `detach`.
    """
    model = build_model("convolutional", input_shape=(1, 8, 8), n_classes=3, depth=3, width=4).eval()
    graph = trace_graph(model, torch.rand(2, 1, 8, 8))
    weights = model.state_dict()
    with Seen() as seen:
        rebuild_from_graph(graph.to_json(), (1, 8, 8), 3, weights)
    assert seen.names <= {"aten.empty.memory_format", "aten.uniform_.default", "aten.detach.default"}
