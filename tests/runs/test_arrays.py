"""Arrays come back as they went in, and nothing else comes in."""

import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from effdash.runs.arrays import pack, unpack

DTYPES = st.sampled_from([np.uint8, np.float32, np.int64])
SHAPES = hnp.array_shapes(min_dims=1, max_dims=3, min_side=0)


@settings(derandomize=True, deadline=None)
@given(array=DTYPES.flatmap(lambda dtype: hnp.arrays(dtype, SHAPES)))
def test_an_array_comes_back_bit_for_bit(array):
    back = unpack(pack(array), array.dtype, array.shape)
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    assert back.tobytes() == array.tobytes()


def test_a_view_and_a_big_endian_array_are_stored_little_endian():
    array = np.arange(12, dtype=">f4").reshape(3, 4)[:, ::2]
    assert zlib.decompress(pack(array)) == np.array([0, 2, 4, 6, 8, 10], "<f4").tobytes()


@pytest.mark.parametrize("count", [0, 1, 9, 11, 1000])
def test_another_length_is_refused(count):
    with pytest.raises(ValueError, match="bytes"):
        unpack(pack(np.zeros(count, np.float32)), np.dtype(np.float32), (10,))


def test_a_bomb_is_not_blown_up():
    bomb = zlib.compress(bytes(50_000_000), 9)
    with pytest.raises(ValueError, match="longer than the 40 bytes"):
        unpack(bomb, np.dtype(np.float32), (10,))


@pytest.mark.parametrize(
    "data",
    [b"", b"nothing", pack(np.zeros(10, np.float32))[:-4], pack(np.zeros(10, np.float32)) + b"more"],
    ids=["empty", "no zlib", "cut short", "trailing bytes"],
)
def test_damage_is_refused(data):
    with pytest.raises(ValueError, match="array"):
        unpack(data, np.dtype(np.float32), (10,))
