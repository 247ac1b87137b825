"""Exact bounds, against the sum that defines them."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effdash.decision import clopper_pearson, held_out_bound
from effdash.vocab import UserError


def at_most(k: int, n: int, share: float) -> float:
    """Probability of `k` or fewer of `n`, summed term by term in exact arithmetic."""
    p = Fraction(share)
    return float(sum((comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k + 1)), Fraction(0)))


@settings(derandomize=True, deadline=None, max_examples=60)
@given(data=st.data(), n=st.integers(1, 40), level=st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_each_bound_leaves_half_the_rest(data: st.DataObject, n: int, level: float) -> None:
    changed = data.draw(st.integers(0, n))
    lower, upper = clopper_pearson(changed, n, level)
    assert lower <= changed / n <= upper
    tail = (1 - level) / 2
    if changed < n:
        assert at_most(changed, n, upper) == pytest.approx(tail, rel=1e-6)
    if changed > 0:
        assert 1 - at_most(changed - 1, n, lower) == pytest.approx(tail, rel=1e-6)


def test_bounds_known_by_hand() -> None:
    # None of n: (1 - upper)^n = .025. All of n: the mirror image.
    assert clopper_pearson(0, 360) == (0.0, pytest.approx(1 - 0.025 ** (1 / 360)))
    assert clopper_pearson(360, 360) == (pytest.approx(0.025 ** (1 / 360)), 1.0)
    assert clopper_pearson(1, 1, level=0.9) == (pytest.approx(0.05), 1.0)


def test_held_out_data_carry_a_bound_and_the_data_that_chose_carry_none() -> None:
    held_out = held_out_bound(2, 360, held_out=True)
    assert held_out.sentence() == "at most 2.0 %"
    assert held_out.reason is None
    chose = held_out_bound(0, 1437, held_out=False)
    assert chose.upper is None
    assert chose.sentence() == "no bound: these data chose the units"


@pytest.mark.parametrize(
    ("changed", "n", "level", "sentence"),
    [
        (0, 0, 0.95, "n = 0: a share needs at least one sample"),
        (4, 3, 0.95, "changed = 4 is out of range; it lies between 0 and 3"),
        (-1, 3, 0.95, "changed = -1 is out of range"),
        (1, 3, 1.0, "level = 1 is out of range; it lies between 0 and 1"),
    ],
)
def test_counts_that_cannot_be(changed: int, n: int, level: float, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        clopper_pearson(changed, n, level)
