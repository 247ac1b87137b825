"""The histogram of one unit, bin by bin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from effdash.figures import histogram_payload, preactivation_histogram
from effdash.figures.histogram import histogram
from effdash.vocab import UserError

VALUES = st.floats(-1e6, 1e6, allow_nan=False, width=32)


@given(arrays(np.float64, st.integers(1, 60), elements=VALUES))
@settings(derandomize=True, deadline=None)
def test_every_sample_is_counted_on_its_side_of_zero(values: np.ndarray) -> None:
    drawn = histogram(values, np.zeros(len(values), dtype=int), 1)
    assert drawn.counts.sum() == len(values)
    assert (np.diff(drawn.edges) > 0).all()
    if (values < 0).any() and (values > 0).any():
        (hinge,) = np.flatnonzero(drawn.edges == 0)
        assert drawn.counts[0, :hinge].sum() == (values <= 0).sum()


def test_zero_itself_is_erased() -> None:
    drawn = histogram(np.array([-1.0, 0.0, 0.0, 1.0]), np.array([0, 0, 1, 1]), 2)
    hinge = int(np.flatnonzero(drawn.edges == 0)[0])
    assert drawn.counts[:, :hinge].sum(axis=1).tolist() == [2, 1]


def test_one_side_that_dwarfs_the_other_turns_the_axis_to_arcsinh() -> None:
    balanced = histogram(np.array([-1.0, 2.0]), np.array([0, 0]), 1)
    dwarfed = histogram(np.array([-1000.0, 1.0]), np.array([0, 0]), 1)
    assert balanced.scale is None
    assert dwarfed.scale is not None
    share = dwarfed.position(1.0) / (dwarfed.position(1.0) - dwarfed.position(-1000.0))
    assert share > 0.15
    assert dwarfed.ticks() == [-1000.0, -100.0, -10.0, 0.0, 1.0]


def test_linear_ticks_are_round() -> None:
    assert histogram(np.array([-2.0, 4.2]), np.array([0, 0]), 1).ticks() == [-2.0, 0.0, 2.0, 4.0]


@pytest.mark.parametrize("value", [0.0, 0.3, -7.0, 1e-30])
def test_a_constant_unit_has_a_histogram(value: float) -> None:
    drawn = histogram(np.full(5, value), np.zeros(5, dtype=int), 1)
    assert drawn.counts.sum() == 5
    assert drawn.edges[0] < value < drawn.edges[-1]


def test_a_unit_that_is_constant_but_for_rounding_has_ticks_that_differ() -> None:
    values = -0.0200665 * (1 + np.array([0.0, 2e-8, 4e-8]))
    drawn = histogram_payload(values, np.zeros(3, dtype=int), ["a"], split="train")
    texts = [tick["text"] for tick in drawn.header["ticks"]]
    assert len(set(texts)) == len(texts) > 1
    assert max(len(text) for text in texts) <= 6


def test_values_that_are_not_finite_are_left_out_and_told() -> None:
    values = np.array([0.5, np.nan, np.inf, -0.5])
    payload = histogram_payload(values, np.zeros(4, dtype=int), ["a"], split="train")
    assert payload.header["samples"] == 2
    assert payload.header["notFinite"] == 2
    with pytest.raises(UserError, match="at least one finite"):
        histogram(values[1:3], np.zeros(2, dtype=int), 1)


def test_the_payload_has_a_row_of_counts_for_each_class() -> None:
    values, classes = np.array([-1.0, 1.0, 1.0]), np.array([0, 2, 2])
    payload = histogram_payload(values, classes, ["a", "b", "c"], split="test")
    assert payload.arrays["counts"].sum(axis=1).tolist() == [1, 0, 2]
    assert {"at": -1.0, "text": "−1"} in payload.header["ticks"]


def test_the_figure_draws_the_counts() -> None:
    values, classes = np.linspace(-1, 2, 31), np.arange(31) % 2
    drawn = histogram(values, classes, 2)
    figure = preactivation_histogram(values, classes, ["a", "b"])
    for number, trace in enumerate(figure.data):
        np.testing.assert_array_equal(trace.y, drawn.counts[number])
