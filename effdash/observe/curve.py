"""Nonlinearities as functions of one number: their values, their kinks, and where they are flat."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import torch
from jaxtyping import Float64
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True, eq=False)
class Curve:
    """One nonlinearity with its parameters, in the order of `torch.nn.functional`.

    `slopes` is PReLU's: one for all units or one a unit; the model's own parameter while recording, an array
    after.
    """

    kind: str
    parameters: tuple[float | str, ...] = ()
    slopes: Tensor | np.ndarray | None = field(default=None, repr=False)


@dataclass(frozen=True, eq=False)
class LinkedCurve:
    """`concat(positive(z), negative(-z))`: one unit with two outputs."""

    positive: Curve
    negative: Curve

    @property
    def kind(self) -> str:
        return "lk-" + LINKED_NAMES.get(self.positive.kind, self.positive.kind)


LINKED_NAMES: Final = {"silu": "swish"}

Interval = tuple[float, float]
Line = Float64[Tensor, "..."]


def _nowhere(*parameters: float | str) -> tuple[Interval, ...]:
    return ()


def _no_kinks(*parameters: float | str) -> tuple[float, ...]:
    return ()


@dataclass(frozen=True)
class Shape:
    """What is known of a kind: `value(z, *parameters)`, where its slope jumps, where it is flat.

    `curved` is False where it is straight between its kinks, so that these and the ends tell everything.
    """

    value: Callable[..., Tensor]
    kinks: Callable[..., tuple[float, ...]] = _no_kinks
    flat: Callable[..., tuple[Interval, ...]] = _nowhere
    curved: bool = False


def _leaky_flat(slope: float) -> tuple[Interval, ...]:
    return ((-math.inf, 0.0),) if slope == 0 else ()


SHAPES: Final[dict[str, Shape]] = {
    "relu": Shape(functional.relu, lambda: (0.0,), lambda: ((-math.inf, 0.0),)),
    "relu6": Shape(functional.relu6, lambda: (0.0, 6.0), lambda: ((-math.inf, 0.0), (6.0, math.inf))),
    "hardtanh": Shape(
        lambda z, low, high: z.clamp(low, high),
        lambda low, high: (low, high),
        lambda low, high: ((-math.inf, low), (high, math.inf)),
    ),
    "leaky_relu": Shape(functional.leaky_relu, lambda slope: (0.0,), _leaky_flat),
    # A jump has two kinks: its foot and the next number above or below.
    "threshold": Shape(
        functional.threshold,
        lambda at, value: (at, math.nextafter(at, math.inf)),
        lambda at, value: ((-math.inf, at),),
    ),
    "hardshrink": Shape(
        functional.hardshrink,
        lambda at: (math.nextafter(-at, -math.inf), -at, at, math.nextafter(at, math.inf)),
        lambda at: ((-at, at),),
    ),
    "softshrink": Shape(functional.softshrink, lambda at: (-at, at), lambda at: ((-at, at),)),
    "hardsigmoid": Shape(
        functional.hardsigmoid, lambda: (-3.0, 3.0), lambda: ((-math.inf, -3.0), (3.0, math.inf))
    ),
    "hardswish": Shape(functional.hardswish, lambda: (-3.0, 3.0), lambda: ((-math.inf, -3.0),), curved=True),
    "elu": Shape(functional.elu, lambda alpha: (0.0,), curved=True),
    "selu": Shape(functional.selu, lambda: (0.0,), curved=True),
    "celu": Shape(functional.celu, lambda alpha: (0.0,), curved=True),
    "gelu": Shape(lambda z, approximate: functional.gelu(z, approximate=approximate), curved=True),
    "silu": Shape(functional.silu, curved=True),
    "mish": Shape(functional.mish, curved=True),
    "softplus": Shape(functional.softplus, lambda beta, threshold: (threshold / beta,), curved=True),
    "tanh": Shape(torch.tanh, curved=True),
    "sigmoid": Shape(torch.sigmoid, curved=True),
    "logsigmoid": Shape(functional.logsigmoid, curved=True),
    "softsign": Shape(functional.softsign, curved=True),
    "tanhshrink": Shape(functional.tanhshrink, curved=True),
}
