"""What ONNX says in its own way becomes what torch says in its: padding, shapes, biases, activations."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from effdash.loading.onnx import checking
from effdash.loading.onnx.checking import seeded_samples
from effdash.loading.onnx.rules import layers
from effdash.models.graph import Graph, GraphModel, node_shapes
from effdash.vocab import UserError
from tests.loading.onnx.files import answered, made, node, read

IMAGE = ("n", 2, 7, 6)
RNG = np.random.default_rng(0)


def kernel(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


def pool(kind: str, **attributes: Any) -> Callable[[], Any]:
    return lambda: made([node(kind, "x", "y", **attributes)], shape=IMAGE)


def conv(**attributes: Any) -> Callable[[], Any]:
    shape = (4, 2 // attributes.get("group", 1), 3, 2)
    return lambda: made(
        [node("Conv", "x w b", "y", **attributes)], {"w": kernel(*shape), "b": kernel(4)}, shape=IMAGE
    )


def transposed(**attributes: Any) -> Callable[[], Any]:
    return lambda: made(
        [node("ConvTranspose", "x w", "y", **attributes)], {"w": kernel(2, 3, 3, 2)}, shape=IMAGE
    )


def flattened(*chain: Any, **weights: Any) -> Callable[[], Any]:
    return lambda: made([*chain, node("Reshape", "x s", "y")], weights, shape=IMAGE)


def by_shape() -> Any:
    """As torch's older exporter writes `x.view(x.size(0), -1)`."""
    nodes = [
        node("Shape", "x", "all"),
        node("Gather", "all zero", "n", axis=0),
        node("Unsqueeze", "n axes", "n1"),
        node("Concat", "n1 rest", "s", axis=0),
        node("Reshape", "x s", "y"),
    ]
    return made(nodes, {"zero": np.array(0), "axes": np.array([0]), "rest": np.array([-1])}, shape=IMAGE)


