"""Sentences about runs of known illness, and about hand-made ones; none false, and none too sure."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import effdash
from effdash.config import JumpstartConfig, NetworkConfig, RunConfig
from effdash.data import load_data
from effdash.diagnosis import (
    Finding,
    Kind,
    RunEvidence,
    Severity,
    SplitEvidence,
    diagnose,
    diagnose_elsewhere,
    paragraph,
)
from effdash.models import has_ways_around
from effdash.observe import unit_status
from effdash.runs import LayerInfo, Run
from effdash.vocab import SCALARS, RunState, UserError

SHIPPED: Final = Path(__file__).parent.parent / "assets" / "runs"
DEAD, LINEAR, NONLINEAR = 0, 1, 2
SAMPLES: Final = 100
UNITS: Final = 10


def shipped(name: str) -> Run:
    return Run(SHIPPED / f"{name}.effdash", shipped=True)


def seen_on(status: np.ndarray, layers: int, counts: list[int] | None, samples: int) -> SplitEvidence:
    """Ranges that fit the statuses at a hinge; every sample passes every layer that is not dead."""
    last = status[-1].astype(np.float32)
    by_layer = status[-1].reshape(layers, -1)
    points = np.where((by_layer == DEAD).all(axis=1), DEAD, NONLINEAR).astype(np.uint8)
    return SplitEvidence(
        status=status,
        low=np.where(last == LINEAR, 1, -2).astype(np.float32),
        high=np.where(last == DEAD, -1, 2).astype(np.float32),
        point_status=np.repeat(points[:, None], samples, axis=1),
        observed=samples,
        total=samples,
        class_counts=None if counts is None else np.array(counts),
    )


def evidence(
    *,
    layers: int = 4,
    kind: str = "relu",
    dead: list[int] | None = None,
    status: np.ndarray | None = None,
    accuracy: list[float] | None = None,
    test_accuracy: float | None = 0.95,
    counts: tuple[int, ...] = (52, 48),
    samples: int = SAMPLES,
    loss: list[float] | None = None,
    network: NetworkConfig | None = None,
    jumpstart: float = 0.0,
    **changes: Any,
) -> RunEvidence:
    """A healthy run of 21 epochs, but for what is given.

    `dead` says how many units are, at every epoch, beginning with those of the first layer.
    """
    accuracy = accuracy or [0.5, *np.linspace(0.6, 0.97, 10).tolist(), *[0.97] * 10]
    rows = len(accuracy)
    if status is None:
        units = layers * UNITS
        status = np.full((rows, units), NONLINEAR, np.uint8)
        for row, count in enumerate(dead or [0] * rows):
            status[row, :count] = DEAD
    epochs = pd.DataFrame({"epoch": np.arange(rows), **dict.fromkeys(SCALARS, np.nan)})
    epochs["train_accuracy"] = accuracy
    epochs["test_accuracy"] = np.nan if test_accuracy is None else test_accuracy
    epochs["task_loss"] = loss if loss is not None else np.linspace(0.7, 0.1, rows)
    epochs["lr"] = 0.05
    epochs["jumpstart"] = jumpstart
    gradient = np.full(status.shape[1], 1e-3, np.float32)
    values: dict[str, Any] = {
        "epochs": epochs,
        "layers": tuple(LayerInfo(f"fc{i + 1}", kind, status.shape[1] // layers) for i in range(layers)),
        "train": seen_on(status, layers, list(counts), samples),
        "test": None if test_accuracy is None else seen_on(status, layers, list(counts), samples),
        "first_gradient": gradient,
        "last_gradient": gradient,
        "class_names": tuple(f"class {number}" for number in range(len(counts))),
        "config": RunConfig(
            network=network or NetworkConfig(depth=layers, width=UNITS),
            jumpstart=JumpstartConfig(weight=jumpstart),
            epochs=max(rows - 1, 1),
        ),
    }
    config = changes.get("config", values["config"])
    values["bypassed"] = None if config is None else has_ways_around(config.network)
    return RunEvidence(**(values | changes))


def by_kind(findings: list[Finding]) -> dict[str, Finding]:
    assert len({finding.kind for finding in findings}) == len(findings), "a kind is told once"
    return {finding.kind: finding for finding in findings}


def kinds(findings: list[Finding]) -> list[str]:
    return [finding.kind.value for finding in findings]


STUCK: Final = [0.52] * 21

# Runs that are shipped


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


# Illnesses made by hand


def test_a_healthy_run_gets_its_sentence() -> None:
    (finding,) = diagnose(evidence())
    assert finding.severity is Severity.WELL
    assert finding.sentence == (
        "it learned: train accuracy .97, test .95; no unit dead and none linear on train at epoch 20"
    )


def wall(at: int = 1, since: int = 3) -> np.ndarray:
    status = np.full((21, 40), NONLINEAR, np.uint8)
    status[since:, at * UNITS : (at + 1) * UNITS] = DEAD
    return status


def test_a_wall_in_the_middle() -> None:
    found = by_kind(diagnose(evidence(status=wall(), accuracy=STUCK)))
    assert found["wall"].sentence == "nothing passes fc2: all its 10 units are dead on train since epoch 3"
    assert found["commonest_class"].sentence == "train accuracy .52 is the answer ‘class 0’ to everything"
    waking = "jumpstart, another initialisation, skip connections"
    assert found["wall"].try_ == f"a lower learning rate, {waking}"
    born = by_kind(diagnose(evidence(status=wall(since=0), accuracy=STUCK)))
    assert born["wall"].try_ == waking


def test_a_skip_connection_leads_around_a_wall() -> None:
    found = by_kind(diagnose(evidence(status=wall(), network=NetworkConfig(skip=2))))
    assert found["wall"].severity is Severity.NOTE
    assert found["wall"].sentence.endswith("since epoch 3, but by a skip connection")
    stuck = by_kind(diagnose(evidence(status=wall(), accuracy=STUCK, network=NetworkConfig(skip=2))))
    assert "is what always answering ‘class 0’ gives" in stuck["commonest_class"].sentence


def test_of_somebodys_own_network_it_is_not_known_whether_a_way_leads_around() -> None:
    found = by_kind(diagnose(evidence(status=wall(), accuracy=STUCK, config=None)))
    assert found["wall"].sentence.endswith(", unless a way leads around it")
    assert "to everything" not in found["commonest_class"].sentence


def test_a_layer_of_constants_is_a_wall() -> None:
    record = evidence(accuracy=STUCK)
    constant = np.arange(40) // UNITS == 2
    train = replace(
        record.train,
        low=np.where(constant, 3, record.train.low),
        high=np.where(constant, 3, record.train.high),
    )
    found = by_kind(diagnose(replace(record, train=train)))
    assert found["wall"].sentence == (
        "fc3 says the same of every train sample at epoch 20: each of its units is constant or dead"
    )
    assert "constant" not in found


def test_single_constant_units_are_told() -> None:
    record = evidence()
    high = record.train.high.copy()
    high[[3, 17]] = record.train.low[[3, 17]]
    found = by_kind(diagnose(replace(record, train=replace(record.train, high=high))))
    assert found["constant"].sentence == (
        "5 % of the units are constant on train at epoch 20: not dead, but the same for every sample"
    )
    assert found["constant"].evidence.cells == (3, 17)


def test_constant_units_behind_a_wall_are_not_counted() -> None:
    record = evidence(status=wall(at=2, since=0), accuracy=STUCK)
    high = record.train.high.copy()
    high[[3, *range(30, 40)]] = record.train.low[[3, *range(30, 40)]]
    found = by_kind(diagnose(replace(record, train=replace(record.train, high=high))))
    assert found["constant"].sentence == (
        "1 of 20 units before fc3 is constant on train at epoch 20: not dead, but the same for every sample"
    )
    assert found["constant"].evidence.cells == (3,)
    assert found["constant"].severity is Severity.NOTE


def test_samples_nobody_hears() -> None:
    record = evidence()
    points = record.train.point_status.copy()
    points[2, :40] = DEAD
    found = by_kind(diagnose(replace(record, train=replace(record.train, point_status=points))))
    assert found["dead_samples"].sentence.startswith("40 % of the samples are dead at fc3 on train")


def test_no_probe_sample_passes_though_units_fire_elsewhere() -> None:
    record = evidence(accuracy=STUCK)
    points = record.train.point_status.copy()
    points[2] = DEAD
    found = by_kind(diagnose(replace(record, train=replace(record.train, point_status=points))))
    assert found["wall"].sentence == "none of the 100 train samples looked at one by one passes fc3"
    assert "to everything" not in found["commonest_class"].sentence


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


def test_dying_without_ever_learning() -> None:
    found = by_kind(diagnose(evidence(accuracy=STUCK, dead=[0, 1, 3, 6, *[15] * 17])))
    assert found["dying"].evidence.epoch == 3
    assert found["dying"].try_ == "a lower learning rate, jumpstart, another initialisation, skip connections"


def test_dying_that_harms_nothing_is_a_note() -> None:
    found = by_kind(diagnose(evidence(dead=[0, 1, 3, 6, *[9] * 17])))
    assert found["dying"].severity is Severity.NOTE
    assert "healthy" in found


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


@pytest.mark.parametrize(
    ("last", "became"),
    [
        (20, "50 % still are at epoch 20"),
        (30, "75 % are at epoch 20"),
        (10, "25 % are at epoch 20"),
        (0, "none is at epoch 20"),
    ],
)
def test_what_became_of_the_units_born_dead(last: int, became: str) -> None:
    found = by_kind(diagnose(evidence(dead=[*[20] * 20, last])))
    assert found["born_dead"].sentence.endswith(f"before the first step, {became}")


@pytest.mark.parametrize(
    ("dead", "accuracy", "ill"),
    [
        ([36] * 21, STUCK, True),
        ([*[36] * 20, 2], STUCK, False),
        ([36] * 21, [0.5, *[0.95] * 10, *[0.6] * 10], False),
    ],
    ids=["still dead", "hardly any is left", "it learned in spite of them"],
)
def test_units_born_dead_are_blamed_for_what_they_can_have_done(
    dead: list[int], accuracy: list[float], ill: bool
) -> None:
    found = by_kind(diagnose(evidence(dead=dead, accuracy=accuracy, loss=[0.69] * 21)))
    assert (found["born_dead"].severity is Severity.ILL) == ill
    assert bool(found["born_dead"].remedies) == ill


@pytest.mark.parametrize(
    ("network", "kind", "remedies"),
    [
        (NetworkConfig(init="zero"), "relu", "another initialisation"),
        (NetworkConfig(activation="sigmoid"), "sigmoid", "another activation, skip connections"),
        (NetworkConfig(skip=2), "relu", "jumpstart, another initialisation"),
    ],
    ids=["zero", "sigmoid", "skip"],
)
def test_what_cannot_help_is_not_recommended(network: NetworkConfig, kind: str, remedies: str) -> None:
    constant = evidence(kind=kind, network=network, accuracy=STUCK, loss=[0.69] * 21)
    train = replace(constant.train, high=constant.train.low)
    found = by_kind(diagnose(replace(constant, train=train)))
    assert found["wall"].try_ == remedies


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


def test_dead_on_train_that_fires_on_test() -> None:
    record = evidence(dead=[3] * 21)
    assert record.test is not None
    test = replace(record.test, status=np.full((21, 40), NONLINEAR, np.uint8))
    found = by_kind(diagnose(replace(record, test=test)))
    assert found["train_only"].sentence == "3 units are dead on train but fire on test at epoch 20"
    assert (found["train_only"].evidence.layer, found["train_only"].evidence.split) == ("fc1", "test")


# Thin evidence, and other networks


@pytest.mark.parametrize("rows", [1, 2, 4])
def test_too_early_to_say(rows: int) -> None:
    findings = diagnose(evidence(accuracy=[0.52] * rows))
    assert kinds(findings) == ["too_early"]
    assert findings[0].sentence.endswith("recorded: too early to say whether it learns")


def test_born_dead_is_seen_at_epoch_0_but_not_where_jumpstart_may_mend_it() -> None:
    plain = by_kind(diagnose(evidence(accuracy=[0.52], dead=[36])))
    mended = by_kind(diagnose(evidence(accuracy=[0.52], dead=[36], jumpstart=0.3)))
    assert plain["born_dead"].severity is Severity.ILL
    assert (
        plain["born_dead"].sentence == "90 % of the units were dead or linear on train before the first step"
    )
    assert mended["born_dead"].severity is Severity.NOTE
    assert not [f for f in mended.values() if f.severity is Severity.ILL]


def test_a_run_that_learned_at_once_needs_no_time() -> None:
    assert kinds(diagnose(evidence(accuracy=[0.5, 0.96]))) == ["healthy"]


@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.PAUSED, RunState.INTERRUPTED])
def test_an_unfinished_run_may_change(state: RunState) -> None:
    findings = diagnose(evidence(state=state, config=RunConfig(epochs=800)))
    assert findings[-1].kind == Kind.TOO_EARLY
    assert "epoch 20 of 800" in findings[-1].sentence


def test_one_unit_alone() -> None:
    status = np.zeros((21, 1), np.uint8)
    found = by_kind(diagnose(evidence(layers=1, status=status, accuracy=STUCK)))
    assert (
        found["wall"].sentence
        == "nothing passes fc1: its only unit is dead on train since before the first step"
    )
    assert found["born_dead"].sentence.startswith("1 of 1 units was dead")
    assert found["born_dead"].evidence.unit == 0


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


@pytest.mark.parametrize("name", ["low", "high"])
def test_a_nan_in_a_quantity_is_not_constant(name: str) -> None:
    record = evidence()
    values = getattr(record.train, name).copy()
    values[:20] = np.nan
    assert kinds(diagnose(replace(record, train=replace(record.train, **{name: values})))) == ["healthy"]


def test_a_nan_among_the_accuracies() -> None:
    accuracy = [0.5, *[0.97] * 20]
    accuracy[7] = np.nan
    assert diagnose(evidence(accuracy=accuracy))[0].kind == Kind.HEALTHY


@pytest.mark.parametrize("kind", ["lk-relu", "tanh", "leaky_relu", "prelu"])
def test_linear_units_of_other_kinds_are_not_called_idle(kind: str) -> None:
    linear = np.full((21, 40), LINEAR, np.uint8)
    assert kinds(diagnose(evidence(kind=kind, status=linear))) == ["healthy"]
    stuck = diagnose(evidence(kind=kind, status=linear, accuracy=STUCK, loss=[0.69] * 21))
    assert kinds(stuck) == ["commonest_class"]
    assert stuck[0].try_ == "another learning rate, another initialisation"


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


# On other data than its own


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


# What must hold of any run


@settings(deadline=None, derandomize=True, max_examples=30)
@given(seed=st.integers(0, 2**16), rows=st.integers(1, 20), layers=st.integers(1, 5), units=st.integers(1, 9))
def test_the_order_of_a_layers_units_changes_no_sentence(
    seed: int, rows: int, layers: int, units: int
) -> None:
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet([0.3, 0.3, 0.6])
    status = rng.choice(3, size=(rows, layers * units), p=shares).astype(np.uint8)
    record = evidence(layers=layers, status=status, accuracy=rng.choice([0.48, 0.52, 0.9], rows).tolist())
    gradient = (10.0 ** rng.uniform(-20, 0, layers * units)).astype(np.float32)
    record = replace(record, first_gradient=gradient, last_gradient=gradient)
    within = rng.permuted(np.arange(layers * units).reshape(layers, units), axis=1).ravel()
    permuted = replace(
        record,
        train=_permuted(record.train, within),
        test=None if record.test is None else _permuted(record.test, within),
        first_gradient=gradient[within],
        last_gradient=gradient[within],
    )
    findings = diagnose(record)
    assert findings, "there is always something to say"
    assert paragraph(diagnose(permuted)) == paragraph(findings)
    for finding in findings:
        assert finding.sentence[0].islower() or finding.sentence[0].isdigit()
        assert not finding.sentence.endswith(".")


def _permuted(seen: SplitEvidence, order: np.ndarray) -> SplitEvidence:
    return replace(seen, status=seen.status[:, order], low=seen.low[order], high=seen.high[order])
