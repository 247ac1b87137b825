"""How calls of torch are written, and which operator each is."""

from collections.abc import Callable
from typing import Any, Final

from effdash.models.graph.arguments import Call, Found, UnfitError, Value, plain, plain_values
from effdash.models.graph.layouts import read_cat, read_getitem, read_permute, read_reshape, read_squeeze
from effdash.models.graph.modules import each, fits

Reader = Callable[[Call], Found]


def operator_of_call(call: Call) -> Found:
    """The operator, its attributes and its inputs.

    Raises:
        UnfitError: it is none of effdash's.
    """
    if call.name not in _READERS:
        raise UnfitError
    op, attributes, inputs = _READERS[call.name](call)
    if not fits(op, attributes):
        raise UnfitError
    return op, attributes, inputs


def _simple(op: str, **defaults: Any) -> Reader:
    def read(call: Call) -> Found:
        return op, plain_values(call.bound(defaults, "inplace")), [call.tensor]

    return read


def _activation(op: str, **defaults: Any) -> Reader:
    """An activation; whether it works in place is none of its attributes."""

    def read(call: Call) -> Found:
        given = plain_values(call.bound({**defaults, "inplace": False}))
        del given["inplace"]
        return op, given, [call.tensor]

    return read


def _clamp(call: Call) -> Found:
    keys = {"clamp_min": ("min",), "clamp_max": ("max",)}.get(call.name, ("min", "max"))
    given = {"min": None, "max": None} | plain_values(call.bound(dict.fromkeys(keys)))
    return "clamp", given, [call.tensor]


def _dropout(call: Call) -> Found:
    """Without effect outside training."""
    if plain(call.bound({"p": 0.5, "training": True, "inplace": False})["training"]):
        raise UnfitError
    return "identity", {}, [call.tensor]


def _rrelu(call: Call) -> Found:
    given = plain_values(call.bound({"lower": 1 / 8, "upper": 1 / 3, "training": False, "inplace": False}))
    if given["training"]:
        raise UnfitError
    return "rrelu", {"lower": given["lower"], "upper": given["upper"]}, [call.tensor]


def _reduction(call: Call) -> Found:
    given = plain_values(call.bound({"dim": None, "keepdim": False, "dtype": None}))
    if given.pop("dtype") is not None or given["dim"] is None:
        raise UnfitError
    return call.name, given | {"dim": each(given["dim"], 1)}, [call.tensor]


def _softmax(call: Call) -> Found:
    given = call.bound({"dim": None, "_stacklevel": 3, "dtype": None}, "_stacklevel")
    if given["dtype"] is not None:
        raise UnfitError
    return call.name, {"dim": plain(given["dim"])}, [call.tensor]


def _window(name: str, dims: int) -> Reader:
    def read(call: Call) -> Found:
        if name == "max_pool":
            order = {"kernel_size": None, "stride": None, "padding": 0, "dilation": 1, "ceil_mode": False}
            last: dict[str, Any] = {"return_indices": False}
        else:
            order = {"kernel_size": None, "stride": None, "padding": 0, "ceil_mode": False}
            last = {"count_include_pad": True, "divisor_override": None}
        given = plain_values(call.bound({**order, **last}))
        if given.pop("return_indices", False) or given.pop("divisor_override", None):
            raise UnfitError
        if given["stride"] in (None, []):
            given["stride"] = given["kernel_size"]
        windows = {"kernel_size", "stride", "padding", "dilation"} & set(given)
        for key in windows:
            given[key] = _all_of(given[key], dims)
        return f"{name}{dims}d", given, [call.tensor]

    return read


def _all_of(value: Any, dims: int) -> list[Any]:
    """One number a dimension: torch also takes a list of one for all."""
    sizes = each(value, dims)
    return sizes * dims if len(sizes) == 1 else sizes


def _adaptive(name: str, dims: int) -> Reader:
    def read(call: Call) -> Found:
        given = plain_values(call.bound({"output_size": None, "return_indices": False}))
        if given["return_indices"]:
            raise UnfitError
        return f"{name}{dims}d", {"output_size": _all_of(given["output_size"], dims)}, [call.tensor]

    return read


def _elementwise(op: str) -> Reader:
    def read(call: Call) -> Found:
        if len(call.args) != 2 or set(call.kwargs) - {"alpha"} or plain(call.kwargs.get("alpha", 1)) != 1:
            raise UnfitError
        first, second = call.args
        tensors = [arg for arg in call.args if isinstance(arg, Value) and arg.is_tensor]
        if len(tensors) == 2:
            return op, {"number": None, "number_first": False}, tensors
        if len(tensors) != 1:
            raise UnfitError
        number_first = tensors[0] is second
        return op, {"number": plain(first if number_first else second), "number_first": number_first}, tensors

    return read


def _matmul(call: Call) -> Found:
    if len(call.args) != 2 or call.kwargs or not all(isinstance(a, Value) and a.is_tensor for a in call.args):
        raise UnfitError
    return "matmul", {}, list(call.args)


