"""Status of an interval: hand-known answers, and the definition on a dense grid."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from effdash.observe.curve import SHAPES, Curve, LinkedCurve
from effdash.observe.nonlinearity import interval_status, point_interval_status

PARAMETERS = {
    "hardtanh": (-1.0, 1.0),
    "leaky_relu": (0.01,),
    "threshold": (0.5, -0.25),
    "hardshrink": (0.5,),
    "softshrink": (0.5,),
    "elu": (1.0,),
    "celu": (1.5,),
    "gelu": ("tanh",),
    "softplus": (1.0, 20.0),
}
LK_RELU = LinkedCurve(Curve("relu"), Curve("relu"))
LK_SELU = LinkedCurve(Curve("selu"), Curve("selu"))


def status(curve: Curve | LinkedCurve, low: float, high: float) -> str:
    (code,) = interval_status(curve, np.array([float(low)]), np.array([float(high)]))
    return ("dead", "linear", "nonlinear")[code]


@pytest.mark.parametrize(
    ("curve", "low", "high", "expected"),
    [
        (Curve("relu"), -1, 0, "dead"),
        (Curve("relu"), 0, 0, "dead"),
        (Curve("relu"), 0, 1, "nonlinear"),
        (Curve("relu"), 1e-30, 1, "linear"),
        (Curve("relu"), -1e-12, 1, "nonlinear"),
        (Curve("relu6"), 1, 6, "linear"),
        (Curve("relu6"), 6, 9, "dead"),
        (Curve("relu6"), 5, 7, "nonlinear"),
        (Curve("relu6"), 0, 5, "nonlinear"),
        (Curve("hardtanh", (-1.0, 1.0)), -1, 1, "linear"),
        (Curve("hardtanh", (-1.0, 1.0)), 1, 2, "dead"),
        (Curve("hardtanh", (0.0, 1.0)), 0, 0.5, "nonlinear"),
        (Curve("leaky_relu", (0.01,)), -5, -1, "linear"),
        (Curve("leaky_relu", (0.01,)), -5, 0, "linear"),
        (Curve("leaky_relu", (0.01,)), -1, 1, "nonlinear"),
        (Curve("leaky_relu", (1.0,)), -1, 1, "linear"),
        (Curve("leaky_relu", (0.0,)), -1, 0, "dead"),
        (Curve("prelu", slopes=np.array([0.25])), -2, -1, "linear"),
        (Curve("prelu", slopes=np.array([0.0])), -2, -1, "dead"),
        (Curve("prelu", slopes=np.array([1.0])), -2, 1, "linear"),
        (Curve("hardswish"), -9, -3, "dead"),
        (Curve("hardswish"), 3, 9, "linear"),
        (Curve("hardswish"), -3, 3, "nonlinear"),
        (Curve("hardsigmoid"), -3, 3, "linear"),
        (Curve("threshold", (0.5, 0.0)), 0.5, 2, "nonlinear"),
        (Curve("threshold", (0.5, 0.0)), 0.6, 2, "linear"),
        (Curve("tanh"), 0.3, 0.3, "linear"),
        (Curve("tanh"), -1e-4, 1e-4, "linear"),
        (Curve("tanh"), -0.1, 0.1, "nonlinear"),
        (Curve("tanh"), -1e6, 1e6, "nonlinear"),
        (Curve("tanh"), 30, 40, "dead"),
        (Curve("gelu", ("none",)), -60, -50, "dead"),
        (Curve("gelu", ("none",)), 20, 60, "linear"),
        (Curve("gelu", ("none",)), -1e6, 1e-3, "nonlinear"),
        (Curve("elu", (1.0,)), 0, 5, "linear"),
        (Curve("softplus", (1.0, 20.0)), 21, 30, "linear"),
        (LK_RELU, 0, 5, "linear"),
        (LK_RELU, -5, -1, "linear"),
        (LK_RELU, 0, 0, "dead"),
        (LK_RELU, -1e-9, 5, "nonlinear"),
        (LK_SELU, 1, 5, "nonlinear"),
        (LinkedCurve(*(Curve("prelu", slopes=np.array([a])) for a in (0.3, 0.2))), 1, 5, "linear"),
    ],
)
def test_hand_known(curve: Curve | LinkedCurve, low: float, high: float, expected: str) -> None:
    assert status(curve, low, high) == expected


@pytest.mark.parametrize("kind", sorted(set(SHAPES) - {"relu", "relu6"}))
@settings(derandomize=True, deadline=None, max_examples=40)
@given(
    ends=st.lists(
        st.tuples(
            st.one_of(st.sampled_from([-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0]), st.floats(-12, 12, width=32)),
            st.one_of(st.just(0.0), st.floats(2**-10, 8, width=32)),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_follows_the_definition(kind: str, ends: list[tuple[float, float]]) -> None:
    curve = Curve(kind, PARAMETERS.get(kind, ("none",) if kind == "gelu" else ()))
    low = np.array([start for start, _ in ends])
    high = low + np.array([length for _, length in ends])
    got = interval_status(curve, low, high)
    for code, a, b in zip(got, low, high, strict=True):
        if a == b or told_apart(curve, a, b):
            assert code == by_definition(curve, a, b)


def told_apart(curve: Curve, low: float, high: float) -> bool:
    """Whether a millionth of the range is more than the rounding of the values; else no rule can tell."""
    values = SHAPES[curve.kind].value(torch.tensor([low, high], dtype=torch.float64), *curve.parameters)
    spread = float((values[1] - values[0]).abs())
    return spread == 0 or 1e-6 * spread > 16 * np.finfo(np.float64).eps * float(values.abs().max())


def by_definition(curve: Curve, low: float, high: float) -> int:
    shape = SHAPES[curve.kind]
    if low == high:
        at_flat = any(start <= low <= end for start, end in shape.flat(*curve.parameters))
        return 0 if at_flat else 1
    kinks = [k for k in shape.kinks(*curve.parameters) if low <= k <= high]
    grid = torch.tensor([*np.linspace(low, high, 4001), *kinks], dtype=torch.float64)
    values = shape.value(grid, *curve.parameters)
    spread = float(values.max() - values.min())
    if spread == 0:
        return 0
    chord = values[0] + (values[4000] - values[0]) * (grid - low) / (high - low)
    return 1 if float((values - chord).abs().max()) <= 1e-6 * spread else 2


def test_flat_pieces_and_kinks_are_where_the_function_has_them() -> None:
    for kind, shape in SHAPES.items():
        parameters = PARAMETERS.get(kind, ("none",) if kind == "gelu" else ())
        for start, end in shape.flat(*parameters):
            inside = torch.linspace(max(start, -50), min(end, 50), 101, dtype=torch.float64)
            assert torch.unique(shape.value(inside, *parameters)).numel() == 1
        if not shape.curved:
            edges = [-math.inf, *shape.kinks(*parameters), math.inf]
            for start, end in itertools.pairwise(edges):
                piece = torch.linspace(max(start, -50), min(end, 50), 101, dtype=torch.float64)
                bends = shape.value(piece, *parameters).diff(n=2).abs().max()
                assert bends < 1e-9 or end - start < 1e-9


def test_points_of_a_prelu_layer_need_every_unit_straight() -> None:
    low, high = np.array([-2.0, -1.0, 1.0]), np.array([-1.0, 1.0, 2.0])
    for slopes, expected in (([0.0, 0.0], [0, 2, 1]), ([0.0, 0.5], [1, 2, 1]), ([1.0, 1.0], [1, 1, 1])):
        assert list(point_interval_status(Curve("prelu", slopes=np.array(slopes)), low, high)) == expected
