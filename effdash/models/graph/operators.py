"""The operators that a graph may consist of: what each takes, and the torch function or module it is."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from effdash.models.graph.activations import ACTIVATION_OPERATORS
from effdash.models.graph.arithmetic import ARITHMETIC
from effdash.models.graph.checks import (
    MOST_DIMS,
    Check,
    either,
    items,
    number,
    numbers,
    optional,
    truth,
    units,
    whole,
    wholes,
    word,
)
from effdash.models.graph.operator import Operator

INPUT: Final = "input"
OPAQUE: Final = "opaque"
"""Something that cannot be looked into: only where a live model was traced, never in a file."""
PARAMETERS: Final = frozenset({"parameter", "buffer"})

DROPOUTS: Final = {
    kind.__name__: kind
    for kind in (
        nn.Dropout,
        nn.Dropout1d,
        nn.Dropout2d,
        nn.Dropout3d,
        nn.AlphaDropout,
        nn.FeatureAlphaDropout,
    )
}
MOST_INPUTS: Final = 1_000
_DIM: Final = whole(-MOST_DIMS, MOST_DIMS - 1)
_DIMS: Final = wholes((1, MOST_DIMS), -MOST_DIMS, MOST_DIMS - 1)
_SIDE: Final = 10**4
"""The largest kernel, stride, padding or image side."""


# ---------------------------------------------------------------------------- functions of several steps


def _reshape(x: Tensor, *, shape: tuple[int, ...]) -> Tensor:
    """As in ONNX, 0 keeps the size that `x` has at this place."""
    return x.reshape([x.shape[place] if size == 0 else size for place, size in enumerate(shape)])


def _index(x: Tensor, *, items: tuple[Any, ...]) -> Tensor:
    return x[tuple(slice(*item) if isinstance(item, list) else item for item in items)]


def places_of(index: Sequence[int], size: int) -> list[int]:
    """Places along a dimension counted from its front; as with lists, -1 is the last.

    Raises:
        IndexError: there is none.
    """
    places = [place + size if place < 0 else place for place in index]
    if not all(0 <= place < size for place in places):
        raise IndexError(f"a place is out of range for a dimension of size {size}")
    return places


def _index_select(x: Tensor, *, dim: int, index: tuple[int, ...]) -> Tensor:
    return x.index_select(dim, torch.tensor(places_of(index, x.shape[dim]), device=x.device))


def _expand(x: Tensor, *, shape: tuple[int, ...]) -> Tensor:
    """A side of -1 stays as it is."""
    return x.expand(shape)


def _item(x: Any, *, index: int) -> Any:
    return x[index]


def _cat(*tensors: Tensor, dim: int) -> Tensor:
    return torch.cat(tensors, dim)


def _interpolate(x: Tensor, **attributes: Any) -> Tensor:
    return functional.interpolate(x, **attributes)


# ---------------------------------------------------------------------------- modules


def _convolution(dims: int) -> Operator:
    places = (dims, dims)
    return Operator(
        module=(nn.Conv1d, nn.Conv2d, nn.Conv3d)[dims - 1],
        attributes={
            "in_channels": units(),
            "out_channels": units(),
            "kernel_size": wholes(places, 1, _SIDE),
            "stride": wholes(places, 1, _SIDE),
            "padding": either(word("same", "valid"), wholes(places, 0, _SIDE)),
            "dilation": wholes(places, 1, _SIDE),
            "groups": units(),
            "bias": truth(),
            "padding_mode": word("zeros", "reflect", "replicate", "circular"),
        },
    )


def _transposed_convolution(dims: int) -> Operator:
    places = (dims, dims)
    return Operator(
        module=(nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)[dims - 1],
        attributes={
            "in_channels": units(),
            "out_channels": units(),
            "kernel_size": wholes(places, 1, _SIDE),
            "stride": wholes(places, 1, _SIDE),
            "padding": wholes(places, 0, _SIDE),
            "output_padding": wholes(places, 0, _SIDE),
            "groups": units(),
            "bias": truth(),
            "dilation": wholes(places, 1, _SIDE),
        },
    )


def _batch_norm(*, dims: int, **attributes: Any) -> nn.Module:
    return (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)[dims - 1](**attributes)


def _dropout(*, kind: str, p: float) -> nn.Module:
    return DROPOUTS[kind](p)


def _pool(function: Callable[..., Tensor], module: type[nn.Module], dims: int, **more: Check) -> Operator:
    places = (dims, dims)
    window = {
        "kernel_size": wholes(places, 1, _SIDE),
        "stride": wholes(places, 1, _SIDE),
        "padding": wholes(places, 0, _SIDE),
    }
    return Operator(function, module, {**window, **more})


def _pools() -> dict[str, Operator]:
    found = {}
    for dims in (1, 2, 3):
        places = (dims, dims)
        largest = {"dilation": wholes(places, 1, _SIDE), "ceil_mode": truth()}
        average = {"ceil_mode": truth(), "count_include_pad": truth()}
        # A side may stay as it is: null.
        output = {
            "output_size": Check(
                f"a list of {dims} whole numbers from 1 to {_SIDE} and nulls",
                partial(_are_sides, dims),
            )
        }
        for name, more in (("max_pool", largest), ("avg_pool", average)):
            function = getattr(functional, f"{name}{dims}d")
            found[f"{name}{dims}d"] = _pool(function, getattr(nn, _class_name(name, dims)), dims, **more)
        for name in ("adaptive_avg_pool", "adaptive_max_pool"):
            function = getattr(functional, f"{name}{dims}d")
            found[f"{name}{dims}d"] = Operator(function, getattr(nn, _class_name(name, dims)), output)
    return found


def _are_sides(dims: int, value: Any) -> bool:
    side = optional(whole(1, _SIDE))
    return isinstance(value, list) and len(value) == dims and all(map(side.fits, value))


def _class_name(name: str, dims: int) -> str:
    return "".join(part.capitalize() for part in name.split("_")) + f"{dims}d"


_MODULES: Final = {
    "linear": Operator(
        module=nn.Linear, attributes={"in_features": units(), "out_features": units(), "bias": truth()}
    ),
    "conv1d": _convolution(1),
    "conv2d": _convolution(2),
    "conv3d": _convolution(3),
    **{f"conv_transpose{dims}d": _transposed_convolution(dims) for dims in (1, 2, 3)},
    "batch_norm": Operator(
        module=_batch_norm,
        attributes={
            "dims": whole(1, 3),
            "num_features": units(),
            "eps": number(),
            "momentum": optional(number()),
            "affine": truth(),
            "track_running_stats": truth(),
        },
    ),
    "layer_norm": Operator(
        module=nn.LayerNorm,
        attributes={
            "normalized_shape": wholes((1, MOST_DIMS), 1, 10**8),
            "eps": number(),
            "elementwise_affine": truth(),
            "bias": truth(),
        },
    ),
    "group_norm": Operator(
        module=nn.GroupNorm,
        attributes={"num_groups": units(), "num_channels": units(), "eps": number(), "affine": truth()},
    ),
    "dropout": Operator(module=_dropout, attributes={"kind": word(*DROPOUTS), "p": number()}),
    "identity": Operator(lambda x: x, nn.Identity),
    "flatten": Operator(torch.flatten, nn.Flatten, {"start_dim": _DIM, "end_dim": _DIM}),
    "softmax": Operator(torch.softmax, nn.Softmax, {"dim": _DIM}),
    "log_softmax": Operator(torch.log_softmax, nn.LogSoftmax, {"dim": _DIM}),
}

_SHAPE: Final = wholes((1, MOST_DIMS), -1, 10**8)
_FUNCTIONS: Final = {
    "cat": Operator(_cat, attributes={"dim": _DIM}, inputs=(1, MOST_INPUTS)),
    "mean": Operator(torch.mean, attributes={"dim": _DIMS, "keepdim": truth()}),
    "sum": Operator(torch.sum, attributes={"dim": _DIMS, "keepdim": truth()}),
    "amax": Operator(torch.amax, attributes={"dim": _DIMS, "keepdim": truth()}),
    "amin": Operator(torch.amin, attributes={"dim": _DIMS, "keepdim": truth()}),
    "permute": Operator(torch.permute, attributes={"dims": _DIMS}),
    "reshape": Operator(_reshape, attributes={"shape": _SHAPE}),
    "squeeze": Operator(torch.squeeze, attributes={"dim": _DIM}),
    "unsqueeze": Operator(torch.unsqueeze, attributes={"dim": _DIM}),
    "expand": Operator(_expand, attributes={"shape": _SHAPE}),
    "expand_as": Operator(Tensor.expand_as, inputs=(2, 2)),
    "matmul": Operator(torch.matmul, inputs=(2, 2)),
    "chunk": Operator(torch.chunk, attributes={"chunks": whole(1, 10**4), "dim": _DIM}),
    "split": Operator(
        torch.split,
        attributes={
            "split_size_or_sections": either(whole(1, 10**8), wholes((1, 10**4), 0, 10**8)),
            "dim": _DIM,
        },
    ),
    "item": Operator(_item, attributes={"index": whole(-(10**4), 10**4)}),
    "index": Operator(_index, attributes={"items": items()}),
    "index_select": Operator(
        _index_select, attributes={"dim": _DIM, "index": wholes((1, 10**5), -(10**8), 10**8)}
    ),
    "pad": Operator(
        functional.pad,
        attributes={
            "pad": wholes((2, 2 * MOST_DIMS), -_SIDE, _SIDE),
            "mode": word("constant", "reflect", "replicate", "circular"),
            "value": optional(number()),
        },
    ),
    "upsample": Operator(
        _interpolate,
        attributes={
            "size": optional(either(whole(1, _SIDE), wholes((1, 3), 1, _SIDE))),
            "scale_factor": optional(either(number(), numbers(1, 3))),
            "mode": word("nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear", "area"),
            "align_corners": optional(truth()),
        },
    ),
}

OPERATORS: Final[dict[str, Operator]] = {
    INPUT: Operator(lambda: None, inputs=(0, 0)),
    **{
        kind: Operator(
            attributes={"shape": wholes((0, MOST_DIMS), 0, 10**8)}, inputs=(0, 0), is_parameter=True
        )
        for kind in sorted(PARAMETERS)
    },
    **_MODULES,
    **ACTIVATION_OPERATORS,
    **_pools(),
    **ARITHMETIC,
    **_FUNCTIONS,
}