def _where(call: Call) -> Found:
    args = list(call.args)
    if call.kwargs or len(args) != 3 or not all(isinstance(arg, Value) and arg.is_tensor for arg in args):
        raise UnfitError
    if args[0].first.is_floating_point():  # `x.where(condition, other)`
        args[:2] = args[1::-1]
    return "where", {}, args


def _expand_as(call: Call) -> Found:
    other = call.bound({"other": None})["other"]
    if not isinstance(other, Value) or not other.is_tensor:
        raise UnfitError
    return "expand_as", {}, [call.tensor, other]


def _interpolate(call: Call) -> Found:
    defaults = {
        "size": None,
        "scale_factor": None,
        "mode": "nearest",
        "align_corners": None,
        "recompute_scale_factor": None,
        "antialias": False,
    }
    given = plain_values(call.bound(defaults))
    if given.pop("recompute_scale_factor") or given.pop("antialias"):
        raise UnfitError
    return "upsample", given, [call.tensor]


_ACTIVATIONS: Final[dict[str, Reader]] = {
    "relu": _activation("relu"),
    "relu6": _activation("relu6"),
    "hardtanh": _activation("hardtanh", min_val=-1.0, max_val=1.0),
    "leaky_relu": _activation("leaky_relu", negative_slope=0.01),
    "rrelu": _rrelu,
    "elu": _activation("elu", alpha=1.0),
    "selu": _activation("selu"),
    "celu": _activation("celu", alpha=1.0),
    "gelu": _activation("gelu", approximate="none"),
    "silu": _activation("silu"),
    "mish": _activation("mish"),
    "softplus": _activation("softplus", beta=1.0, threshold=20.0),
    "tanh": _activation("tanh"),
    "sigmoid": _activation("sigmoid"),
    "special_expit": _activation("sigmoid"),
    "logsigmoid": _activation("logsigmoid"),
    "log_sigmoid": _activation("logsigmoid"),
    "softsign": _activation("softsign"),
    "tanhshrink": _activation("tanhshrink"),
    "hardswish": _activation("hardswish"),
    "hardsigmoid": _activation("hardsigmoid"),
    "hardshrink": _activation("hardshrink", lambd=0.5),
    "softshrink": _activation("softshrink", lambd=0.5),
    "threshold": _activation("threshold", threshold=0.0, value=0.0),
    "_threshold": _activation("threshold", threshold=0.0, value=0.0),
    "clamp": _clamp,
    "clip": _clamp,
    "clamp_min": _clamp,
    "clamp_max": _clamp,
}

_ARITHMETIC: Final[dict[str, Reader]] = {
    name: _elementwise(op)
    for op, names in {
        "add": ("add", "iadd"),
        "sub": ("sub", "isub", "subtract"),
        "mul": ("mul", "imul", "multiply"),
        "div": ("div", "truediv", "itruediv", "divide", "true_divide"),
        "pow": ("pow",),
        "gt": ("gt",),
        "ge": ("ge",),
        "lt": ("lt",),
        "le": ("le",),
        "maximum": ("maximum", "max", "fmax"),
        "minimum": ("minimum", "min", "fmin"),
    }.items()
    for name in names
}

_READERS: Final[dict[str, Reader]] = {
    **_ACTIVATIONS,
    **_ARITHMETIC,
    **{f"max_pool{dims}d": _window("max_pool", dims) for dims in (1, 2, 3)},
    **{f"avg_pool{dims}d": _window("avg_pool", dims) for dims in (1, 2, 3)},
    **{f"adaptive_avg_pool{dims}d": _adaptive("adaptive_avg_pool", dims) for dims in (1, 2, 3)},
    **{f"adaptive_max_pool{dims}d": _adaptive("adaptive_max_pool", dims) for dims in (1, 2, 3)},
    **dict.fromkeys(("contiguous", "clone", "detach"), _simple("identity")),
    **dict.fromkeys(("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout"), _dropout),
    **dict.fromkeys(("neg", "negative"), _simple("neg")),
    **dict.fromkeys(("abs", "absolute"), _simple("abs")),
    **dict.fromkeys(("erf", "special_erf"), _simple("erf")),
    **{name: _simple(name) for name in ("sqrt", "exp", "log", "zeros_like")},
    **dict.fromkeys(("mean", "sum", "amax", "amin"), _reduction),
    **dict.fromkeys(("softmax", "log_softmax"), _softmax),
    **dict.fromkeys(("view", "reshape"), read_reshape),
    **dict.fromkeys(("permute", "transpose", "swapaxes", "swapdims", "t"), read_permute),
    **dict.fromkeys(("cat", "concat", "concatenate"), read_cat),
    **dict.fromkeys(("matmul", "bmm"), _matmul),
    **dict.fromkeys(("squeeze", "unsqueeze"), read_squeeze),
    "flatten": _simple("flatten", start_dim=0, end_dim=-1),
    "expand_as": _expand_as,
    "where": _where,
    "chunk": _simple("chunk", chunks=None, dim=0),
    "split": _simple("split", split_size_or_sections=None, dim=0),
    "getitem": read_getitem,
    "pad": _simple("pad", pad=None, mode="constant", value=None),
    "interpolate": _interpolate,
}
