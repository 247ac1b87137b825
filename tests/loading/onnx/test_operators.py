"""What ONNX says in its own way becomes what torch says in its: padding, shapes, limits, pieces."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from effdash.loading.onnx.checking import seeded_samples
from effdash.models.graph import Graph, node_shapes
from tests.loading.onnx.files import IMAGE, answered, kernel, made, node, read


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
