"""Runs of somebody's own loop: without configuration, without classes, without test data or gradient."""

import numpy as np
import pandas as pd
import pytest

from effdash.diagnosis import Kind, Severity, diagnose, paragraph
from effdash.vocab import SCALARS, RunState

from .cases import DEAD, NONLINEAR, evidence


def foreign(loss, *, dead: float = 0.0, classes: int | None = 0, **changes):
    """Epochs from 1 on, of which nothing but `loss` is known; `dead` is the share of dead units."""
    rows = len(loss)
    status = np.full((rows, 40), NONLINEAR, np.uint8)
    status[:, : round(40 * dead)] = DEAD
    unknown = np.full(40, np.nan, np.float32)
    epochs = pd.DataFrame({"epoch": np.arange(1, rows + 1), **dict.fromkeys(SCALARS, np.nan), "loss": loss})
    values = {"epochs": epochs, "n_classes": classes, "first_gradient": unknown, "last_gradient": unknown}
    found = evidence(
        status=status, accuracy=[np.nan] * rows, test_accuracy=None, counts=(), **(values | changes)
    )
    object.__setattr__(found.train, "class_counts", None)
    return found


FALLING = np.geomspace(2, 0.1, 20).tolist()
STILL = [2.0] * 20


def words(record) -> str:
    """The paragraph; it never speaks of what such a run has not."""
    text = paragraph(diagnose(record))
    for nonsense in (
        "nan",
        "None",
        "commonest",
        "one class",
        "accuracy",
        "before the first step",
        "gradient",
    ):
        assert nonsense not in text, text
    return text


def test_a_regression_that_learned_is_told_so_by_its_loss():
    assert words(foreign(FALLING)) == (
        "Its loss fell from 2 at epoch 1 to 0.1 at epoch 20; no unit dead and none linear on train at epoch "
        "20; the samples have no classes, so only its loss says whether it learned."
    )


def test_dead_units_do_no_harm_where_the_loss_fell():
    findings = diagnose(foreign(FALLING, dead=0.9))
    assert findings[0].severity is Severity.WELL
    assert not [finding for finding in findings if finding.severity is Severity.ILL]


def test_a_loss_that_stands_still_over_dead_layers_is_ill():
    text = words(foreign(STILL, dead=0.9))
    assert "nothing passes fc1: all its 10 units are dead on train since epoch 1" in text.lower()
    assert "its loss went from 2 at epoch 1 to 2 at epoch 20" in text
    assert diagnose(foreign(STILL, dead=0.9))[0].severity is Severity.ILL


@pytest.mark.parametrize("loss", [[1.0, 500.0, 5000.0], [1.0, np.inf, np.inf]])
def test_a_loss_that_explodes_is_seen_without_the_parts_of_it(loss):
    assert diagnose(foreign(loss))[0].kind is Kind.EXPLODING_LOSS


@pytest.mark.parametrize("loss", [[np.nan] * 3, [0.7], [-3.0, -4.0, -4.5]])
def test_little_or_odd_losses(loss):
    assert "the samples have no classes" in words(foreign(loss)).lower()


def test_a_loop_with_classes_whose_labels_are_not_known():
    text = paragraph(diagnose(foreign(STILL, classes=3)))
    assert "the accuracy was not recorded, so whether it learned is not known" in text.lower()


@pytest.mark.parametrize("state", ["running", "interrupted"])
def test_the_end_is_not_known_and_no_plan_is_told(state):
    text = words(foreign(FALLING, state=RunState(state)))
    assert (
        f"it {'is' if state == 'running' else 'was'} {state}" in text and " of " not in text.split("it ")[1]
    )
