"""Sentences about the runs that are shipped, whose illness is known."""

import pytest

import effdash
from effdash.diagnosis import Kind, Severity, diagnose, paragraph
from effdash.vocab import UserError
from tests.diagnosis.cases import by_kind, shipped


def test_born_dead_is_told_as_the_pages_promise() -> None:
    findings = diagnose(shipped("born-dead"))
    assert paragraph(findings) == (
        "94 % of the units were dead or linear on train before the first step, 94 % still are at epoch 800; "
        "nothing passes fc21: all its 8 units are dead on train since before the first step (fc18 before it "
        "says the same of every sample); no gradient reaches fc1 before the first step, while fc30 gets "
        "8.1 × 10⁻⁴; train accuracy .51 is the answer ‘class 1’ to everything. "
        "Try: jumpstart, another initialisation, skip connections."
    )
    assert {finding.severity for finding in findings} == {Severity.ILL}
    wall = by_kind(findings)["wall"].evidence
    assert (wall.epoch, wall.layer, wall.cells) == (800, "fc21", tuple(range(160, 168)))


def test_the_answer_to_everything_is_what_the_network_answers() -> None:
    run = shipped("born-dead")
    answers = run.model()(run.data().X_train).argmax(1)
    assert set(answers.tolist()) == {1}


def test_dying_by_the_learning_rate_is_not_cured_by_jumpstart() -> None:
    found = by_kind(diagnose(shipped("dies-in-training")))
    assert found["dying"].sentence == (
        "units have been dying since epoch 1: 0 % dead on train before the first step, 49 % at epoch 40"
    )
    assert found["learning_rate"].sentence == (
        "train accuracy fell from .95 at epoch 5 to .57 at epoch 40 while units died: the learning rate, "
        "0.05, is probably too high"
    )
    assert (
        found["learning_rate"].try_
        == "a learning rate ten times lower (0.005), which jumpstart does not replace"
    )
    assert not [f for f in found.values() if f.kind != Kind.LEARNING_RATE and f.remedies]
    assert found["train_only"].sentence == "1 unit is dead on train but fires on test at epoch 40"
    unit = found["train_only"].evidence
    assert unit.layer is not None
    rows = [shipped("dies-in-training").units(40, unit.layer, split).status for split in ("train", "test")]
    assert [str(row.iloc[unit.unit]) for row in rows] == ["dead", "nonlinear"]


@pytest.mark.parametrize("name", ["jumpstart", "revived", "digits-wide", "digits-deep"])
def test_what_learned_is_not_called_ill(name: str) -> None:
    findings = diagnose(shipped(name))
    assert findings[0].kind == Kind.HEALTHY
    assert all(finding.severity is not Severity.ILL and finding.try_ is None for finding in findings)


def test_a_revival_names_what_was_turned() -> None:
    found = by_kind(diagnose(shipped("revived")))
    assert found["revived"].sentence == (
        "it was revived: after λ was set to 0.3 at epoch 150, the share of dead or linear units fell from "
        "94 % to 0 %, half of it by epoch 204"
    )
    assert found["healthy"].sentence.startswith("it learned: train accuracy 1.00, test .93 (only 15 samples)")
    assert found["healthy"].sentence.endswith("on train at epoch 600")


def test_it_can_be_asked_on_test() -> None:
    findings = effdash.diagnose(shipped("digits-deep"), "test")
    assert "linear on test at epoch 60" in findings[0].sentence
    with pytest.raises(UserError, match="split 'valid' is not in this run; it has train, test"):
        diagnose(shipped("digits-deep"), "valid")
