"""Which function calls are nonlinearities, and with which parameters, however they are spelt."""

import math
from typing import Any, Final

from torch import Tensor

from effdash.observe.calls import TorchCall, names
from effdash.observe.curve import Curve

# kind and the names and defaults of its parameters, by the name of the torch function or method
_SPELLINGS: Final[dict[str, tuple[str, tuple[tuple[str, Any], ...]]]] = {
    "relu": ("relu", ()),
    "relu6": ("relu6", ()),
    "hardtanh": ("hardtanh", (("min_val", -1.0), ("max_val", 1.0))),
    "leaky_relu": ("leaky_relu", (("negative_slope", 0.01),)),
    "elu": ("elu", (("alpha", 1.0),)),
    "selu": ("selu", ()),
    "celu": ("celu", (("alpha", 1.0),)),
    "gelu": ("gelu", (("approximate", "none"),)),
    "silu": ("silu", ()),
    "mish": ("mish", ()),
    "softplus": ("softplus", (("beta", 1.0), ("threshold", 20.0))),
    "tanh": ("tanh", ()),
    "sigmoid": ("sigmoid", ()),
    "special_expit": ("sigmoid", ()),
    "logsigmoid": ("logsigmoid", ()),
    "log_sigmoid": ("logsigmoid", ()),
    "softsign": ("softsign", ()),
    "tanhshrink": ("tanhshrink", ()),
    "hardswish": ("hardswish", ()),
    "hardsigmoid": ("hardsigmoid", ()),
    "hardshrink": ("hardshrink", (("lambd", 0.5),)),
    "softshrink": ("softshrink", (("lambd", 0.5),)),
    "threshold": ("threshold", (("threshold", 0.0), ("value", 0.0))),
    "_threshold": ("threshold", (("threshold", 0.0), ("value", 0.0))),
}

# Bends the values of each unit, is used as an activation somewhere, and effdash has no rule for it.
UNKNOWN: Final = names("""
    abs absolute square pow __pow__ exp exp2 expm1 log1p sin sinh asinh cos tan atan arctan erf special_erf
    sign heaviside round floor ceil glu
""")


def curve_of_call(call: TorchCall) -> Curve | None:
    """The nonlinearity that a call applies to its first argument, or None where it is none by itself.

    `clamp` with one or two numbers counts: `clamp(min=0)` is ReLU.
    """
    if call.plain == "prelu":
        return Curve("prelu", slopes=call.argument("weight", 1, None))
    if call.plain == "rrelu":  # in evaluation mode, where statuses are taken
        lower, upper = float(call.argument("lower", 1, 1 / 8)), float(call.argument("upper", 2, 1 / 3))
        return Curve("leaky_relu", ((lower + upper) / 2,))
    if call.plain in ("clamp", "clip", "clamp_min", "clamp_max"):
        return _clamp(call)
    if call.plain not in _SPELLINGS:
        return None
    kind, wanted = _SPELLINGS[call.plain]
    values = [call.argument(key, place, default) for place, (key, default) in enumerate(wanted, 1)]
    if kind == "hardtanh":
        return _between(float(values[0]), float(values[1]))
    numbers = tuple(value if isinstance(value, str) else float(value) for value in values)
    return Curve("relu") if kind == "threshold" and numbers == (0.0, 0.0) else Curve(kind, numbers)


def _clamp(call: TorchCall) -> Curve | None:
    low = None if call.plain == "clamp_max" else call.argument("min", 1, None)
    high = call.argument("max", 1 if call.plain == "clamp_max" else 2, None)
    if any(isinstance(limit, Tensor) and limit.numel() > 1 for limit in (low, high)):
        return None
    return _between(-math.inf if low is None else float(low), math.inf if high is None else float(high))


def _between(low: float, high: float) -> Curve:
    """A clamp by its own name where it has one."""
    if (low, high) == (0.0, math.inf):
        return Curve("relu")
    if (low, high) == (0.0, 6.0):
        return Curve("relu6")
    return Curve("hardtanh", (low, high))


def is_zero(value: Any) -> bool:
    """A number or a constant tensor that is zero throughout."""
    if isinstance(value, Tensor):
        return bool((value == 0).all())
    return isinstance(value, int | float) and value == 0
