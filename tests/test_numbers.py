"""Numbers in words."""

import pytest

from effdash.numbers import accuracy, counted, percent, scientific


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.012, "0.012"),
        (8.8e-6, "8.8 × 10⁻⁶"),
        (1e-17, "1.0 × 10⁻¹⁷"),
        (0.5, "0.5"),
        (123.4, "120"),
        (-9960.0, "-10000"),
        (23456.0, "2.3 × 10⁴"),
    ],
)
def test_small_numbers_are_written_as_people_write_them(value: float, text: str) -> None:
    assert scientific(value) == text


@pytest.mark.parametrize(
    ("count", "total", "text"),
    [
        (221, 240, "92 % of the units"),
        (1, 1000, "under 1 % of the units"),
        (999, 1000, "over 99 % of the units"),
        (0, 1000, "0 % of the units"),
        (1000, 1000, "100 % of the units"),
        (3, 8, "3 of 8 units"),
    ],
)
def test_a_part_is_never_rounded_to_nothing_or_to_all(count: int, total: int, text: str) -> None:
    assert counted(count, total, "units") == text


def test_percent_of_few() -> None:
    assert percent(1, 2) == "50 %"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.52, ".52"), (0.9993, ".999"), (1.0, "1.00"), (0.0, ".00"), (0.004, ".004"), (0.99999, "1.0000")],
)
def test_accuracies_are_short(value: float, text: str) -> None:
    assert accuracy(value) == text
