"""Calls that lay numbers out anew: how they are written, and which operator each is."""

from math import prod
from typing import Any

import torch

from effdash.models.graph.arguments import Call, Found, UnfitError, Value, plain, plain_values


def read_cat(call: Call) -> Found:
    given = {
        "tensors": None,
        "dim": 0,
        **dict(zip(("tensors", "dim"), call.args, strict=False)),
        **call.kwargs,
    }
    if "axis" in given:
        given["dim"] = given.pop("axis")
    tensors = given.pop("tensors")
    if set(given) != {"dim"} or not isinstance(tensors, list | tuple):
        raise UnfitError
    if not all(isinstance(part, Value) and part.is_tensor for part in tensors):
        raise UnfitError
    return "cat", {"dim": plain(given["dim"])}, list(tensors)


def _spread(call: Call, key: str) -> list[Any]:
    """`x.view(2, 3)`, `x.view((2, 3))` or `x.view(shape=(2, 3))`."""
    if call.kwargs:
        if len(call.args) > 1 or set(call.kwargs) != {key}:
            raise UnfitError
        rest: list[Any] = [call.kwargs[key]]
    else:
        rest = list(call.args[1:])
    if len(rest) == 1:
        only = rest[0]
        if isinstance(only, Value) and isinstance(only.first, tuple):
            return [Value(only.name, *pair) for pair in zip(only.first, only.second, strict=True)]
        if isinstance(only, list | tuple):
            return list(only)
    return rest


def read_permute(call: Call) -> Found:
    x = call.tensor
    rank = x.first.dim()
    if call.name == "permute":
        return "permute", {"dims": plain(_spread(call, "dims"))}, [x]
    if call.name == "t":
        one, other = 0, rank - 1
    else:
        given = plain_values(call.bound({"dim0": None, "dim1": None}))
        one, other = given["dim0"], given["dim1"]
    dims = list(range(rank))
    dims[one], dims[other] = dims[other], dims[one]
    return "permute", {"dims": dims}, [x]


def read_reshape(call: Call) -> Found:
    """Sizes that were read off the input stay read off it: 0 where they stand in their place, -1 once."""
    x = call.tensor
    key = "size" if call.name == "view" else "shape"
    wanted = _spread(call, key)
    if _is_all_but_the_samples(wanted, x):
        return "flatten", {"start_dim": 1, "end_dim": -1}, [x]
    sizes: list[int] = []
    for place, size in enumerate(wanted):
        if not isinstance(size, Value):
            sizes.append(plain(size))
        elif place < x.first.dim() and (size.first, size.second) == (
            x.first.shape[place],
            x.second.shape[place],
        ):
            sizes.append(0)
        elif -1 not in sizes and size.first != -1:
            sizes.append(-1)
        else:
            sizes.append(plain(Value(None, size.first, size.second) if size.first == size.second else size))
    kept = len(sizes) - 1
    if 1 <= kept < x.first.dim() and sizes == [0] * kept + [-1]:
        return "flatten", {"start_dim": kept, "end_dim": -1}, [x]
    return "reshape", {"shape": sizes}, [x]


def _is_all_but_the_samples(sizes: list[Any], x: Value) -> bool:
    """`view(-1, x.size(1) * x.size(2))`: the samples are what is left."""
    if len(sizes) != 2 or sizes[0] != -1 or not isinstance(sizes[1], Value):
        return False
    return bool(sizes[1].first == sizes[1].second == prod(x.first.shape[1:]))


def read_squeeze(call: Call) -> Found:
    return call.name, {"dim": plain(call.bound({"dim": None})["dim"])}, [call.tensor]


def read_getitem(call: Call) -> Found:
    source, at = call.args
    if not isinstance(source, Value) or source.name is None:
        raise UnfitError
    if not source.is_tensor:
        if not isinstance(source.first, list | tuple) or isinstance(source.first, torch.Size):
            raise UnfitError
        return "item", {"index": plain(at)}, [source]
    rank = source.first.dim()
    items = list(at) if isinstance(at, list | tuple) else [at]
    counted = sum(item is not None and item is not Ellipsis for item in items)
    found: list[Any] = []
    for item in items:
        if item is Ellipsis:
            found += [[None, None, None]] * (rank - counted)
        elif isinstance(item, slice):
            found.append([plain(end) for end in (item.start, item.stop, item.step)])
        elif item is None:
            found.append(None)
        else:
            found.append(plain(item))
    return "index", {"items": found}, [source]
