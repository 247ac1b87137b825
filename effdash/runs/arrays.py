"""Arrays as a run file stores them: little-endian, zlib-compressed, of a length known beforehand."""

import math
import zlib

import numpy as np

LEVEL = 1
"""Higher levels take up to ten times as long for files a fifth smaller, while the training waits."""


def pack(array: np.ndarray) -> bytes:
    """The bytes of `array`, little-endian in C order, compressed."""
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return zlib.compress(little.tobytes(), LEVEL)


def unpack(data: bytes, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    """The array of `dtype` and `shape` that `pack` made `data` of.

    Never decompresses more than the array needs, so that a small file cannot fill the memory.

    Raises:
        ValueError: `data` is no compressed array, or one of another length.
    """
    little = dtype.newbyteorder("<")
    expected = math.prod(shape) * little.itemsize
    decompressor = zlib.decompressobj()
    try:
        # One byte more than fits tells a longer array from one that ends here.
        raw = decompressor.decompress(data, expected + 1)
    except zlib.error:
        raise ValueError("an array is damaged") from None
    if len(raw) > expected:
        raise ValueError(f"an array is longer than the {expected:,} bytes it should have")
    if len(raw) < expected or not decompressor.eof or decompressor.unused_data:
        raise ValueError(f"an array of {len(raw):,} bytes should have {expected:,}")
    return np.frombuffer(raw, little).reshape(shape).astype(dtype, copy=False)
