"""Biases go into their layers, weights used twice are one module, activations by steps become one."""

from typing import Any

import pytest
import torch
from torch import nn

from tests.loading.onnx.files import IMAGE, kernel, made, node, read


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
