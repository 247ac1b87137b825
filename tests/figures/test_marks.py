"""Marks of units against hand-known answers and slow, obvious versions."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from effdash.figures import MARKS, marked_units, unit_marks
from effdash.figures.marks import since, starved
from effdash.figures.status import turnover

DEAD, LINEAR, NONLINEAR = 0, 1, 2
NAN = float("nan")
HISTORIES = arrays(
    np.uint8, st.tuples(st.integers(1, 5), st.integers(1, 6)), elements=st.integers(DEAD, NONLINEAR)
)


@dataclass
class Layer:
    name: str
    units: int


def marks_of(history, at, **more):
    history = np.array(history, dtype=np.uint8)
    units = history.shape[1]
    given_ = {"constant": np.zeros(units, dtype=bool), "train": history[at], **more}
    return unit_marks(history, at, **given_)


def units_with(marks, name):
    return np.flatnonzero(marks.masks[name]).tolist()


def test_died_and_revived_look_back_only() -> None:
    history = [[2, 0, 0, 1, 0], [2, 0, 2, 0, 1], [0, 0, 2, 0, 0], [2, 2, 2, 2, 2]]
    marks = marks_of(history, 2)
    assert units_with(marks, "died") == [0, 3, 4]
    assert units_with(marks, "revived") == [2]
    assert marks.counts() == {"died": 3, "revived": 1, "constant": 0, "starved": None, "train_only": None}
    assert marks_of(history, 0).counts()["died"] == 0


@given(HISTORIES, st.data())
@settings(derandomize=True, deadline=None, max_examples=60)
def test_died_and_revived_equal_looking_at_each_epoch(history: np.ndarray, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(history) - 1))
    marks = marks_of(history, at)
    for unit in range(history.shape[1]):
        earlier, now = history[:at, unit].tolist(), history[at, unit]
        assert marks.masks["died"][unit] == (now == DEAD and any(status != DEAD for status in earlier))
        assert marks.masks["revived"][unit] == (now != DEAD and DEAD in earlier)


def test_dead_on_train_and_firing_on_test() -> None:
    marks = marks_of([[0, 0, 0, 2]], 0, test=np.array([0, 1, 2, 0], dtype=np.uint8))
    assert units_with(marks, "train_only") == [1, 2]


def test_starved_is_measured_by_the_median_of_the_gradients_that_reach_anybody() -> None:
    gradient = np.array([1, 2, 3, 0, 0.0019, 0.0021, 1e-9, NAN], dtype=np.float32)
    train = np.array([2, 2, 2, 2, 2, 2, 1, 2], dtype=np.uint8)
    # without the zero and the unknown: 1e-9 .0019 .0021 1 2 3, whose median is .501
    assert np.flatnonzero(starved(train, gradient)).tolist() == [3]
    gradient[4] = 0.0004
    assert np.flatnonzero(starved(train, gradient)).tolist() == [3, 4]


def test_without_any_gradient_every_nonlinear_unit_starves() -> None:
    train = np.array([2, 0, 1, 2], dtype=np.uint8)
    assert starved(train, np.zeros(4, dtype=np.float32)).tolist() == [True, False, False, True]


def test_a_gradient_that_was_not_recorded_is_not_judged() -> None:
    train = np.array([2, 2], dtype=np.uint8)
    assert starved(train, np.full(2, np.nan, dtype=np.float32)) is None
    marks = marks_of([[2, 2]], 0, gradient=np.full(2, np.nan, dtype=np.float32))
    assert marks.counts()["starved"] is None


def test_every_mark_has_its_words() -> None:
    assert list(marks_of([[2]], 0).masks) == list(MARKS)


@given(HISTORIES)
@settings(derandomize=True, deadline=None, max_examples=60)
def test_since_equals_walking_back(history: np.ndarray) -> None:
    for unit, row in enumerate(since(history)):
        first = len(history) - 1
        while first > 0 and history[first - 1, unit] == history[-1, unit]:
            first -= 1
        assert row == first


@given(HISTORIES)
@settings(derandomize=True, deadline=None, max_examples=60)
def test_turnover_explains_how_the_number_of_dead_units_changes(history: np.ndarray) -> None:
    counts = turnover(history).astype(int)
    dead = (history == DEAD).sum(axis=1)
    np.testing.assert_array_equal(counts[0], [0, 0])
    np.testing.assert_array_equal(np.diff(dead), counts[1:, 0] - counts[1:, 1])


def test_turnover_by_hand() -> None:
    history = np.array([[0, 0, 2], [1, 0, 0], [0, 2, 0]], dtype=np.uint8)
    assert turnover(history).tolist() == [[0, 0], [1, 1], [1, 1]]


def test_the_list_names_layer_unit_status_and_since_when() -> None:
    history = np.array([[2, 0, 1, 0], [0, 0, 1, 0], [0, 2, 1, 0]], dtype=np.uint8)
    active = np.array([0, 0.5, 1, 0], dtype=np.float32)
    table = marked_units(
        [Layer("fc1", 3), Layer("fc2", 1)],
        np.array([0, 10, 20]),
        history,
        2,
        np.array([True, True, False, True]),
        active_train=active,
        gradient=np.array([0, 1e-3, 1, 2], dtype=np.float32),
    )
    assert table.index.tolist() == [0, 1, 3]
    assert [f"{layer} · {unit}" for layer, unit in zip(table["layer"], table["unit"], strict=True)] == [
        "fc1 · 0",
        "fc1 · 1",
        "fc2 · 0",
    ]
    assert table["status"].tolist() == ["dead", "nonlinear", "dead"]
    assert table["since"].tolist() == [10, 20, 0]
    assert table["grad_mean_abs"].tolist() == pytest.approx([0, 1e-3, 2])
    assert table["active_share_train"].tolist() == [0, 0.5, 0]
    assert table["active_share_test"].isna().all()


def test_a_list_of_nobody_has_its_columns() -> None:
    history = np.full((1, 2), NONLINEAR, dtype=np.uint8)
    nobody = np.zeros(2, dtype=bool)
    table = marked_units(
        [Layer("fc1", 2)], np.array([0]), history, 0, nobody, active_train=np.ones(2, dtype=np.float32)
    )
    assert len(table) == 0
    assert "since" in table