CASES: dict[str, tuple[Callable[[], Any], list[str]]] = {
    "uneven convolution": (conv(pads=[1, 0, 2, 1]), ["pad", "conv2d"]),
    "even convolution": (conv(pads=[1, 1, 1, 1], strides=[2, 1]), ["conv2d"]),
    "same, upper": (conv(auto_pad="SAME_UPPER", strides=[2, 2]), ["conv2d"]),
    "same, lower": (conv(auto_pad="SAME_LOWER"), ["pad", "conv2d"]),
    "valid": (conv(auto_pad="VALID", group=2), ["conv2d"]),
    "transposed": (
        transposed(strides=[2, 2], output_padding=[1, 0], pads=[1, 1, 1, 1]),
        ["conv_transpose2d"],
    ),
    "transposed, uneven": (transposed(strides=[2, 2], pads=[0, 1, 1, 0]), ["conv_transpose2d", "index"]),
    "transposed, same": (transposed(strides=[2, 2], auto_pad="SAME_UPPER"), ["conv_transpose2d", "index"]),
    "transposed, to a size": (transposed(strides=[2, 2], output_shape=[16, 13]), ["conv_transpose2d"]),
    "largest, uneven": (pool("MaxPool", kernel_shape=[2, 2], pads=[0, 0, 1, 1]), ["pad", "max_pool2d"]),
    "largest, same": (pool("MaxPool", kernel_shape=[3, 3], auto_pad="SAME_UPPER"), ["max_pool2d"]),
    "largest, wide": (
        pool("MaxPool", kernel_shape=[2, 2], pads=[1, 1, 1, 1], strides=[2, 2]),
        ["max_pool2d"],
    ),
    "largest, up": (pool("MaxPool", kernel_shape=[2, 4], strides=[2, 4], ceil_mode=1), ["max_pool2d"]),
    "average": (pool("AveragePool", kernel_shape=[3, 2], pads=[1, 0, 1, 0]), ["avg_pool2d"]),
    "average, uneven": (
        pool("AveragePool", kernel_shape=[2, 2], pads=[0, 0, 1, 1], strides=[2, 2]),
        ["pad", "avg_pool2d", "buffer", "mul"],
    ),
    "average, of padding": (
        pool("AveragePool", kernel_shape=[2, 2], pads=[0, 0, 1, 1], count_include_pad=1),
        ["pad", "avg_pool2d"],
    ),
    "global": (pool("GlobalAveragePool"), ["adaptive_avg_pool2d"]),
    "global largest": (pool("GlobalMaxPool"), ["adaptive_max_pool2d"]),
    "flatten": (flattened(s=np.array([0, -1])), ["flatten"]),
    "flatten by size": (flattened(s=np.array([-1, 84])), ["flatten"]),
    "flatten what was measured": (by_shape, ["flatten"]),
    "flatten the picture": (flattened(s=np.array([0, 2, 42])), ["flatten"]),
    "reshape": (flattened(s=np.array([-1, 7, 2, 6])), ["reshape"]),
    "no reshape": (flattened(s=np.array([0, 2, 7, -1])), []),
    "old softmax": (
        lambda: made([node("Softmax", "x", "y", axis=1)], shape=IMAGE, opset=11),
        ["flatten", "softmax", "reshape"],
    ),
    "clip": (lambda: made([node("Clip", "x low high", "y")], {"low": 0.0, "high": 6.0}), ["relu6"]),
    "clip below": (lambda: made([node("Clip", "x low", "y")], {"low": 0.0}), ["relu"]),
    "clip to all": (
        lambda: made([node("Clip", "x low high", "y")], {"low": 0.0, "high": 3.4028234e38}),
        ["relu"],
    ),
    "largest of zero": (lambda: made([node("Max", "zero x", "y")], {"zero": 0.0}), ["relu"]),
    "limits": (
        lambda: made([node("Min", "x a", "z"), node("Max", "z b", "y")], {"a": 2.0, "b": [-1.0]}),
        ["clamp"] * 2,
    ),
    "hard sigmoid": (lambda: made([node("HardSigmoid", "x", "y")]), ["mul", "add", "clamp"]),
    "nothing": (
        lambda: made([node("Add", "x zero", "z"), node("Mul", "z one", "y")], {"zero": 0.0, "one": 1.0}),
        [],
    ),
    "a number in front": (lambda: made([node("Sub", "one x", "y")], {"one": 1.0}), ["sub"]),
    "a constant": (lambda: made([node("Mul", "x w", "y")], {"w": kernel(4)}), ["buffer", "mul"]),
    "nearest": (
        lambda: made(
            [
                node(
                    "Resize",
                    "x _ f",
                    "y",
                    mode="nearest",
                    coordinate_transformation_mode="asymmetric",
                    nearest_mode="floor",
                )
            ],
            {"f": np.array([1, 1, 2, 2], np.float32)},
            shape=IMAGE,
        ),
        ["upsample"],
    ),
    "nearest, otherwise": (
        lambda: made(
            [node("Resize", "x _ f", "y", mode="nearest", nearest_mode="ceil")],
            {"f": np.array([1, 1, 1.5, 1], np.float32)},
            shape=IMAGE,
        ),
        ["index_select"],
    ),
    "linear": (
        lambda: made(
            [node("Resize", "x _ f", "y", mode="linear")],
            {"f": np.array([1, 1, 1.5, 2], np.float32)},
            shape=IMAGE,
        ),
        ["upsample"],
    ),
    "two pieces": (
        lambda: made(
            [node("Split", "x s", "a b", axis=1), node("Concat", "b a", "y", axis=1)], {"s": np.array([1, 3])}
        ),
        ["split", "item", "item", "cat"],
    ),
    "backwards": (
        lambda: made(
            [node("Slice", "x a b c d", "y")],
            {"a": np.array([-1]), "b": np.array([-(2**63)]), "c": np.array([1]), "d": np.array([-1])},
        ),
        ["index_select"],
    ),
    "every second": (
        lambda: made(
            [node("Slice", "x a b c d", "y")],
            {"a": np.array([1]), "b": np.array([2**31]), "c": np.array([-1]), "d": np.array([2])},
        ),
        ["index"],
    ),
    "one column": (lambda: made([node("Gather", "x i", "y", axis=1)], {"i": np.array(2)}), ["index"]),
    "columns": (
        lambda: made([node("Gather", "x i", "y", axis=1)], {"i": np.array([2, 0])}),
        ["index_select"],
    ),
    "reflected": (
        lambda: made(
            [node("Pad", "x p", "y", mode="reflect")], {"p": np.array([0, 0, 1, 2, 0, 0, 3, 0])}, shape=IMAGE
        ),
        ["pad"],
    ),
    "distance": (lambda: made([node("ReduceL2", "x", "y", axes=[1], keepdims=0)]), ["pow", "sum", "sqrt"]),
    "choice": (
        lambda: made([node("Greater", "x h", "c"), node("Where", "c x k", "y")], {"h": 0.5, "k": -1.0}),
        ["gt", "buffer", "where"],
    ),
    "repeated": (
        lambda: made(
            [node("Unsqueeze", "x a", "z"), node("Expand", "z s", "y")],
            {"a": np.array([1]), "s": np.array([1, 5, 4])},
        ),
        ["unsqueeze", "expand"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_computes_what_onnxruntime_does_in_these_steps(name: str) -> None:
    make, expected = CASES[name]
    model = make()
    network = read(model)
    assert [one.op for one in network.graph.nodes[1:]] == expected
    assert network.difference is not None and network.difference < 1e-5
    assert Graph.from_json(network.graph.to_json()) == network.graph
    X = seeded_samples(3, network.input_shape)
    with torch.no_grad():
        ours = network.model()(X)
    torch.testing.assert_close(ours, answered(model, X), rtol=1e-5, atol=1e-5)
    assert node_shapes(network.graph, network.input_shape)[network.graph.output] == (1, *ours.shape[1:])


# ---------------------------------------------------------------------------- layers


def test_a_product_and_a_sum_are_one_linear_layer() -> None:
    nodes = [
        node("MatMul", "x w1", "a"),
        node("Add", "b1 a", "b"),
        node("Relu", "b", "c"),
        node("MatMul", "c w2", "y"),
    ]
    weights = {"w1": kernel(4, 5), "b1": kernel(5), "w2": kernel(5, 2)}
    network = read(made(nodes, weights))
    assert [one.op for one in network.graph.nodes] == ["input", "linear", "relu", "linear"]
    first, second = (module for module in network.model().modules() if isinstance(module, nn.Linear))
    assert torch.equal(first.weight, torch.tensor(weights["w1"]).T)
    assert torch.equal(first.bias, torch.tensor(weights["b1"]))
    assert second.bias is None


@pytest.mark.parametrize("shape", [(3, 1, 1), (1, 3, 1, 1)])
def test_a_constant_a_channel_is_the_bias_of_its_convolution(shape: tuple[int, ...]) -> None:
    nodes = [node("Conv", "x w", "a", name="c"), node("Add", "a b", "z"), node("Relu", "z", "y")]
    network = read(made(nodes, {"w": kernel(3, 2, 3, 3), "b": kernel(*shape)}, shape=IMAGE))
    assert [one.op for one in network.graph.nodes] == ["input", "conv2d", "relu"]
    assert network.weights["c.bias"].shape == (3,)


def test_a_number_is_the_bias_of_a_layer_of_one_unit() -> None:
    """And layers of the same weights, but other numbers, stay two."""
    nodes = [
        node("MatMul", "x w", "a"),
        node("Add", "a one", "b"),
        node("MatMul", "x w", "c"),
        node("Add", "c two", "d"),
        node("Mul", "b d", "y"),
    ]
    network = read(made(nodes, {"w": kernel(4, 1), "one": [1.0], "two": [2.0]}))
    assert [one.op for one in network.graph.nodes] == ["input", "linear", "linear", "mul"]
    assert sorted(float(value) for key, value in network.weights.items() if key.endswith("bias")) == [1, 2]


def test_a_constant_that_is_no_bias_stays_beside() -> None:
    """One a column, one for all, or added where the product is read elsewhere, or to something else."""
    to_all = [node("MatMul", "x w", "a"), node("Add", "a one", "y")]
    network = read(made(to_all, {"w": kernel(4, 3), "one": [1.0]}))
    assert [one.op for one in network.graph.nodes] == ["input", "linear", "add"]
    elsewhere = [node("MatMul", "x w", "a"), node("Add", "x one", "h"), node("Add", "a h", "y")]
    network = read(made(elsewhere, {"w": kernel(4, 1), "one": [1.0]}))
    assert [one.op for one in network.graph.nodes] == ["input", "linear", "add", "add"]
    columns = [node("Conv", "x w", "a"), node("Add", "a b", "y")]
    network = read(made(columns, {"w": kernel(3, 2, 3, 3), "b": kernel(4)}, shape=IMAGE))
    assert [one.op for one in network.graph.nodes] == ["input", "conv2d", "buffer", "add"]
    twice = [node("MatMul", "x w", "a"), node("Add", "a b", "z"), node("Mul", "a z", "y")]
    network = read(made(twice, {"w": kernel(4, 3), "b": kernel(3)}))
    assert [one.op for one in network.graph.nodes] == ["input", "linear", "buffer", "add", "mul"]


def test_weights_that_are_used_twice_are_one_module() -> None:
    nodes = [
        node("Gemm", "x w b", "a", name="fc"),
        node("Relu", "a", "c"),
        node("Gemm", "c w b", "z", name="again"),
        node("Gemm", "z w", "y", name="other"),
    ]
    network = read(made(nodes, {"w": kernel(4, 4), "b": kernel(4)}))
    assert [one.path for one in network.graph.nodes] == [None, "fc", None, "fc", "other"]


def test_gemm_scales_and_turns_its_weights() -> None:
    model = made(
        [node("Gemm", "x w b", "y", alpha=0.5, beta=2.0, transB=1)], {"w": kernel(3, 4), "b": kernel(1, 3)}
    )
    network = read(model)
    assert network.difference is not None and network.difference < 1e-6


GELU = [
    node("Div", "x root", "a"),
    node("Erf", "a", "b"),
    node("Add", "b one", "c"),
    node("Mul", "x c", "d"),
    node("Mul", "d half", "y"),
]
STEPS: dict[str, tuple[list[Any], dict[str, float], str]] = {
    "gelu": (GELU, {"root": 2**0.5, "one": 1.0, "half": 0.5}, "gelu"),
    "silu": ([node("Sigmoid", "x", "a"), node("Mul", "a x", "y")], {}, "silu"),
    "hard swish": (
        [
            node("Add", "x three", "a"),
            node("Clip", "a zero six", "b"),
            node("Mul", "x b", "c"),
            node("Div", "c six", "y"),
        ],
        {"three": 3.0, "zero": 0.0, "six": 6.0},
        "hardswish",
    ),
    "mish": ([node("Softplus", "x", "a"), node("Tanh", "a", "b"), node("Mul", "x b", "y")], {}, "mish"),
    "softplus": (
        [node("Exp", "x", "a"), node("Add", "a one", "b"), node("Log", "b", "y")],
        {"one": 1.0},
        "softplus",
    ),
    "relu6": ([node("Relu", "x", "a"), node("Min", "a six", "y")], {"six": 6.0}, "relu6"),
    "hard sigmoid": (
        [node("HardSigmoid", "x", "y", alpha=1 / 6, beta=0.5)],
        {},
        "hardsigmoid",
    ),
}


@pytest.mark.parametrize("name", STEPS)
def test_an_activation_by_steps_is_the_activation(name: str) -> None:
    nodes, numbers, op = STEPS[name]
    network = read(made(nodes, dict(numbers)))
    assert [one.op for one in network.graph.nodes] == ["input", op]
    if len(nodes) > 1:
        assert network.notes == (
            f"one place computes {op} by single steps, which became the activation {op}",
        )


def test_what_is_nearly_an_activation_is_left_as_it_is() -> None:
    quick = [node("Mul", "x k", "a"), node("Sigmoid", "a", "b"), node("Mul", "x b", "y")]
    network = read(made(quick, {"k": 1.702}))
    assert [one.op for one in network.graph.nodes] == ["input", "mul", "sigmoid", "mul"]


# ---------------------------------------------------------------------------- names


def names_of(*pairs: tuple[str, str], kind: str = "Gemm") -> list[str | None]:
    """The paths of layers, one after the other, whose nodes and weights are called so."""
    count = len(pairs)
    nodes = [
        node(kind, "", f"t{place + 1}" if place + 1 < count else "y", name=called)
        for place, (called, _) in enumerate(pairs)
    ]
    for place, (one, (_, weight)) in enumerate(zip(nodes, pairs, strict=True)):
        one.input.extend([f"t{place}" if place else "x", weight])
    network = read(made(nodes, {weight: kernel(4, 4) for _, weight in pairs}))
    network.model()
    return [one.path for one in network.graph.nodes[1:]]


def test_layers_are_called_as_their_authors_called_them() -> None:
    assert names_of(("node_linear", "features.0.weight"), ("node_linear_1", "fc.weight")) == [
        "features.0",
        "fc",
    ]
    assert names_of(("/layers/layers.0/fc/Gemm", "onnx::Gemm_12"), ("/head/Gemm", "onnx::Gemm_13")) == [
        "layers.0.fc",
        "head",
    ]
    assert names_of(
        ("a/dense_3/MatMul_add", "a/dense_3/MatMul/ReadVariableOp/resource:0"), ("n", "conv1_weights")
    ) == [
        "dense_3",
        "conv1",
    ]
    assert names_of(("Gemm@0", "W_1"), ("", "val_15")) == ["Gemm_0", "linear"]


def test_names_that_cannot_be_are_changed() -> None:
    assert names_of(("schöne Schicht", "重み.weight"), ("重み", "w2"), ("__class__", "w3")) == [
        "sch_ne_Schicht",
        "w2",
        "class",
    ]
    assert names_of(("", "forward.weight"), ("", "_modules.weight"), ("", "_effdash_graph.weight")) == [
        "forward_",
        "_modules_",
        "_effdash_graph_",
    ]
    assert names_of(("", "fc.weight"), ("", "fc.1.weight"), ("same", "5"), ("same", "6")) == [
        "fc",
        "fc_1",
        "same",
        "linear",
    ]
    assert names_of(("", "5"), ("", "6"), ("", "7")) == ["linear", "linear_1", "linear_2"]
    assert names_of(("", "." * 50 + "weight"), ("a" * 999, "b")) == ["weight", "a" * 80]


# ---------------------------------------------------------------------------- what the file leaves open


@pytest.mark.parametrize(("kind", "word"), [(10, "float16"), (11, "double")])
def test_other_precisions_become_float32_and_that_is_said(kind: int, word: str) -> None:
    dtype = {10: np.float16, 11: np.float64}[kind]
    model = made([node("Gemm", "x w", "y")], {"w": kernel(4, 3)}, kind=kind)
    weight = model.graph.initializer[0]
    weight.CopyFrom(__import__("onnx").numpy_helper.from_array(kernel(4, 3).astype(dtype), "w"))
    network = read(model)
    assert f"its numbers are {word} in the file and float32 here" in network.notes
    assert all(tensor.dtype == torch.float32 for tensor in network.weights.values())
    assert network.difference is not None and network.difference < (1e-2 if kind == 10 else 1e-6)


@pytest.mark.parametrize("count", [1, 5])
def test_a_file_for_a_fixed_number_of_samples_takes_any(count: int) -> None:
    nodes = [node("Relu", "x", "a"), node("Reshape", "a s", "b"), node("Gemm", "b w", "y")]
    model = made(nodes, {"s": np.array([count, 12]), "w": kernel(12, 2)}, shape=(count, 3, 4))
    network = read(model)
    words = "one sample" if count == 1 else "5 samples"
    assert network.notes == (f"the file is written for {words} at a time; here it takes any number",)
    assert network.input_shape == (3, 4)
    assert network.model()(torch.ones(7, 3, 4)).shape == (7, 2)


def test_of_several_outputs_the_first_is_read() -> None:
    model = made([node("Relu", "x", "y"), node("GRU", "y w r", "z h")], outputs=("y", "h"))
    network = read(model)
    assert network.output_name == "y"
    assert "it has 2 outputs, of which 'y' is read, not 'h'" in network.notes


def test_a_last_softmax_is_said() -> None:
    network = read(made([node("Softmax", "x", "y", axis=1)]))
    assert network.notes == ("its last step is a softmax, so that it answers probabilities, no logits",)


# ---------------------------------------------------------------------------- checked on load


def test_without_onnxruntime_that_nothing_was_checked_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "find_spec", lambda name: None)
    network = read(made([node("Relu", "x", "y")]))
    assert network.difference is None
    assert network.notes == ("onnxruntime is not installed, so that nothing checked how the file was read",)
    with pytest.raises(UserError, match="its answer to a sample depends on the samples beside it"):
        read(made([node("Softmax", "x", "y", axis=0)]))


@pytest.mark.parametrize(
    ("factor", "words"), [(1.01, ""), (1.5, "effdash reads it wrongly: on random samples its")]
)
def test_a_difference_is_said_and_a_large_one_refused(
    factor: float, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if a rule were wrong."""
    right = layers._linear
    monkeypatch.setattr(
        layers, "_linear", lambda step, flow, weight, *rest: right(step, flow, weight * factor, *rest)
    )
    model = made([node("Gemm", "x w", "y")], {"w": kernel(4, 3)})
    if words:
        with pytest.raises(UserError, match=words):
            read(model)
    else:
        (note,) = read(model).notes
        assert note.startswith("on random samples its answers differ by up to 0.0")


def test_what_would_compute_for_hours_is_not_tried() -> None:
    wide = node("AveragePool", "x", "y", kernel_shape=[3000, 3000])
    network = read(made([wide], shape=("n", 1, 4000, 4000)))
    assert network.difference is None
    assert network.notes == ("it takes so long to compute that nothing checked how the file was read",)


def test_a_network_is_a_graph_model_that_shares_its_weights() -> None:
    network = read(made([node("Gemm", "x w", "y", name="fc")], {"w": kernel(4, 3)}))
    model = network.model()
    assert isinstance(model, GraphModel)
    assert not model.training
    assert model.fc.weight.data_ptr() == network.weights["fc.weight"].data_ptr()
