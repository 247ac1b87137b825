"""What comes out of each operator but for its numbers: shapes by arithmetic, so that nothing takes memory.

torch's own way, tensors on the device `meta`, computes the same, but the first such step of a process loads
its compiler, which takes seconds.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from effdash.models.graph.description import Node
from effdash.models.graph.operator import as_tuples
from effdash.models.graph.operators import OPERATORS, PARAMETERS, places_of

Sizes = Sequence[int]


@dataclass(frozen=True)
class Sketch:
    """A tensor without its numbers."""

    shape: tuple[int, ...]
    dtype: torch.dtype = torch.float32

    @property
    def rank(self) -> int:
        return len(self.shape)

    @property
    def elements(self) -> int:
        return prod(self.shape)


Sketched = Sketch | tuple[Sketch, ...]
"""Of one step; several where it gives pieces."""
Rule = Callable[..., Sketched]
"""Takes the inputs and, by name, the attributes."""


def sketch(node: Node, inputs: Sequence[Any]) -> Sketched:
    """What a step gives for inputs of these shapes.

    Raises:
        One of `CANNOT_BE`: they do not fit the step, or nothing would be left of them. What torch alone
            refuses, for reasons of its own, is found out when the step is taken.
    """
    return _RULES[node.op](*inputs, **as_tuples(node.attributes))


def _of(x: Sketch, *shape: int) -> Sketch:
    return replace(x, shape=shape)


def _point(x: Sketch) -> Tensor:
    """A single number, in as many dimensions and of the same type."""
    return torch.zeros((1,) * x.rank, dtype=x.dtype)


def _function(op: str) -> Callable[..., Any]:
    function = OPERATORS[op].function
    assert function is not None
    return function


def _check_floating(x: Sketch) -> None:
    if not x.dtype.is_floating_point:
        raise ValueError(f"it takes floating numbers, and is given {x.dtype}")


# ---------------------------------------------------------------------------- number by number


def _elementwise(op: str) -> Rule:
    """What the function says of single numbers, in the shape that the inputs have together."""
    function = _function(op)

    def rule(*inputs: Sketch, **attributes: Any) -> Sketch:
        point = function(*map(_point, inputs), **attributes)
        return Sketch(np.broadcast_shapes(*(x.shape for x in inputs)), point.dtype)

    return rule


def _per_channel(x: Sketch, channels: int) -> Sketch:
    _check_floating(x)
    if x.rank < 2 or x.shape[1] != channels:
        raise ValueError(f"it takes {channels} channels along dimension 1, and is given {x.shape}")
    return x


def _batch_norm(x: Sketch, *, dims: int, num_features: int, **_: Any) -> Sketch:
    if x.rank != dims + 2 and not (dims == 1 and x.rank == 2):
        raise ValueError(f"it takes {dims + 2} dimensions, and is given {x.shape}")
    return _per_channel(x, num_features)


def _layer_norm(x: Sketch, *, normalized_shape: Sizes, **_: Any) -> Sketch:
    _check_floating(x)
    if x.shape[-len(normalized_shape) :] != tuple(normalized_shape):
        raise ValueError(f"it takes {normalized_shape} as last dimensions, and is given {x.shape}")
    return x


def _prelu(x: Sketch, *, num_parameters: int) -> Sketch:
    _check_floating(x)
    return x if num_parameters == 1 else _per_channel(x, num_parameters)


def _linked(x: Sketch, *, kind: str) -> Sketch:
    _check_floating(x)
    if x.rank < 2:
        raise ValueError(f"it takes units along dimension 1, and is given {x.shape}")
    return _of(x, x.shape[0], 2 * x.shape[1], *x.shape[2:])


# ---------------------------------------------------------------------------- layers and windows


def _linear(x: Sketch, *, in_features: int, out_features: int, **_: Any) -> Sketch:
    _check_floating(x)
    if x.shape[-1] != in_features:
        raise ValueError(f"it takes {in_features} features, and is given {x.shape}")
    return _of(x, *x.shape[:-1], out_features)


def _sides(x: Sketch, dims: int) -> tuple[int, ...]:
    """What a window goes along: the last dimensions, behind the channels."""
    _check_floating(x)
    if x.rank not in (dims + 1, dims + 2):
        raise ValueError(f"it goes along {dims} dimensions behind the channels, and is given {x.shape}")
    return x.shape[-dims:]


def _windowed(x: Sketch, dims: int, sides: Sizes, channels: tuple[int, int] | None = None) -> Sketch:
    """With other sides, and channels that are (taken, given)."""
    taken, given = channels or (x.shape[-dims - 1], x.shape[-dims - 1])
    if x.shape[-dims - 1] != taken:
        raise ValueError(f"it takes {taken} channels, and is given {x.shape}")
    if min(sides) < 1:
        raise ValueError(f"nothing is left of {x.shape}, which is smaller than its window")
    return _of(x, *x.shape[: -dims - 1], given, *sides)


def _convolution(
    x: Sketch,
    *,
    in_channels: int,
    out_channels: int,
    kernel_size: Sizes,
    stride: Sizes,
    padding: Sizes | str,
    dilation: Sizes,
    padding_mode: str,
    **_: Any,
) -> Sketch:
    dims = len(kernel_size)
    reach = [gap * (side - 1) + 1 for side, gap in zip(kernel_size, dilation, strict=True)]
    if padding == "same":
        ends = [((one - 1) // 2, one // 2) for one in reach]
    else:
        ends = [(0, 0)] * dims if isinstance(padding, str) else [(one, one) for one in padding]
    sides = _sides(x, dims)
    if padding_mode != "zeros":
        _check_mirrored(sides, ends, padding_mode)
    padded = [side + begin + end for side, (begin, end) in zip(sides, ends, strict=True)]
    found = [(side - one) // step + 1 for side, one, step in zip(padded, reach, stride, strict=True)]
    return _windowed(x, dims, found, (in_channels, out_channels))


def _transposed_convolution(
    x: Sketch,
    *,
    in_channels: int,
    out_channels: int,
    kernel_size: Sizes,
    stride: Sizes,
    padding: Sizes,
    output_padding: Sizes,
    dilation: Sizes,
    **_: Any,
) -> Sketch:
    dims, found = len(kernel_size), []
    windows = zip(_sides(x, dims), kernel_size, stride, padding, output_padding, dilation, strict=True)
    for side, kernel, step, cut, more, gap in windows:
        if more >= max(step, gap):
            raise ValueError(f"it adds {more} at the end, and less than {max(step, gap)} is possible")
        found.append((side - 1) * step - 2 * cut + gap * (kernel - 1) + more + 1)
    return _windowed(x, dims, found, (in_channels, out_channels))


def _pool(
    x: Sketch,
    *,
    kernel_size: Sizes,
    stride: Sizes,
    padding: Sizes,
    ceil_mode: bool,
    dilation: Sizes | None = None,
    **_: Any,
) -> Sketch:
    dims, found = len(kernel_size), []
    gaps = dilation or [1] * dims
    for side, kernel, step, pad, gap in zip(_sides(x, dims), kernel_size, stride, padding, gaps, strict=True):
        if pad > kernel // 2:
            raise ValueError(f"it is padded by {pad}, and {kernel // 2} is the most for a window of {kernel}")
        rest = side + 2 * pad - gap * (kernel - 1) - 1
        count = (rest + (step - 1 if ceil_mode else 0)) // step + 1
        if ceil_mode and (count - 1) * step >= side + pad:  # the last window has to begin inside
            count -= 1
        found.append(count)
    return _windowed(x, dims, found)


def _adaptive_pool(x: Sketch, *, output_size: Sequence[int | None]) -> Sketch:
    dims = len(output_size)
    sides = _sides(x, dims)
    return _windowed(
        x, dims, [was if size is None else size for size, was in zip(output_size, sides, strict=True)]
    )


def _upsample(x: Sketch, *, size: Any, scale_factor: Any, **how: Any) -> Sketch:
    """`size` and `scale_factor`: one number, or one a side; one of the two is `None`."""
    dims = x.rank - 2
    if (size is None) == (scale_factor is None):
        raise ValueError("it takes either a size or a factor")
    wanted = scale_factor if size is None else size
    each = list(wanted) if isinstance(wanted, list | tuple) else [wanted] * dims
    if len(each) != dims:
        raise ValueError(f"it names {len(each)} sides, and {x.shape} has {dims}")
    _function("upsample")(_point(x), size=[1] * dims, scale_factor=None, **how)
    sides = each if size is not None else [int(s * by) for s, by in zip(x.shape[2:], each, strict=True)]
    return _windowed(x, dims, sides)


# ---------------------------------------------------------------------------- several numbers together


def _reduction(op: str) -> Rule:
    function = _function(op)

    def rule(x: Sketch, *, dim: Sizes, keepdim: bool) -> Sketch:
        point = function(_point(x), dim=dim, keepdim=keepdim)
        gone = {at % max(x.rank, 1) for at in dim}
        kept = [1 if at in gone else side for at, side in enumerate(x.shape) if keepdim or at not in gone]
        return Sketch(tuple(kept), point.dtype)

    return rule


def _matmul(first: Sketch, second: Sketch) -> Sketch:
    point = torch.matmul(_point(first), _point(second))
    one = first.shape if first.rank > 1 else (1, *first.shape)
    other = second.shape if second.rank > 1 else (*second.shape, 1)
    if one[-1] != other[-2]:
        raise ValueError(f"{first.shape} and {second.shape} cannot be multiplied")
    row, column = one[-2:-1] if first.rank > 1 else (), other[-1:] if second.rank > 1 else ()
    return Sketch((*np.broadcast_shapes(one[:-2], other[:-2]), *row, *column), point.dtype)


def _cat(*inputs: Sketch, dim: int) -> Sketch:
    point = _function("cat")(*map(_point, inputs), dim=dim)
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
    function = _function(op)

    def rule(*inputs: Sketch, **attributes: Any) -> Sketched:
        found = function(*(torch.zeros((), dtype=x.dtype).expand(x.shape) for x in inputs), **attributes)
        if isinstance(found, Tensor):
            return Sketch(tuple(found.shape), found.dtype)
        return tuple(Sketch(tuple(part.shape), part.dtype) for part in found)

    return rule


def _flatten(x: Sketch, *, start_dim: int, end_dim: int) -> Sketch:
    torch.flatten(_point(x), start_dim, end_dim)
    start, end = (at % max(x.rank, 1) for at in (start_dim, end_dim))
    return _of(x, *x.shape[:start], prod(x.shape[start : end + 1]), *x.shape[end + 1 :])


def _reshape(x: Sketch, *, shape: Sizes) -> Sketch:
    sides = [x.shape[at] if side == 0 else side for at, side in enumerate(shape)]
    if sides.count(-1) == 1:
        rest = -prod(sides)
        sides[sides.index(-1)] = x.elements // rest if rest else -1
    if prod(sides) != x.elements or min(sides, default=1) < 0:
        raise ValueError(f"shape {list(shape)} does not fit {x.shape}")
    return _of(x, *sides)


def _index_select(x: Sketch, *, dim: int, index: Sizes) -> Sketch:
    places_of(index, x.shape[dim])
    at = dim % x.rank
    return _of(x, *x.shape[:at], len(index), *x.shape[at + 1 :])


def _pad(x: Sketch, *, pad: Sizes, mode: str, value: float | None) -> Sketch:
    _function("pad")(_point(x), pad=[0] * len(pad), mode=mode, value=value)
    dims = len(pad) // 2
    ends = [(pad[2 * at], pad[2 * at + 1]) for at in reversed(range(dims))]
    sides = x.shape[x.rank - dims :]
    if mode != "constant":
        _check_mirrored(sides, ends, mode)
    found = [side + begin + end for side, (begin, end) in zip(sides, ends, strict=True)]
    if min(found) < 0:
        raise ValueError(f"more is cut off than {x.shape} has")
    return _of(x, *x.shape[: x.rank - dims], *found)


def _check_mirrored(sides: Sizes, ends: Sequence[tuple[int, int]], mode: str) -> None:
    """What is repeated around has to be there."""
    for side, pair in zip(sides, ends, strict=True):
        most = {"reflect": side - 1, "circular": side}.get(mode, max(pair))
        if max(pair) > most or side + sum(pair) < 1:
            raise ValueError(f"a side of {side} is padded by {pair} in the mode {mode}")


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
    **{f"conv{dims}d": _convolution for dims in (1, 2, 3)},
    **{f"conv_transpose{dims}d": _transposed_convolution for dims in (1, 2, 3)},
    **{f"{kind}_pool{dims}d": _pool for kind in ("max", "avg") for dims in (1, 2, 3)},
    **{f"adaptive_{kind}_pool{dims}d": _adaptive_pool for kind in ("max", "avg") for dims in (1, 2, 3)},
    **{op: _reduction(op) for op in ("mean", "sum", "amax", "amin")},
    **{
        op: _viewed(op)
        for op in ("permute", "squeeze", "unsqueeze", "expand", "expand_as", "chunk", "split", "index")
    },
    "linear": _linear,
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
    "upsample": _upsample,
}
