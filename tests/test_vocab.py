"""What the words mean in numbers."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from effdash.vocab import CONSTANT_RANGE, is_constant


@given(st.floats(-1e6, 1e6), st.floats(0, 1e-5), st.sampled_from([0.0, 1e-8, 1e-7, 9e-7, 1.1e-6, 1e-3]))
@settings(derandomize=True, deadline=None)
def test_constant_is_a_range_of_a_millionth_of_the_larger_size(low: float, more: float, share: float) -> None:
    high = low + share * abs(low) + more * share
    by_hand = high - low <= CONSTANT_RANGE * max(abs(low), abs(high))
    assert bool(is_constant(np.array([low]), np.array([high]))[0]) == by_hand


def test_below_0_the_lower_end_is_the_larger() -> None:
    low, high = np.array([-2.0, -2.0, 0.0]), np.array([-2.0 + 1e-6, -1.9, 0.0])
    assert is_constant(low, high).tolist() == [True, False, True]
