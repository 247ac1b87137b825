"""Sentences about what accuracy and loss did: learned, fell, exploded, still learning, overfitted."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from effdash.diagnosis import Kind, Severity, diagnose, paragraph
from effdash.vocab import RunState
from tests.diagnosis.cases import STUCK, by_kind, evidence, kinds, wall


def test_a_healthy_run_gets_its_sentence() -> None:
    (finding,) = diagnose(evidence())
    assert finding.severity is Severity.WELL
    assert finding.sentence == (
        "it learned: train accuracy .97, test .95; no unit dead and none linear on train at epoch 20"
    )


def test_a_fall_after_something_was_turned_is_not_blamed_on_the_learning_rate() -> None:
    turned = pd.DataFrame({"epoch": [12], "field": ["jumpstart"], "value": [50.0]})
    found = by_kind(diagnose(evidence(accuracy=[0.5, *[0.9] * 11, *[0.6] * 9], changes=turned)))
    assert found["learning_rate"].sentence == (
        "train accuracy fell from .90 at epoch 1 to .60 at epoch 20; λ was set to 50 in between, at epoch 12"
    )


def test_units_that_died_before_it_fell_are_not_blamed() -> None:
    fell = [0.5, *[0.6] * 9, *[0.95] * 5, *[0.6] * 6]
    before = by_kind(diagnose(evidence(accuracy=fell, dead=[0, *[15] * 20])))
    assert before["learning_rate"].sentence.endswith(
        "to .60 at epoch 20: the learning rate, 0.05, is perhaps too high"
    )
    after = by_kind(diagnose(evidence(accuracy=fell, dead=[*[0] * 12, *[15] * 9])))
    assert "while units died" in after["learning_rate"].sentence


def test_learned_in_part_while_units_died_wants_a_lower_rate() -> None:
    found = by_kind(diagnose(evidence(accuracy=[0.5, *[0.8] * 20], dead=[0, *[9] * 20])))
    assert found["partly_learned"].try_ == "a lower learning rate"


def test_one_unlucky_epoch_is_no_fall() -> None:
    findings = diagnose(evidence(accuracy=[0.5, *[0.97] * 19, 0.80]))
    assert "learning_rate" not in kinds(findings)


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ([0.7] * 10 + [np.inf] * 11, "the loss became infinite at epoch 10"),
        (np.geomspace(0.7, 4e5, 21).tolist(), "the loss rose from 0.7 at epoch 0 to 4e+05 at epoch 20"),
        ([0.7, *np.linspace(400, 90, 20)], "the loss rose from 0.7 at epoch 0 to 90 at epoch 20"),
        ([0.7, 4e5, *np.linspace(8, 4, 19)], "the loss rose from 0.7 at epoch 0 to 4e+05 at epoch 1"),
    ],
)
def test_exploding_loss(loss: list[float], expected: str) -> None:
    found = by_kind(diagnose(evidence(accuracy=STUCK, loss=loss)))
    assert found["exploding_loss"].sentence == expected
    assert found["exploding_loss"].try_ == "a lower learning rate (0.005)"
    assert "not_converged" not in found


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("the loss became nan in epoch 21, batch 3", "exploding_loss"),
        ("the disk is full.", "failed"),
        (None, "failed"),
    ],
)
def test_a_failed_run_says_why(message: str | None, kind: str) -> None:
    findings = diagnose(evidence(state=RunState.FAILED, message=message))
    assert findings[0].kind == kind
    assert findings[0].sentence.startswith("it failed after epoch 20: ")
    assert "healthy" not in kinds(findings)


def test_overfitted_but_healthy() -> None:
    findings = diagnose(evidence(test_accuracy=0.7))
    assert kinds(findings) == ["healthy", "overfitted"]
    assert findings[1].sentence.endswith(".97 against .70: it overfits")


def test_a_gap_that_ten_samples_explain_is_not_told() -> None:
    record = evidence(test_accuracy=0.8)
    assert record.test is not None
    assert "overfitted" not in kinds(diagnose(replace(record, test=replace(record.test, observed=10))))


def test_still_learning() -> None:
    found = by_kind(diagnose(evidence(accuracy=np.linspace(0.5, 0.85, 21).tolist())))
    assert found["not_converged"].try_ == "more epochs"
    assert found["partly_learned"].remedies == ()


def test_a_loss_that_still_falls_wants_time_not_jumpstart() -> None:
    findings = diagnose(evidence(accuracy=STUCK))
    assert paragraph(findings).endswith("Try: more epochs, a higher learning rate.")


def test_a_loss_that_goes_up_and_down_is_not_said_to_fall() -> None:
    noisy = [0.7, *[6.0, 6.4, 6.2, 6.6] * 4, 6.1, 6.3, 6.0, 6.2]
    assert "not_converged" not in kinds(diagnose(evidence(accuracy=STUCK, loss=noisy)))


def test_behind_a_wall_more_epochs_are_no_help() -> None:
    found = diagnose(evidence(accuracy=STUCK, status=wall(since=0)))
    assert "more epochs" not in str(paragraph(found))


def test_a_run_that_learned_at_once_needs_no_time() -> None:
    assert kinds(diagnose(evidence(accuracy=[0.5, 0.96]))) == ["healthy"]


def test_a_nan_among_the_accuracies() -> None:
    accuracy = [0.5, *[0.97] * 20]
    accuracy[7] = np.nan
    assert diagnose(evidence(accuracy=accuracy))[0].kind == Kind.HEALTHY
