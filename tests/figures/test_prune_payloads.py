"""What the figures of a pruned network are given, and what they refuse."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from effdash.figures import (
    Payload,
    RemovalCurve,
    amount_payload,
    decision_change_payload,
    prune_map_payload,
    removal_path_payload,
    widths_payload,
)
from effdash.figures.decision_change import MOST_SAMPLES, difference_words, regions
from effdash.vocab import UserError


@dataclass
class Layer:
    name: str
    units: int


@dataclass
class Answers:
    classes: np.ndarray
    confidence: np.ndarray
    plane: Any = field(
        default_factory=lambda: SimpleNamespace(extent=(0.0, 1.0, 0.0, 1.0), description="x1 and x2")
    )


LAYERS = [Layer("fc1", 3), Layer("fc2", 1)]
STATUS = np.array([0, 1, 2, 2], dtype=np.uint8)
REMOVED = np.array([True, False, False, False])


def small_map(**more: Any) -> Payload:
    return prune_map_payload(LAYERS, STATUS, REMOVED, split="train", link="run", **more)


def path_payload(*curves: RemovalCurve, **more: Any) -> Payload:
    told = {"amount": 2, "most": 6, "units": 8, "split": "test", "samples": 10, "link": "run"}
    return removal_path_payload(curves, **(told | more))


def change_payload(before: Any, after: Any, near: Any = None, **more: Any) -> Payload:
    before, after = np.asarray(before), np.asarray(after)
    near = np.ones(before.shape, bool) if near is None else np.asarray(near)
    sure = np.full(before.shape, 0.75)
    told = {"class_names": ("a", "b"), "units": (8, 2)} | more
    return decision_change_payload(
        Answers(before, sure), Answers(after, np.full(after.shape, 0.75)), near=near, **told
    )


def test_the_map_travels_as_it_is() -> None:
    payload = Payload.from_bytes(
        small_map(
            pinned_kept=[2],
            pinned_removed=[0],
            locked=[1],
            stages=np.array([1, 0, 0, 0], np.uint8),
            stage_words=["dead", "twin"],
            heirs=np.array([2, -1, -1, -1]),
            alike=np.array([0.5, np.nan, np.nan, np.nan]),
            goes_at=np.array([1, 2, -1, -1]),
            selected=1,
        ).to_bytes(height=1)
    )
    assert payload.header["pinnedKept"] == [2]
    assert payload.header["pinnedRemoved"] == [0]
    assert payload.header["locked"] == [1]
    assert payload.header["stuck"] == ["", ""]
    assert payload.arrays["removed"].tolist() == [1, 0, 0, 0]
    assert payload.arrays["goesAt"].tolist() == [1, 2, -1, -1]
    assert payload.arrays["heirs"].tolist() == [2, -1, -1, -1]
    assert np.isnan(payload.arrays["alike"][1:]).all()


def test_a_map_without_reasons_has_no_arrays_for_them() -> None:
    assert set(small_map().arrays) == {"sizes", "status", "removed"}


def test_a_large_map_is_two_bytes_a_unit() -> None:
    units = 100_000
    status = np.full(units, 2, np.uint8)
    layers = [Layer("wide", units - 1), Layer("thin", 1)]
    payload = prune_map_payload(layers, status, status > 0, split="train", link="run")
    assert len(payload.to_bytes(height=1)) < 2 * units + 1_000


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (
            lambda: prune_map_payload([], STATUS[:0], REMOVED[:0], split="train", link="run"),
            "at least one layer",
        ),
        (
            lambda: prune_map_payload(LAYERS[:1], STATUS, REMOVED, split="t", link="r"),
            "have 3 units, .* has 4",
        ),
        (lambda: prune_map_payload(LAYERS, STATUS, REMOVED[:2], split="t", link="r"), "2 units are marked"),
        (lambda: prune_map_payload(LAYERS, STATUS + 2, REMOVED, split="t", link="r"), "status 4 is none"),
        (lambda: small_map(selected=4), "unit 4 is not in this network"),
        (lambda: small_map(pinned_kept=[-1]), "unit -1 is not in this network"),
        (lambda: amount_payload(-1, removed=0, most=2, units=4, link="r"), "amount = -1"),
        (lambda: amount_payload(1, removed=5, most=2, units=4, link="r"), "5 units are gone, of .* 4"),
        (lambda: amount_payload(1, removed=1, most=5, units=4, link="r"), "5 units can go, of .* 4"),
        (lambda: widths_payload([], np.empty(0, int)), "there are 0"),
        (lambda: widths_payload(LAYERS, np.array([3])), "given for 1 layers, there are 2"),
        (lambda: widths_payload(LAYERS, np.array([4, 1])), "4 units are kept in layer 'fc1', which has 3"),
        (lambda: RemovalCurve("l1", np.arange(3), np.ones(2)), "'l1' has 3 amounts and 2 agreements"),
        (lambda: RemovalCurve("l1", np.array([1, 1]), np.ones(2)), "'l1' have to rise"),
        (lambda: path_payload(samples=0), "there are none"),
        (lambda: change_payload([[0, 1]], [[0, 2]]), "class 2, but only 2 have names"),
        (lambda: change_payload([[0, 1]], [[0], [1]]), r"differ in size: \(1, 2\), \(2, 1\)"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(wrong: Any, words: str) -> None:
    with pytest.raises(UserError, match=words):
        wrong()


def test_amounts_stay_within_what_can_go() -> None:
    header = amount_payload(9, removed=3, most=4, units=8, link="run", exact=7, auto=6).header
    assert (header["amount"], header["exact"], header["auto"]) == (4, 4, 4)


def test_what_is_not_known_of_a_curve_is_left_out() -> None:
    payload = path_payload(
        RemovalCurve("margin", np.array([0, 2, 4]), np.array([1, np.nan, 0.5]), chosen=True),
        RemovalCurve("l2", np.array([0, 3]), np.array([np.nan, np.nan]), compensated=False),
        agreement=float("nan"),
    )
    assert [curve["points"] for curve in payload.header["curves"]] == [2, 0]
    assert payload.arrays["amounts"].tolist() == [0, 4]
    assert payload.arrays["agreements"].tolist() == [1, 0.5]
    assert payload.header["agreement"] is None


def test_a_path_without_curves_still_has_its_axes() -> None:
    payload = Payload.from_bytes(path_payload().to_bytes(height=1))
    assert payload.header["curves"] == []
    assert payload.arrays["amounts"].shape == (0,)


@pytest.mark.parametrize(
    ("differs", "near", "words"),
    [
        ([[0, 0], [0, 0]], [[1, 1], [0, 0]], "the same answers all over the plane"),
        ([[1, 0], [1, 1]], [[1, 1], [0, 0]], "50 % near data, 100 % where no data are"),
        ([[1, 0], [0, 0]], [[1, 1], [1, 1]], "25 % of the plane, all of it near data"),
        ([[1, 0], [0, 0]], [[0, 0], [0, 0]], "25 % of the plane, none of it near data"),
    ],
)
def test_the_difference_is_told_near_data_and_elsewhere(differs: Any, near: Any, words: str) -> None:
    assert difference_words(np.array(differs, bool), np.array(near, bool)) == words


def test_small_shares_are_not_rounded_to_none() -> None:
    differs = np.zeros((100, 100), bool)
    differs[0, :2] = True
    near = np.zeros((100, 100), bool)
    near[:50] = True
    assert difference_words(differs, near) == "<0.1 % near data, 0 % where no data are"


@given(arrays(np.int64, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 3)))
@settings(derandomize=True, deadline=None)
def test_a_class_is_named_where_it_is_answered_and_has_most_room(classes: np.ndarray) -> None:
    found = regions(classes)
    assert found[:, 0].tolist() == np.unique(classes).tolist()
    rows, columns = np.indices(classes.shape)
    for number, column, row, radius in found:
        assert classes[int(row), int(column)] == number
        away = np.hypot(rows - row, columns - column)
        assert (classes[away < radius] == number).all()


def test_a_class_is_named_in_the_middle_of_its_region() -> None:
    classes = np.zeros((9, 9), dtype=np.int64)
    classes[:, 5:] = 1
    classes[0, 0] = 2
    (zero, one, two) = regions(classes).tolist()
    assert zero == [0, 1, 5, 2]
    assert one == [1, 7, 4, 2]
    assert two == [2, 0, 0, 0]


def test_of_many_samples_some_are_drawn_and_all_that_changed() -> None:
    n = 3 * MOST_SAMPLES
    points = (np.zeros((n, 2)), np.zeros(n, np.int64))
    payload = change_payload([[0, 1]], [[0, 1]], train=points, test=points, changed=([1, 5], [7]))
    assert payload.arrays["changed"].sum() == 3
    assert payload.arrays["heldOut"][payload.arrays["changed"] > 0].tolist() == [0, 0, 1]
    assert len(payload.arrays["labels"]) <= MOST_SAMPLES + 3
    assert f"{len(payload.arrays['labels']):,} of {2 * n:,} samples are drawn." in payload.header["caption"]


def test_without_samples_the_caption_says_why() -> None:
    payload = change_payload([[0, 1]], [[1, 1]], off_plane=2.34)
    assert payload.arrays["points"].shape == (0, 2)
    assert payload.header["caption"].startswith("Plane: x1 and x2. ")
    assert payload.header["caption"].endswith(
        "Samples lie off it (median distance 2.3), so they are not drawn."
    )
    assert payload.header["differs"] == "50 % near data"


def test_three_hundred_classes_are_numbered_in_two_bytes() -> None:
    classes = np.arange(300).reshape(20, 15)
    payload = change_payload(classes, classes, class_names=[f"class {number}" for number in range(300)])
    assert payload.arrays["before"].dtype == np.uint16
    assert payload.arrays["before"].max() == 299
    assert payload.header["differs"] == "none"
    assert len(payload.arrays["beforeRegions"]) == 300


def test_sureness_runs_from_all_classes_alike_to_certain() -> None:
    before = Answers(np.array([[0, 1]]), np.array([[0.5, 1.0]]))
    payload = decision_change_payload(
        before, before, near=np.zeros((1, 2), bool), class_names=("a", "b"), units=(8, 8)
    )
    assert payload.arrays["beforeSure"].tolist() == [[0, 255]]
