"""What is said, and what is not, where little is known: few epochs, one class, no labels, no test data."""

from dataclasses import replace

import numpy as np
import pytest

from effdash.config import RunConfig
from effdash.diagnosis import Kind, diagnose, paragraph
from effdash.vocab import RunState, UserError
from tests.diagnosis.cases import by_kind, evidence, kinds


@pytest.mark.parametrize("rows", [1, 2, 4])
def test_too_early_to_say(rows: int) -> None:
    findings = diagnose(evidence(accuracy=[0.52] * rows))
    assert kinds(findings) == ["too_early"]
    assert findings[0].sentence.endswith("recorded: too early to say whether it learns")


@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.PAUSED, RunState.INTERRUPTED])
def test_an_unfinished_run_may_change(state: RunState) -> None:
    findings = diagnose(evidence(state=state, config=RunConfig(epochs=800)))
    assert findings[-1].kind == Kind.TOO_EARLY
    assert "epoch 20 of 800" in findings[-1].sentence


def test_one_class_alone_proves_nothing() -> None:
    findings = diagnose(evidence(accuracy=[1.0] * 21, counts=(100, 0)))
    assert kinds(findings) == ["thin_evidence"]
    assert findings[0].sentence == "all train samples are of one class, so its accuracy says nothing"


def test_forty_classes() -> None:
    counts = (*range(6, 26), *range(6, 26))
    total = sum(counts)
    stuck = evidence(accuracy=[25 / total] * 21, counts=counts, samples=total)
    assert by_kind(diagnose(stuck))["commonest_class"].sentence == (
        "train accuracy .04 is what always answering one and the same class gives"
    )
    learned = evidence(accuracy=[0.03, *[0.9] * 20], counts=counts, samples=total)
    assert diagnose(learned)[0].kind == Kind.HEALTHY


def test_without_test_data() -> None:
    record = evidence(test_accuracy=None)
    assert "there is no test data" in diagnose(record)[0].sentence
    with pytest.raises(UserError, match="split 'test' is not in this run; it has train"):
        diagnose(record, "test")


def test_without_labels() -> None:
    record = evidence()
    findings = diagnose(replace(record, train=replace(record.train, class_counts=None), class_names=()))
    assert kinds(findings) == ["thin_evidence"]
    assert "train accuracy is .97, but" in findings[0].sentence


def test_without_accuracy() -> None:
    findings = diagnose(evidence(accuracy=[np.nan] * 21, test_accuracy=None))
    assert kinds(findings) == ["thin_evidence"]
    assert "whether it learned is not known" in findings[0].sentence


def test_an_accuracy_of_test_alone_is_named() -> None:
    assert diagnose(evidence(accuracy=[np.nan] * 21))[0].sentence.startswith("it learned: test accuracy .95;")


def test_a_part_of_the_samples_is_said() -> None:
    record = evidence()
    findings = diagnose(replace(record, train=replace(record.train, total=60_000, observed=10_000)))
    assert findings[-1].sentence == "statuses are those on 10,000 of 60,000 train samples"


def test_nothing_recorded() -> None:
    record = evidence()
    with pytest.raises(UserError, match="recorded no epoch"):
        diagnose(replace(record, epochs=record.epochs.iloc[:0]))


def test_no_findings_are_no_paragraph() -> None:
    assert paragraph([]) == ""
