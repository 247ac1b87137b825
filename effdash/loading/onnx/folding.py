"""Constants, and what is computed of constants and sizes alone: done once, in numpy, within measure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Final

import numpy as np

from effdash.loading.onnx.values import Array, listed
from effdash.vocab import UserError

MOST_FOLDED: Final = 10**8
"""The most numbers that one result, or all that are new together, may have."""

_CASTS: Final = {
    "FLOAT": np.float32,
    "DOUBLE": np.float64,
    "FLOAT16": np.float16,
    "BFLOAT16": np.float32,
    "INT8": np.int8,
    "INT16": np.int16,
    "INT32": np.int32,
    "INT64": np.int64,
    "UINT8": np.uint8,
    "UINT16": np.uint16,
    "UINT32": np.uint32,
    "UINT64": np.uint64,
    "BOOL": np.bool_,
}


@dataclass(frozen=True, eq=False)
class Given:
    """What a node that can be folded is given. `None` among the arrays: one that is left out."""

    arrays: Sequence[Array | None]
    attributes: Mapping[str, Any]
    opset: int
    many: int
    """How many results it gives."""

    def __getitem__(self, place: int) -> Array:
        array = self.arrays[place]
        if array is None:
            raise ValueError(f"it lacks its input {place}")
        return array

    @property
    def all(self) -> list[Array]:
        return [self[place] for place in range(len(self.arrays))]

    def has(self, place: int) -> bool:
        return place < len(self.arrays) and self.arrays[place] is not None

    def ints(self, key: str, place: int) -> list[int] | None:
        """As attribute, or as input in newer operator sets."""
        if key in self.attributes:
            return [int(value) for value in self.attributes[key]]
        return listed(self[place]) if self.has(place) else None


Fold = Callable[[Given], Array | list[Array]]


def _limited(shape: Sequence[int]) -> tuple[int, ...]:
    sides = tuple(int(side) for side in shape)
    if any(side < 0 for side in sides) or prod(sides) > MOST_FOLDED:
        raise UserError(
            f"a constant would have the shape {sides!r:.80}; {MOST_FOLDED:,} numbers are the most"
        )
    return sides


def _elementwise(function: Callable[..., Any]) -> Callable[[Given], Array]:
    def fold(given: Given) -> Array:
        _limited(np.broadcast_shapes(*(array.shape for array in given.all)))
        result = np.asarray(function(*given.all))
        return result if result.dtype == np.bool_ else result.astype(given[0].dtype, copy=False)

    return fold


def _several(function: Callable[[Any, Any], Any]) -> Fold:
    def fold(given: Given) -> Array:
        result = given[0]
        for array in given.all[1:]:
            _limited(np.broadcast_shapes(result.shape, array.shape))
            result = np.asarray(function(result, array))
        return result

    return fold


def _divided(one: Array, other: Array) -> Array:
    """Whole numbers are cut towards zero."""
    if np.issubdtype(one.dtype, np.integer):
        if (other == 0).any():
            raise ValueError("it divides by zero")
        return np.asarray(np.sign(one) * np.sign(other) * (np.abs(one) // np.abs(other)))
    return np.asarray(one / other)


def _modulo(given: Given) -> Array:
    """With the divisor's sign, or, as in C, with that of what is divided."""
    return _elementwise(np.fmod if given.attributes.get("fmod", 0) else np.mod)(given)


def _powered(one: Array, other: Array) -> Array:
    return np.asarray(np.power(one.astype(np.float64), other.astype(np.float64)))


def _where(given: Given) -> Array:
    condition, yes, no = given.all
    _limited(np.broadcast_shapes(condition.shape, yes.shape, no.shape))
    return np.where(condition, yes, no).astype(yes.dtype)


def _cast(given: Given) -> Array:
    from effdash.loading.onnx.tensors import type_name

    kind = type_name(int(given.attributes["to"]))
    if kind not in _CASTS:
        raise UserError(f"a constant is made {kind}, which effdash does not read")
    return given[0].astype(_CASTS[kind], copy=False)


def _gather(given: Given) -> Array:
    data, places = given[0], given[1].astype(np.int64)
    axis = int(given.attributes.get("axis", 0)) % max(data.ndim, 1)
    _limited((*data.shape[:axis], *places.shape, *data.shape[axis + 1 :]))
    return np.asarray(np.take(data, places, axis=axis))


def _slice(given: Given) -> Array:
    data = given[0]
    starts, ends = given.ints("starts", 1) or [], given.ints("ends", 2) or []
    axes = given.ints("axes", 3) or list(range(len(starts)))
    steps = given.ints("steps", 4) or [1] * len(starts)
    places: list[slice] = [slice(None)] * data.ndim
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        size = data.shape[axis]
        # Behind the front from behind is in front of everything, which Python has no number for.
        stop = None if step < 0 and end < -size else end
        places[axis] = slice(start, stop, step)
    return data[tuple(places)]


def _reshape(given: Given) -> Array:
    data, wanted = given[0], (given.ints("shape", 1) or [])
    keeps = not given.attributes.get("allowzero", 0)
    return data.reshape([data.shape[n] if side == 0 and keeps else side for n, side in enumerate(wanted)])


def _unsqueeze(given: Given) -> Array:
    axes = given.ints("axes", 1) or []
    return np.expand_dims(given[0], tuple(axes))


def _squeeze(given: Given) -> Array:
    axes = given.ints("axes", 1)
    return np.squeeze(given[0], None if axes is None else tuple(axes))


