"""What a canvas is given: words and arrays, and how they travel as bytes."""

import json
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from effdash.vocab import UserError

ALIGNMENT: Final = 8
DTYPES: Final = ("uint8", "uint16", "uint32", "int32", "float32")
"""What JavaScript has a typed array for."""


@dataclass(frozen=True, eq=False)
class Payload:
    """A drawing before it is drawn: `header` holds words and single numbers, `arrays` what is many."""

    header: dict[str, Any]
    arrays: dict[str, np.ndarray] = field(default_factory=dict)

    def to_bytes(self, **more: Any) -> bytes:
        """Length of the header (uint32), header (JSON), arrays; each part starts at a multiple of 8 bytes.

        `more` is added to the header: what the mounting page knows, its height for one.

        Raises:
            UserError: an array's type is unknown to JavaScript.
        """
        places: dict[str, Any] = {}
        parts: list[bytes] = []
        offset = 0
        for name, array in self.arrays.items():
            part = _padded(_little_endian(name, array).tobytes())
            places[name] = {"dtype": array.dtype.name, "shape": list(array.shape), "offset": offset}
            parts.append(part)
            offset += len(part)
        words = json.dumps({**self.header, **more, "arrays": places}, allow_nan=False, separators=(",", ":"))
        start = _padded(words.encode(), before=4)
        return b"".join([len(start).to_bytes(4, "little"), start, *parts])

    @classmethod
    def from_bytes(cls, data: bytes) -> "Payload":
        """Reads what `to_bytes` wrote, as the canvas does."""
        end = 4 + int.from_bytes(data[:4], "little")
        header = json.loads(data[4:end])
        arrays = {
            name: np.frombuffer(
                data, place["dtype"], count=int(np.prod(place["shape"])), offset=end + place["offset"]
            ).reshape(place["shape"])
            for name, place in header.pop("arrays").items()
        }
        return cls(header, arrays)


def _little_endian(name: str, array: np.ndarray) -> np.ndarray:
    if array.dtype.name not in DTYPES:
        raise UserError(f"array {name!r} has type {array.dtype.name}; a canvas reads {', '.join(DTYPES)}")
    return array.astype(array.dtype.newbyteorder("<"), copy=False)


def _padded(part: bytes, *, before: int = 0) -> bytes:
    """The part with as many spaces behind it as make it end at a multiple of `ALIGNMENT`."""
    return part + b" " * (-(before + len(part)) % ALIGNMENT)
