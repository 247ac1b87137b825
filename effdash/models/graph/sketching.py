"""What comes out of each operator but for its numbers: shapes by arithmetic, so that nothing takes memory.

torch's own way, tensors on the device `meta`, computes the same, but the first such step of a process loads
its compiler, which takes seconds.
"""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from effdash.models.graph.description import Node
from effdash.models.graph.operator import as_tuples
from effdash.models.graph.operators import OPERATORS, PARAMETERS, places_of
from effdash.models.graph.sketch import (
    Rule,
    Sizes,
    Sketch,
    Sketched,
    check_floating,
    check_mirrored,
    function_of,
    point_like,
    sketch_like,
)
from effdash.models.graph.windows import (
    adaptive_pool,
    convolution,
    linear,
    pool,
    transposed_convolution,
    upsample,
)


def sketch(node: Node, inputs: Sequence[Any]) -> Sketched:
    """What a step gives for inputs of these shapes.

    Raises:
        One of `CANNOT_BE`: they do not fit the step, or nothing would be left of them. What torch alone
            refuses, for reasons of its own, is found out when the step is taken.
    """
    return _RULES[node.op](*inputs, **as_tuples(node.attributes))


# ---------------------------------------------------------------------------- number by number


def _elementwise(op: str) -> Rule:
    """What the function says of single numbers, in the shape that the inputs have together."""
    function = function_of(op)

    def rule(*inputs: Sketch, **attributes: Any) -> Sketch:
        point = function(*map(point_like, inputs), **attributes)
        return Sketch(np.broadcast_shapes(*(x.shape for x in inputs)), point.dtype)

    return rule


def _per_channel(x: Sketch, channels: int) -> Sketch:
    check_floating(x)
    if x.rank < 2 or x.shape[1] != channels:
        raise ValueError(f"it takes {channels} channels along dimension 1, and is given {x.shape}")
    return x


def _batch_norm(x: Sketch, *, dims: int, num_features: int, **_: Any) -> Sketch:
    if x.rank != dims + 2 and not (dims == 1 and x.rank == 2):
        raise ValueError(f"it takes {dims + 2} dimensions, and is given {x.shape}")
    return _per_channel(x, num_features)


def _layer_norm(x: Sketch, *, normalized_shape: Sizes, **_: Any) -> Sketch:
    check_floating(x)
    if x.shape[-len(normalized_shape) :] != tuple(normalized_shape):
        raise ValueError(f"it takes {normalized_shape} as last dimensions, and is given {x.shape}")
    return x


def _prelu(x: Sketch, *, num_parameters: int) -> Sketch:
    check_floating(x)
    return x if num_parameters == 1 else _per_channel(x, num_parameters)


def _linked(x: Sketch, *, kind: str) -> Sketch:
    check_floating(x)
    if x.rank < 2:
        raise ValueError(f"it takes units along dimension 1, and is given {x.shape}")
    return sketch_like(x, x.shape[0], 2 * x.shape[1], *x.shape[2:])


# ---------------------------------------------------------------------------- several numbers together


def _reduction(op: str) -> Rule:
    function = function_of(op)

    def rule(x: Sketch, *, dim: Sizes, keepdim: bool) -> Sketch:
        point = function(point_like(x), dim=dim, keepdim=keepdim)
        gone = {at % max(x.rank, 1) for at in dim}
        kept = [1 if at in gone else side for at, side in enumerate(x.shape) if keepdim or at not in gone]
        return Sketch(tuple(kept), point.dtype)

    return rule


def _matmul(first: Sketch, second: Sketch) -> Sketch:
    point = torch.matmul(point_like(first), point_like(second))
    one = first.shape if first.rank > 1 else (1, *first.shape)
    other = second.shape if second.rank > 1 else (*second.shape, 1)
    if one[-1] != other[-2]:
        raise ValueError(f"{first.shape} and {second.shape} cannot be multiplied")
    row, column = one[-2:-1] if first.rank > 1 else (), other[-1:] if second.rank > 1 else ()
    return Sketch((*np.broadcast_shapes(one[:-2], other[:-2]), *row, *column), point.dtype)


def _cat(*inputs: Sketch, dim: int) -> Sketch:
    point = function_of("cat")(*map(point_like, inputs), dim=dim)
    at = dim % inputs[0].rank
    rests = {(*x.shape[:at], *x.shape[at + 1 :]) for x in inputs}
    if len(rests) > 1:
        raise ValueError(f"{', '.join(map(str, rests))} differ beside the dimension {dim}"[:200])
    shape = list(inputs[0].shape)
    shape[at] = sum(x.shape[at] for x in inputs)
    return Sketch(tuple(shape), point.dtype)


