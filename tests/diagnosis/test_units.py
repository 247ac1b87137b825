"""Sentences about units and samples that are dead, constant or idle, and about layers that nothing passes."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effdash.config import NetworkConfig
from effdash.diagnosis import Severity, SplitEvidence, diagnose, paragraph
from tests.diagnosis.cases import DEAD, LINEAR, NONLINEAR, STUCK, UNITS, by_kind, evidence, kinds, wall


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


def test_dying_without_ever_learning() -> None:
    found = by_kind(diagnose(evidence(accuracy=STUCK, dead=[0, 1, 3, 6, *[15] * 17])))
    assert found["dying"].evidence.epoch == 3
    assert found["dying"].try_ == "a lower learning rate, jumpstart, another initialisation, skip connections"


def test_dying_that_harms_nothing_is_a_note() -> None:
    found = by_kind(diagnose(evidence(dead=[0, 1, 3, 6, *[9] * 17])))
    assert found["dying"].severity is Severity.NOTE
    assert "healthy" in found


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


def test_born_dead_is_seen_at_epoch_0_but_not_where_jumpstart_may_mend_it() -> None:
    plain = by_kind(diagnose(evidence(accuracy=[0.52], dead=[36])))
    mended = by_kind(diagnose(evidence(accuracy=[0.52], dead=[36], jumpstart=0.3)))
    assert plain["born_dead"].severity is Severity.ILL
    assert (
        plain["born_dead"].sentence == "90 % of the units were dead or linear on train before the first step"
    )
    assert mended["born_dead"].severity is Severity.NOTE
    assert not [f for f in mended.values() if f.severity is Severity.ILL]


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


def test_dead_on_train_that_fires_on_test() -> None:
    record = evidence(dead=[3] * 21)
    assert record.test is not None
    test = replace(record.test, status=np.full((21, 40), NONLINEAR, np.uint8))
    found = by_kind(diagnose(replace(record, test=test)))
    assert found["train_only"].sentence == "3 units are dead on train but fire on test at epoch 20"
    assert (found["train_only"].evidence.layer, found["train_only"].evidence.split) == ("fc1", "test")


def test_one_unit_alone() -> None:
    status = np.zeros((21, 1), np.uint8)
    found = by_kind(diagnose(evidence(layers=1, status=status, accuracy=STUCK)))
    assert (
        found["wall"].sentence
        == "nothing passes fc1: its only unit is dead on train since before the first step"
    )
    assert found["born_dead"].sentence.startswith("1 of 1 units was dead")
    assert found["born_dead"].evidence.unit == 0


@pytest.mark.parametrize("name", ["low", "high"])
def test_a_nan_in_a_quantity_is_not_constant(name: str) -> None:
    record = evidence()
    values = getattr(record.train, name).copy()
    values[:20] = np.nan
    assert kinds(diagnose(replace(record, train=replace(record.train, **{name: values})))) == ["healthy"]


@pytest.mark.parametrize("kind", ["lk-relu", "tanh", "leaky_relu", "prelu"])
def test_linear_units_of_other_kinds_are_not_called_idle(kind: str) -> None:
    linear = np.full((21, 40), LINEAR, np.uint8)
    assert kinds(diagnose(evidence(kind=kind, status=linear))) == ["healthy"]
    stuck = diagnose(evidence(kind=kind, status=linear, accuracy=STUCK, loss=[0.69] * 21))
    assert kinds(stuck) == ["commonest_class"]
    assert stuck[0].try_ == "another learning rate, another initialisation"


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
