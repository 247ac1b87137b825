"""Which torch modules are operators, and with which attributes."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from torch import nn

from effdash.models.activations import ACTIVATIONS
from effdash.models.graph.building import module_of
from effdash.models.graph.operators import DROPOUTS, OPERATORS
from effdash.models.linked import Linked

Description = tuple[str, dict[str, Any]]
"""An operator and its attributes."""


def describe_module(module: nn.Module) -> tuple[str, dict[str, Any], bool] | None:
    """The operator that a module is, its attributes, and whether it is a module there too.

    `None` where it is none, or holds other tensors than such a module (pruned by masks, say, or
    parametrized).
    """
    known = type(module)
    if known in _FUNCTIONS:
        op, attributes = _FUNCTIONS[known](module)
        return (op, attributes, False) if fits(op, attributes) else None
    if known in _MODULES:
        op, attributes = _MODULES[known](module)
    elif known in _PLAIN:
        op = _PLAIN[known]
        attributes = {key: _read(module, key) for key in OPERATORS[op].attributes}
    else:
        return None
    if not fits(op, attributes) or not _holds_the_same(module, op, attributes):
        return None
    return op, attributes, True


def fits(op: str, attributes: Mapping[str, Any]) -> bool:
    """Whether an operator takes these attributes."""
    checks = OPERATORS[op].attributes
    return set(checks) == set(attributes) and all(
        check.fits(attributes[key]) for key, check in checks.items()
    )


def _read(module: nn.Module, key: str) -> Any:
    value = getattr(module, key)
    if key == "bias":
        return value is not None
    return list(value) if isinstance(value, tuple) else value


def _holds_the_same(module: nn.Module, op: str, attributes: Mapping[str, Any]) -> bool:
    if not module.state_dict() and not OPERATORS[op].attributes:
        return True
    return _shapes(module) == _shapes(module_of(op, attributes))


def _shapes(module: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}


def each(value: Any, dims: int) -> Any:
    """A number for every dimension, where one stands for all."""
    return list(value) if isinstance(value, tuple | list) else [value] * dims


def _window(name: str, dims: int, *more: str) -> Callable[[nn.Module], Description]:
    windows = ("kernel_size", "stride", "padding", *(("dilation",) if name == "max_pool" else ()))

    def read(module: nn.Module) -> Description:
        attributes = {key: each(getattr(module, key), dims) for key in windows}
        attributes |= {key: getattr(module, key) for key in more}
        # What this changes has no name among the attributes, so that the module stays unknown.
        if getattr(module, "return_indices", False) or getattr(module, "divisor_override", None):
            attributes["changed"] = True
        return f"{name}{dims}d", attributes

    return read


def _adaptive(name: str, dims: int) -> Callable[[nn.Module], Description]:
    def read(module: nn.Module) -> Description:
        attributes = {"output_size": each(module.output_size, dims)}
        if getattr(module, "return_indices", False):
            attributes["changed"] = [True]
        return f"{name}{dims}d", attributes

    return read


def _batch_norm(dims: int) -> Callable[[nn.Module], Description]:
    keys = ("num_features", "eps", "momentum", "affine", "track_running_stats")
    return lambda module: ("batch_norm", {"dims": dims, **{key: getattr(module, key) for key in keys}})


def _linked(module: nn.Module) -> Description:
    """Whatever its name says: by what it does."""
    assert isinstance(module, Linked)
    made = ACTIVATIONS[module.kind].make() if module.kind in ACTIVATIONS else None
    same = made is not None and repr(made) == repr(module)
    return "linked", {"kind": module.kind if same else None}


def _upsample(module: nn.Module) -> Description:
    attributes = {key: _read(module, key) for key in ("size", "scale_factor", "mode", "align_corners")}
    if module.recompute_scale_factor:
        attributes["changed"] = True
    return "upsample", attributes


def _pad(module: nn.Module) -> Description:
    padding: Any = module.padding
    return "pad", {"pad": list(padding), "mode": "constant", "value": getattr(module, "value", 0.0)}


_PLAIN: Final[dict[type[nn.Module], str]] = {
    nn.Linear: "linear",
    nn.Conv1d: "conv1d",
    nn.Conv2d: "conv2d",
    nn.Conv3d: "conv3d",
    nn.ConvTranspose1d: "conv_transpose1d",
    nn.ConvTranspose2d: "conv_transpose2d",
    nn.ConvTranspose3d: "conv_transpose3d",
    nn.LayerNorm: "layer_norm",
    nn.GroupNorm: "group_norm",
    nn.Identity: "identity",
    nn.Flatten: "flatten",
    nn.Softmax: "softmax",
    nn.LogSoftmax: "log_softmax",
    nn.ReLU: "relu",
    nn.ReLU6: "relu6",
    nn.Hardtanh: "hardtanh",
    nn.LeakyReLU: "leaky_relu",
    nn.RReLU: "rrelu",
    nn.ELU: "elu",
    nn.SELU: "selu",
    nn.CELU: "celu",
    nn.GELU: "gelu",
    nn.SiLU: "silu",
    nn.Mish: "mish",
    nn.Softplus: "softplus",
    nn.Tanh: "tanh",
    nn.Sigmoid: "sigmoid",
    nn.LogSigmoid: "logsigmoid",
    nn.Softsign: "softsign",
    nn.Tanhshrink: "tanhshrink",
    nn.Hardswish: "hardswish",
    nn.Hardsigmoid: "hardsigmoid",
    nn.Hardshrink: "hardshrink",
    nn.Softshrink: "softshrink",
    nn.Threshold: "threshold",
    nn.PReLU: "prelu",
}

_MODULES: Final[dict[type[nn.Module], Callable[[nn.Module], Description]]] = {
    Linked: _linked,
    nn.BatchNorm1d: _batch_norm(1),
    nn.BatchNorm2d: _batch_norm(2),
    nn.BatchNorm3d: _batch_norm(3),
    nn.MaxPool1d: _window("max_pool", 1, "ceil_mode"),
    nn.MaxPool2d: _window("max_pool", 2, "ceil_mode"),
    nn.MaxPool3d: _window("max_pool", 3, "ceil_mode"),
    nn.AvgPool1d: _window("avg_pool", 1, "ceil_mode", "count_include_pad"),
    nn.AvgPool2d: _window("avg_pool", 2, "ceil_mode", "count_include_pad"),
    nn.AvgPool3d: _window("avg_pool", 3, "ceil_mode", "count_include_pad"),
    nn.AdaptiveAvgPool1d: _adaptive("adaptive_avg_pool", 1),
    nn.AdaptiveAvgPool2d: _adaptive("adaptive_avg_pool", 2),
    nn.AdaptiveAvgPool3d: _adaptive("adaptive_avg_pool", 3),
    nn.AdaptiveMaxPool1d: _adaptive("adaptive_max_pool", 1),
    nn.AdaptiveMaxPool2d: _adaptive("adaptive_max_pool", 2),
    nn.AdaptiveMaxPool3d: _adaptive("adaptive_max_pool", 3),
    **{
        kind: lambda module: ("dropout", {"kind": type(module).__name__, "p": module.p})
        for kind in DROPOUTS.values()
    },
}

_FUNCTIONS: Final[dict[type[nn.Module], Callable[[nn.Module], Description]]] = {
    nn.Softmax2d: lambda module: ("softmax", {"dim": -3}),
    nn.Upsample: _upsample,
    nn.UpsamplingNearest2d: _upsample,
    nn.UpsamplingBilinear2d: _upsample,
    nn.ZeroPad1d: _pad,
    nn.ZeroPad2d: _pad,
    nn.ZeroPad3d: _pad,
    nn.ConstantPad1d: _pad,
    nn.ConstantPad2d: _pad,
    nn.ConstantPad3d: _pad,
}
"""Modules without parameters that become functions."""