# ---------------------------------------------------------------------------- laid out anew


def _viewed(op: str) -> Rule:
    """What torch makes of one number that stands everywhere: it is looked at anew, and nothing is copied."""
    function = function_of(op)

    def rule(*inputs: Sketch, **attributes: Any) -> Sketched:
        found = function(*(torch.zeros((), dtype=x.dtype).expand(x.shape) for x in inputs), **attributes)
        if isinstance(found, Tensor):
            return Sketch(tuple(found.shape), found.dtype)
        return tuple(Sketch(tuple(part.shape), part.dtype) for part in found)

    return rule


def _flatten(x: Sketch, *, start_dim: int, end_dim: int) -> Sketch:
    torch.flatten(point_like(x), start_dim, end_dim)
    start, end = (at % max(x.rank, 1) for at in (start_dim, end_dim))
    return sketch_like(x, *x.shape[:start], prod(x.shape[start : end + 1]), *x.shape[end + 1 :])


def _reshape(x: Sketch, *, shape: Sizes) -> Sketch:
    sides = [x.shape[at] if side == 0 else side for at, side in enumerate(shape)]
    if sides.count(-1) == 1:
        rest = -prod(sides)
        sides[sides.index(-1)] = x.elements // rest if rest else -1
    if prod(sides) != x.elements or min(sides, default=1) < 0:
        raise ValueError(f"shape {list(shape)} does not fit {x.shape}")
    return sketch_like(x, *sides)


def _index_select(x: Sketch, *, dim: int, index: Sizes) -> Sketch:
    places_of(index, x.shape[dim])
    at = dim % x.rank
    return sketch_like(x, *x.shape[:at], len(index), *x.shape[at + 1 :])


def _pad(x: Sketch, *, pad: Sizes, mode: str, value: float | None) -> Sketch:
    function_of("pad")(point_like(x), pad=[0] * len(pad), mode=mode, value=value)
    dims = len(pad) // 2
    ends = [(pad[2 * at], pad[2 * at + 1]) for at in reversed(range(dims))]
    sides = x.shape[x.rank - dims :]
    if mode != "constant":
        check_mirrored(sides, ends, mode)
    found = [side + begin + end for side, (begin, end) in zip(sides, ends, strict=True)]
    if min(found) < 0:
        raise ValueError(f"more is cut off than {x.shape} has")
    return sketch_like(x, *x.shape[: x.rank - dims], *found)


_RULES: Final[Mapping[str, Rule]] = {
    **{op: _elementwise(op) for op, known in OPERATORS.items() if known.activation and known.function},
    **{
        op: _elementwise(op)
        for op in (
            *("add", "sub", "mul", "div", "pow", "gt", "ge", "lt", "le", "maximum", "minimum", "where"),
            *("neg", "abs", "sqrt", "exp", "log", "erf", "zeros_like", "identity", "softmax", "log_softmax"),
        )
    },
    **{op: lambda *, shape: Sketch(tuple(shape)) for op in PARAMETERS},
    **{f"conv{dims}d": convolution for dims in (1, 2, 3)},
    **{f"conv_transpose{dims}d": transposed_convolution for dims in (1, 2, 3)},
    **{f"{kind}_pool{dims}d": pool for kind in ("max", "avg") for dims in (1, 2, 3)},
    **{f"adaptive_{kind}_pool{dims}d": adaptive_pool for kind in ("max", "avg") for dims in (1, 2, 3)},
    **{op: _reduction(op) for op in ("mean", "sum", "amax", "amin")},
    **{
        op: _viewed(op)
        for op in ("permute", "squeeze", "unsqueeze", "expand", "expand_as", "chunk", "split", "index")
    },
    "linear": linear,
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "group_norm": lambda x, *, num_channels, **_: _per_channel(x, num_channels),
    "dropout": lambda x, **_: x,
    "prelu": _prelu,
    "linked": _linked,
    "matmul": _matmul,
    "cat": _cat,
    "flatten": _flatten,
    "reshape": _reshape,
    "item": lambda parts, *, index: parts[index],
    "index_select": _index_select,
    "pad": _pad,
    "upsample": upsample,
}
