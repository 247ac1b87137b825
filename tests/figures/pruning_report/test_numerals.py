"""How the report writes its numbers."""

import math

from effdash.figures.pruning_report.numerals import correlation, milliseconds, percent, share, signed


def test_nothing_is_rounded_to_all_or_to_nothing() -> None:
    assert [share(value) for value in (1.0, 0.9996, 0.98, math.nan)] == ["1.000", "0.999", "0.980", "–"]
    assert [percent(value) for value in (0.0, 0.0004, 0.5)] == ["0.0 %", "under 0.1 %", "50.0 %"]


def test_small_large_and_negative_numbers() -> None:
    assert [signed(value) for value in (-3.2147, 1234.5, -0.0005)] == ["−3.21", "1230", "−5.00 × 10⁻⁴"]
    assert signed(math.inf) == "–"
    assert correlation(-0.25) == "−0.250"
    assert [milliseconds(value) for value in (0.0341, 123.4)] == ["0.034 ms", "120 ms"]
