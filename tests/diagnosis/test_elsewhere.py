"""Sentences about a run on other data than its own."""

import pytest
import torch

from effdash.data import load_data
from effdash.diagnosis import Kind, Severity, diagnose_elsewhere, paragraph
from effdash.observe import unit_status
from effdash.vocab import UserError
from tests.diagnosis.cases import by_kind, kinds, shipped


def test_on_other_data_nothing_is_said_of_training() -> None:
    run, circles = shipped("born-dead"), load_data("circles", seed=0)
    found = by_kind(diagnose_elsewhere(run, circles.X_train, circles.y_train, name="circles, train"))
    units = unit_status(run.model(), circles.X_train)
    idle = (units["status"] != "nonlinear").mean()
    assert found["idle"].sentence == (
        f"{100 * idle:.0f} % of the units are dead or linear on circles, train at epoch 800"
    )
    layers = units.groupby("layer", sort=False)["status"].agg(lambda status: (status == "dead").all())
    assert found["wall"].sentence.startswith(f"nothing passes {layers.idxmax()}: all its 8 units are dead on")
    assert found["wall"].severity is found["commonest_class"].severity is Severity.ILL
    assert not [finding for finding in found.values() if finding.remedies]
    assert {finding.evidence.split for finding in found.values()} == {None}


def test_on_other_data_accuracy_is_counted_anew() -> None:
    run = shipped("digits-wide")
    data = run.data()
    findings = diagnose_elsewhere(run, data.X_test, data.y_test, name="digits, test")
    right = (run.model()(data.X_test).argmax(1) == data.y_test).double().mean()
    (finding,) = [finding for finding in findings if finding.kind == Kind.HEALTHY]
    assert finding.sentence.startswith(f"accuracy on digits, test is {right:.2f}".replace("0.", "."))


def test_units_dead_on_one_and_not_on_the_other_are_counted_both_ways() -> None:
    run = shipped("dies-in-training")
    X = run.data().X_test
    own = (run.units(40)["status"] == "dead").to_numpy()
    here = (unit_status(run.model(), X)["status"] == "dead").to_numpy()
    told = [
        finding.sentence
        for finding in diagnose_elsewhere(run, X, name="digits, test")
        if finding.kind == Kind.TRAIN_ONLY
    ]
    assert told == [
        "1 unit is dead on its own train data (digits) but fires on digits, test",
        f"{(here & ~own).sum()} units are dead on digits, test but fire on its own train data (digits)",
    ]


@pytest.mark.parametrize("labels", [None, [0] * 60, [7] * 60], ids=["none", "one class", "unknown class"])
def test_without_classes_that_tell_something_there_is_no_accuracy(labels: list[int] | None) -> None:
    X = load_data("circles", seed=0).X_train[:60]
    y = None if labels is None else torch.tensor(labels)
    findings = diagnose_elsewhere(shipped("jumpstart"), X, y, name="mine")
    assert kinds(findings)[-1] == "thin_evidence"
    assert "accuracy on" not in paragraph(findings)


def test_samples_of_another_shape_are_refused() -> None:
    with pytest.raises(UserError, match=r"mine has samples of shape \(3,\); run 'jumpstart' takes \(2,\)"):
        diagnose_elsewhere(shipped("jumpstart"), torch.zeros(5, 3), name="mine")
