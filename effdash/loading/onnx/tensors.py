"""Tensors of an ONNX file as arrays, whose claimed sizes are believed only where the numbers are there."""

from math import prod
from pathlib import Path, PureWindowsPath
from typing import Any, Final

import numpy as np

from effdash.loading.onnx.values import Array
from effdash.vocab import UserError

MOST_DIMS: Final = 16

_FIELDS: Final[dict[str, tuple[str, type[np.generic]]]] = {
    "FLOAT": ("float_data", np.float32),
    "DOUBLE": ("double_data", np.float64),
    "FLOAT16": ("int32_data", np.uint16),
    "BFLOAT16": ("int32_data", np.uint16),
    "INT8": ("int32_data", np.int8),
    "INT16": ("int32_data", np.int16),
    "INT32": ("int32_data", np.int32),
    "INT64": ("int64_data", np.int64),
    "UINT8": ("int32_data", np.uint8),
    "UINT16": ("int32_data", np.uint16),
    "UINT32": ("uint64_data", np.uint32),
    "UINT64": ("uint64_data", np.uint64),
    "BOOL": ("int32_data", np.bool_),
}
"""By name of a type, where its numbers stand if not as bytes, and as what they are stored."""

HALVES: Final = ("FLOAT16", "BFLOAT16")


def type_name(number: int) -> str:
    """The name of one of ONNX's types: `FLOAT`, `INT64`."""
    from onnx import TensorProto

    known = dict(zip(TensorProto.DataType.values(), TensorProto.DataType.keys(), strict=True))
    return str(known.get(number, f"type {number}"))


def array_of(tensor: Any, folder: Path | None) -> Array:
    """The numbers of a tensor; bfloat16 as float32.

    Args:
        tensor: A `TensorProto`.
        folder: In which data outside the file are looked for; `None`: nowhere.

    Raises:
        UserError: a type that is not numbers, other numbers of numbers than its dimensions say, or data
            outside the file that are not there or not in the folder.
    """
    words = f"the tensor {tensor.name!r:.80}"
    kind = type_name(tensor.data_type)
    if kind not in _FIELDS:
        raise UserError(f"{words} is of the type {kind}, which effdash does not read")
    dims = list(tensor.dims)
    if len(dims) > MOST_DIMS or any(side < 0 for side in dims):
        raise UserError(f"{words} has the dimensions {dims!r:.80}, which cannot be")
    field, stored = _FIELDS[kind]
    count = prod(dims)
    if tensor.data_location == tensor.EXTERNAL:
        numbers = np.frombuffer(_outside(tensor, folder, count * np.dtype(stored).itemsize, words), stored)
    elif tensor.HasField("raw_data"):
        numbers = _of_bytes(tensor.raw_data, stored, count, words)
    else:
        listed = getattr(tensor, field)
        _check_count(len(listed), count, words)
        numbers = np.array(listed, dtype=np.int64 if field == "int32_data" else stored).astype(stored)
    if kind == "FLOAT16":
        numbers = numbers.view(np.float16)
    elif kind == "BFLOAT16":
        numbers = (numbers.astype(np.uint32) << 16).view(np.float32)
    return numbers.reshape(dims)


def _of_bytes(raw: bytes, stored: type[np.generic], count: int, words: str) -> Array:
    size = np.dtype(stored).itemsize
    if len(raw) % size:
        raise UserError(f"{words} ends in the middle of a number")
    _check_count(len(raw) // size, count, words)
    return np.frombuffer(raw, np.dtype(stored).newbyteorder("<")).astype(stored)


def _check_count(found: int, claimed: int, words: str) -> None:
    if found != claimed:
        raise UserError(f"{words} should have {claimed:,} numbers and has {found:,}")


def _outside(tensor: Any, folder: Path | None, size: int, words: str) -> bytes:
    """The bytes of a tensor that lie in another file of the same folder."""
    entries = {entry.key: entry.value for entry in tensor.external_data}
    location = entries.get("location", "")
    if folder is None:
        raise UserError(
            f"its weights lie in another file, {location!r:.80}, which a file opened alone cannot reach; "
            "save the network with its weights inside, or open it from its folder"
        )
    path = folder / location
    inside = path.resolve().is_relative_to(folder.resolve())
    if not location or PureWindowsPath(location).anchor or not inside:
        raise UserError(
            f"its weights would lie in {location!r:.80}, outside its folder; nothing is read there"
        )
    if not path.is_file():
        raise UserError(f"its weights should lie in {location!r:.80} beside it, and there is no such file")
    try:
        offset, length = int(entries.get("offset", 0)), int(entries.get("length", size))
    except ValueError:
        raise UserError(f"{words} is at a place in {location!r:.80} that is no number") from None
    if length != size:
        raise UserError(f"{words} should have {size:,} bytes and has {length:,} in {location!r:.80}")
    if offset < 0 or offset + length > path.stat().st_size:
        raise UserError(f"{words} would end behind the end of {location!r:.80}, of which a part is missing")
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(length)
