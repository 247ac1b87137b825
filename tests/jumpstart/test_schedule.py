"""The regularizer's weight over the epochs."""

import math

import pytest

from effdash.jumpstart import scheduled_weight
from effdash.vocab import UserError


class TestSchedule:
    def test_constant(self) -> None:
        assert scheduled_weight(0.3, "constant", 7, 10) == 0.3

    def test_cosine_falls_to_zero(self) -> None:
        weights = [scheduled_weight(0.4, "cosine", epoch, 4) for epoch in range(5)]
        half = math.sqrt(0.5)
        assert weights == pytest.approx([0.4, 0.2 * (1 + half), 0.2, 0.2 * (1 - half), 0], abs=1e-15)

    def test_bad_input(self) -> None:
        with pytest.raises(UserError, match="schedule 'linear' is unknown; known are constant, cosine"):
            scheduled_weight(1.0, "linear", 0, 2)
        with pytest.raises(UserError, match="epoch is 3, but should lie between 0 and epochs, 2"):
            scheduled_weight(1.0, "cosine", 3, 2)
