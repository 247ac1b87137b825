"""Operators that bend the values of each unit."""

import math
from typing import Final

import numpy as np

from effdash.loading.onnx.rules.arithmetic import limited
from effdash.loading.onnx.step import Rule, Step
from effdash.loading.onnx.values import Flow, Value

_LARGEST: Final = 3.4e38
"""A limit beyond it is none in float32."""
_SELU: Final = (1.67326319217681884765625, 1.05070102214813232421875)


def _plain(op: str) -> Rule:
    return lambda step: step.does(op, step.flow())


def _clip(step: Step) -> Value:
    limits = []
    for place, key in ((1, "min"), (2, "max")):
        if key in step.attributes:
            limit: float | None = float(step.attributes[key])
        else:
            limit = step.number(place, "limit") if step.has(place) else None
        limits.append(None if limit is None or abs(limit) > _LARGEST else limit)
    return limited(step, step.flow(), *limits)


def _leaky_relu(step: Step) -> Value:
    return step.does("leaky_relu", step.flow(), negative_slope=float(step.attribute("alpha", 0.01)))


def _elu(op: str) -> Rule:
    return lambda step: step.does(op, step.flow(), alpha=float(step.attribute("alpha", 1.0)))


def _selu(step: Step) -> Value:
    alpha, gamma = step.attribute("alpha", _SELU[0]), step.attribute("gamma", _SELU[1])
    if np.allclose([alpha, gamma], _SELU, rtol=1e-6, atol=0):
        return step.does("selu", step.flow())
    return step.with_number("mul", step.does("elu", step.flow(), alpha=float(alpha)), float(gamma))


def _gelu(step: Step) -> Value:
    return step.does("gelu", step.flow(), approximate=str(step.attribute("approximate", "none")))


def _hard_sigmoid(step: Step) -> Value:
    alpha, beta = float(step.attribute("alpha", 0.2)), float(step.attribute("beta", 0.5))
    if math.isclose(alpha, 1 / 6, rel_tol=1e-6) and beta == 0.5:
        return step.does("hardsigmoid", step.flow())
    steep = step.with_number("mul", step.flow(), alpha)
    return limited(step, step.with_number("add", steep, beta), 0.0, 1.0)


def _softplus(step: Step) -> Value:
    return step.does("softplus", step.flow(), beta=1.0, threshold=20.0)


def _swish(step: Step) -> Value:
    flow, alpha = step.flow(), float(step.attribute("alpha", 1.0))
    if alpha == 1:
        return step.does("silu", flow)
    gate = step.does("sigmoid", step.with_number("mul", flow, alpha))
    return step.does("mul", flow, gate, number=None, number_first=False)


def _threshold(step: Step) -> Value:
    return step.does("threshold", step.flow(), threshold=float(step.attribute("alpha", 1.0)), value=0.0)


def _shrink(step: Step) -> Value:
    bias, limit = float(step.attribute("bias", 0.0)), float(step.attribute("lambd", 0.5))
    if bias == 0:
        return step.does("hardshrink", step.flow(), lambd=limit)
    if bias != limit:
        step.refuse(
            f"has the bias {bias:g} and the limit {limit:g}; effdash knows it where they are the same"
        )
    return step.does("softshrink", step.flow(), lambd=limit)


def _prelu(step: Step) -> Value:
    """A slope for all, or one a unit along dimension 1."""
    flow = step.flow()
    slope = step.array(1, "slope")
    shape = step.shape(flow)
    aligned = (1,) * (len(shape) - slope.ndim) + slope.shape
    per_unit = (1, shape[1], *(1,) * (len(shape) - 2)) if len(shape) > 1 else (0,)
    if slope.size != 1 and aligned != per_unit and not (step.opset < 7 and slope.shape == shape[1:2]):
        step.refuse(f"has slopes of the shape {slope.shape}, not one a unit")
    return step.drawing.module(
        "prelu",
        flow,
        {"num_parameters": slope.size},
        {"weight": slope.reshape(-1)},
        hints=[step.proto.name, step.name_of(1)],
        sources=[step.numbers(1, "slope")],
        hint=step.hint,
    )


def _softmax(op: str) -> Rule:
    """Before operator set 13 all dimensions from the axis on are one."""

    def rule(step: Step) -> Value:
        flow = step.flow()
        shape = step.shape(flow)
        axis = step.axis(flow, default=1 if step.opset < 13 else -1)
        if step.opset >= 13 or math.prod(shape[axis + 1 :]) == 1:
            return step.does(op, flow, dim=axis)
        flat: Flow = step.does("flatten", flow, start_dim=axis, end_dim=-1)
        return step.does("reshape", step.does(op, flat, dim=-1), shape=[0] * axis + list(shape[axis:]))

    return rule


ACTIVATION_RULES: Final[dict[str, Rule]] = {
    "Relu": _plain("relu"),
    "LeakyRelu": _leaky_relu,
    "PRelu": _prelu,
    "Elu": _elu("elu"),
    "Celu": _elu("celu"),
    "Selu": _selu,
    "Gelu": _gelu,
    "Sigmoid": _plain("sigmoid"),
    "HardSigmoid": _hard_sigmoid,
    "HardSwish": _plain("hardswish"),
    "Swish": _swish,
    "Tanh": _plain("tanh"),
    "Softplus": _softplus,
    "Softsign": _plain("softsign"),
    "Mish": _plain("mish"),
    "Clip": _clip,
    "ThresholdedRelu": _threshold,
    "Shrink": _shrink,
    "Softmax": _softmax("softmax"),
    "LogSoftmax": _softmax("log_softmax"),
}
