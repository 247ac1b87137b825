"""Sentences about the gradient that reaches layers and units."""

import numpy as np
import pytest

from effdash.diagnosis import diagnose, paragraph
from tests.diagnosis.cases import STUCK, UNITS, by_kind, evidence, kinds


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (1e-17, 1e-3, "the gradient at fc1 is 1.0 × 10⁻¹⁴ of that at fc4 before the first step"),
        (1e3, 1e-4, "the gradient at fc1 is 1.0 × 10⁷ times that at fc4 before the first step"),
        (0.0, 2e-3, "no gradient reaches fc1 before the first step, while fc4 gets 0.002"),
        (0.0, 0.0, "no gradient reaches fc1 or fc4 before the first step"),
        (np.inf, 1e-3, "the gradient at fc1 is infinite before the first step"),
        (1e-3, 1e-2, None),
        (np.nan, 1e-3, None),
    ],
)
def test_gradient_by_depth(first: float, last: float, expected: str | None) -> None:
    gradient = np.repeat(np.array([first, 1e-3, 1e-3, last], np.float32), UNITS)
    found = by_kind(diagnose(evidence(accuracy=STUCK, first_gradient=gradient)))
    told = found["gradient_by_depth"].sentence if "gradient_by_depth" in found else None
    assert told == expected


def test_starved_units() -> None:
    gradient = np.full(40, 1e-3, np.float32)
    gradient[[0, 1, *range(15, 25)]] = 0
    found = by_kind(diagnose(evidence(accuracy=STUCK, dead=[2] * 21, last_gradient=gradient)))
    assert found["starved"].evidence.cells == tuple(range(15, 25))
    assert "starved" not in kinds(diagnose(evidence(last_gradient=gradient)))


def test_unrecorded_gradients_are_said_to_be_unknown() -> None:
    unknown = np.full(40, np.nan, np.float32)
    findings = diagnose(evidence(accuracy=STUCK, first_gradient=unknown, last_gradient=unknown))
    assert "gradient_by_depth" not in kinds(findings)
    assert "which gradient reached the units was not recorded" in paragraph(findings)