def _flatten(given: Given) -> Array:
    data, axis = given[0], int(given.attributes.get("axis", 1))
    axis = axis + data.ndim if axis < 0 else axis
    return data.reshape(prod(data.shape[:axis]), -1)


def _expand(given: Given) -> Array:
    shape = _limited(np.broadcast_shapes(given[0].shape, tuple(given.ints("shape", 1) or ())))
    return np.broadcast_to(given[0], shape)


def _tile(given: Given) -> Array:
    repeats = given.ints("repeats", 1) or []
    _limited([side * count for side, count in zip(given[0].shape, repeats, strict=True)])
    return np.tile(given[0], repeats)


def _range(given: Given) -> Array:
    start, limit, delta = (array.reshape(-1)[0] for array in given.all)
    _limited((max(int(np.ceil((float(limit) - float(start)) / float(delta))), 0),))
    return np.arange(start, limit, delta, dtype=given[0].dtype)


def _constant_of_shape(given: Given) -> Array:
    value = given.attributes.get("value", np.zeros(1, dtype=np.float32))
    return np.broadcast_to(value.reshape(()), _limited(listed(given[0])))


def _constant(given: Given) -> Array:
    attributes = given.attributes
    if "value" in attributes:
        return np.asarray(attributes["value"])
    for key in ("value_float", "value_floats"):
        if key in attributes:
            return np.asarray(attributes[key], dtype=np.float32)
    for key in ("value_int", "value_ints"):
        if key in attributes:
            return np.asarray(attributes[key], dtype=np.int64)
    raise UserError("a constant is neither a tensor nor numbers")


def _reduced(function: Callable[..., Any]) -> Fold:
    def fold(given: Given) -> Array:
        axes = given.ints("axes", 1)
        if not axes and given.attributes.get("noop_with_empty_axes", 0):
            return given[0]
        keeps = bool(given.attributes.get("keepdims", 1))
        return np.asarray(function(given[0], axis=tuple(axes) if axes else None, keepdims=keeps)).astype(
            given[0].dtype
        )

    return fold


def _matmul(given: Given) -> Array:
    one, other = given.all
    rows = prod(one.shape[:-1])
    if rows * prod(other.shape) > 100 * MOST_FOLDED:
        raise UserError("a product of constants is too large")
    _limited((rows, *other.shape[:-2], other.shape[-1] if other.ndim > 1 else 1))
    return np.asarray(one @ other)


def _split(given: Given) -> list[Array]:
    data, axis = given[0], int(given.attributes.get("axis", 0))
    sizes = given.ints("split", 1)
    if sizes is None:
        side = -(-data.shape[axis] // given.many)
        return [np.asarray(part) for part in np.split(data, range(side, data.shape[axis], side), axis)]
    return [np.asarray(part) for part in np.split(data, np.cumsum(sizes)[:-1], axis)]


def _triangle(given: Given) -> Array:
    k = int(given[1].reshape(-1)[0]) if given.has(1) else 0
    return np.triu(given[0], k) if given.attributes.get("upper", 1) else np.tril(given[0], k)


def _shape(given: Given) -> Array:
    start, end = given.attributes.get("start", 0), given.attributes.get("end")
    return np.array(given[0].shape, dtype=np.int64)[start:end]


def _concatenated(given: Given) -> Array:
    _limited((sum(array.size for array in given.all),))
    return np.concatenate(given.all, axis=int(given.attributes["axis"]))


FOLDS: Final[dict[str, Fold]] = {
    "Constant": _constant,
    "ConstantOfShape": _constant_of_shape,
    "Identity": lambda given: given[0],
    "Cast": _cast,
    "Shape": _shape,
    "Size": lambda given: np.array(given[0].size, dtype=np.int64),
    "Gather": _gather,
    "Slice": _slice,
    "Concat": _concatenated,
    "Split": _split,
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Transpose": lambda given: np.transpose(given[0], given.attributes.get("perm")),
    "Unsqueeze": _unsqueeze,
    "Squeeze": _squeeze,
    "Expand": _expand,
    "Tile": _tile,
    "Range": _range,
    "Trilu": _triangle,
    "Where": _where,
    "MatMul": _matmul,
    "Add": _elementwise(np.add),
    "Sub": _elementwise(np.subtract),
    "Mul": _elementwise(np.multiply),
    "Div": _elementwise(_divided),
    "Pow": _elementwise(_powered),
    "Mod": _modulo,
    "Neg": _elementwise(np.negative),
    "Abs": _elementwise(np.abs),
    "Sqrt": _elementwise(np.sqrt),
    "Exp": _elementwise(np.exp),
    "Log": _elementwise(np.log),
    "Reciprocal": _elementwise(np.reciprocal),
    "Floor": _elementwise(np.floor),
    "Ceil": _elementwise(np.ceil),
    "Min": _several(np.minimum),
    "Max": _several(np.maximum),
    "Sum": _several(np.add),
    "Equal": _elementwise(np.equal),
    "Greater": _elementwise(np.greater),
    "GreaterOrEqual": _elementwise(np.greater_equal),
    "Less": _elementwise(np.less),
    "LessOrEqual": _elementwise(np.less_equal),
    "Not": _elementwise(np.logical_not),
    "And": _elementwise(np.logical_and),
    "Or": _elementwise(np.logical_or),
    "ReduceProd": _reduced(np.prod),
    "ReduceSum": _reduced(np.sum),
    "ReduceMean": _reduced(np.mean),
    "ReduceMax": _reduced(np.max),
    "ReduceMin": _reduced(np.min),
}
"""By operator, what it gives where all that it is given is known."""
