"""Which epochs are recorded, which keep weights, and what the dials say."""

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effdash.config import Change
from effdash.training.schedule import Dials, checkpoint_epochs, is_recorded, rate_factor

quiet = settings(derandomize=True, deadline=None)


def test_a_short_run_records_every_epoch():
    assert all(is_recorded(epoch, 200) for epoch in range(201))


def test_a_long_run_records_every_stride_and_both_ends():
    recorded = [epoch for epoch in range(803) if is_recorded(epoch, 802)]
    assert recorded[:4] == [0, 1, 5, 10]
    assert recorded[-2:] == [800, 802]


@quiet
@given(epochs=st.integers(1, 5000), count=st.integers(1, 60))
def test_weights_are_kept_at_recorded_epochs_evenly(epochs, count):
    kept = sorted(checkpoint_epochs(epochs, count))
    assert len(kept) <= count
    assert all(is_recorded(epoch, epochs) for epoch in kept)
    assert kept[-1] == epochs
    if count >= 2:
        assert kept[0] == 0
    if len(kept) == count and count >= 3:
        gaps = [after - before for before, after in itertools.pairwise(kept)]
        assert max(gaps) <= math.ceil(epochs / (count - 1)) + 2 * math.ceil(epochs / 200)


def test_the_cosine_starts_at_one_and_ends_near_zero():
    assert rate_factor("cosine", 1, 100) == 1.0
    assert rate_factor("cosine", 51, 100) == pytest.approx(0.5)
    assert 0 < rate_factor("cosine", 100, 100) < 0.001
    assert rate_factor("constant", 77, 100) == 1.0


def test_dials_change_from_their_epoch_on():
    dials = Dials(0.0, 0.01, [Change(epoch=3, jumpstart=0.3), Change(epoch=5, lr=0.1, jumpstart=0.0)])
    assert dials.turn_to(2) == {}
    assert dials.turn_to(3) == {"jumpstart": 0.3}
    assert dials.values == {"jumpstart": 0.3, "lr": 0.01}
    dials.plan(4, "lr", 0.5)
    assert dials.turn_to(4) == {"lr": 0.5}
    assert dials.turn_to(5) == {"lr": 0.1, "jumpstart": 0.0}
