"""What tells orders apart: values with many ties, made the same way on every machine."""

import numpy as np
from hypothesis import strategies as st


@st.composite
def tied_values(
    draw: st.DrawFn, *, samples: tuple[int, int] = (2, 30), units: tuple[int, int] = (2, 6)
) -> np.ndarray:
    """Values of a few whole numbers, so that ties, constant units and equal units are common."""
    n_samples = draw(st.integers(*samples))
    n_units = draw(st.integers(*units))
    largest = draw(st.sampled_from([1, 3, 1000]))
    seed = draw(st.integers(0, 2**32 - 1))
    values = np.random.default_rng(seed).integers(-largest, largest + 1, (n_samples, n_units))
    return np.maximum(values, draw(st.sampled_from([-1000, 0]))).astype(np.float64)
