"""Payloads of strips and of the similarity matrix against hand-known arrays, and what they refuse."""

from typing import Any

import numpy as np
import pytest

from effdash.figures import Payload, similarity_payload, strips_payload
from effdash.figures.similarity import MOST_ROWS, as_steps
from effdash.figures.strips import (
    BINS,
    FEW_ALONE,
    LEAST_BINS,
    MOST_SHARES,
    MOST_SINGLE,
    StripSection,
    bin_edges,
    class_shares,
    each_pair,
    n_bins,
    sections_of,
    signed,
    strips_caption,
)
from effdash.permutations import Grouping, GroupKind, SampleOrders, UnitGroup
from effdash.vocab import UserError

ORDERS = SampleOrders(np.array([[2, 0, 1], [0, 1, 2], [1, 2, 0]]), np.array([1, 0, 3]))
ALL = [StripSection((2, 0), "alike", "each pair ≥ 0.90"), StripSection((1,), "1 like no other", folded=True)]


def strips(sections: list[StripSection] = ALL, **more: Any) -> Payload:
    arguments: dict[str, Any] = {
        "classes": np.array([0, 1, 1]),
        "class_names": ["no", "yes"],
        "orders": ORDERS,
        **more,
    }
    return strips_payload(
        arguments.pop("orders"),
        np.array([1, 0, 3]),
        np.array([2, 1, 0], dtype=np.uint8),
        arguments.pop("classes"),
        sections,
        layer="fc1",
        taken="train · epoch 4",
        split="train",
        **arguments,
    )


def pair(similarity: float, kind: GroupKind = GroupKind.ALIKE, units: tuple[int, ...] = (0, 1)) -> UnitGroup:
    return UnitGroup(kind, units, similarity, same_signature=False)


def test_rows_stand_in_the_order_of_the_sections() -> None:
    payload = Payload.from_bytes(strips(numbers=np.array([10, 20, 30]), chosen=0, other=2).to_bytes())
    assert payload.arrays["units"].tolist() == [2, 0, 1]
    assert payload.arrays["status"].tolist() == [0, 2, 1]
    assert payload.arrays["cut"].tolist() == [3, 1, 0]
    assert payload.arrays["erased"].tolist() == [3, 1, 0]
    assert payload.arrays["places"].tolist() == [[1, 2, 0], [2, 0, 1], [0, 1, 2]]
    assert payload.arrays["classes"].tolist() == [0, 1, 1]
    assert payload.arrays["numbers"].tolist() == [10, 20, 30]
    assert payload.header["qualifier"] == "fc1 · 3 samples · train · epoch 4"
    assert [section["count"] for section in payload.header["sections"]] == [2, 1]
    assert [section["folded"] for section in payload.header["sections"]] == [False, True]
    assert (payload.header["chosen"], payload.header["other"]) == (0, 2)


def test_many_samples_are_counted_in_bins() -> None:
    samples = MOST_SINGLE + 1
    orders = SampleOrders(np.tile(np.arange(samples)[::-1], (3, 1)), np.array([0, 1, 2]))
    classes = (np.arange(samples) >= samples // 2).astype(int)
    arrays = strips(orders=orders, classes=classes).arrays
    assert "places" not in arrays
    assert arrays["shares"].shape == (3, BINS, 2)
    assert arrays["edges"].tolist()[::BINS] == [0, samples]
    # Backwards: the second class comes first.
    assert arrays["shares"][0, 0].tolist() == [0, 255]
    assert arrays["shares"][0, -1].tolist() == [255, 0]


def test_shares_are_those_of_counting_one_by_one() -> None:
    rng = np.random.default_rng(0)
    ordered = rng.integers(0, 3, size=(4, 25))
    edges = bin_edges(25, 6)
    sizes = np.diff(edges)
    assert sizes.sum() == 25
    assert set(sizes.tolist()) == {4, 5}
    shares = class_shares(ordered, edges, 3)
    for row in range(4):
        for number in range(6):
            inside = ordered[row, edges[number] : edges[number + 1]]
            for label in range(3):
                assert shares[row, number, label] == round(255 * np.mean(inside == label))


def test_many_rows_of_many_classes_have_fewer_bins() -> None:
    assert n_bins(128, 10) == BINS
    assert n_bins(500, 300) * 500 * 300 <= MOST_SHARES
    assert LEAST_BINS < n_bins(500, 300) < BINS
    assert n_bins(10_000, 1_000) == LEAST_BINS


def test_no_rows_at_all_are_a_payload() -> None:
    assert strips(sections=[]).arrays["units"].shape == (0,)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"classes": np.array([0, 1])}, "there are 2 classes for 3 samples"),
        ({"classes": np.array([0, 1, 2])}, "a sample has class 2; there are 2 class names"),
        ({"sections": [StripSection((0, 0), "")]}, "a unit stands in two sections"),
        ({"sections": [StripSection((3,), "")]}, "a section names unit 3; the layer has 3"),
        ({"orders": SampleOrders(np.zeros((3, 0), int), np.zeros(3, int))}, "at least one sample"),
    ],
)
def test_what_does_not_fit_is_said(more: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        strips(**more)


def test_sections_are_the_groups_and_then_those_alone() -> None:
    alone = tuple(range(4, 4 + FEW_ALONE + 1))
    mirror = pair(-0.934, GroupKind.MIRROR, (2, 3))
    sections = sections_of(Grouping((pair(0.912), mirror), alone, (1,)))
    assert [(section.words, section.detail) for section in sections] == [
        ("alike", "Spearman 0.91"),
        ("mirror", "Spearman −0.93"),
        ("5 like no other", ""),
    ]
    assert [section.folded for section in sections] == [False, False, True]
    few = sections_of(Grouping((pair(0.912),), (4,), ()))
    assert (few[-1].words, few[-1].folded) == ("like no other", False)
    (lone,) = sections_of(Grouping((), alone, ()))
    assert (lone.words, lone.folded) == ("", False)
    assert sections_of(Grouping((), (), (0, 1))) == []


def test_a_group_says_how_alike_it_is_without_promising_more() -> None:
    assert each_pair(pair(0.8688, units=(0, 1, 2))) == "each pair ≥ 0.86"
    assert each_pair(pair(0.9, units=(0, 1, 2))) == "each pair ≥ 0.90"
    assert each_pair(pair(-0.071, GroupKind.SAME_SIDE)) == "Spearman −0.07"
    same = UnitGroup(GroupKind.ALIKE, (0, 1), 1.0, same_signature=True)
    assert sections_of(Grouping((same,), (), ()))[0].detail == "exactly the same"
    assert signed(-0.001) == "0.00"


def test_the_caption_names_the_silent_and_what_is_erased() -> None:
    some = strips_caption(Grouping((pair(1.0),), (), (6,)), 85, kind="relu", erases=True)
    assert some == (
        "A row a unit, one tick a sample, by rising pre-activation. The mark is the cut at 0: relu erases "
        "the order left of it (dimmed). 1 silent unit tells all samples the same and has no row: 6."
    )
    many = strips_caption(Grouping((), (0, 1), tuple(range(13))), 500, kind="tanh", erases=False, over=", X")
    assert "the classes in columns of equally many samples, by rising pre-activation, X." in many
    assert "tanh erases no order. No two are alike. 13 silent units tell all samples the same" in many
    assert many.endswith("9, 10, 11 and others.")


def test_similarities_are_steps_in_the_order_of_the_sections() -> None:
    similarity = np.array([[1, 0.5, -1], [0.5, 1, 0], [-1, 0, 1]])
    payload = similarity_payload(similarity, ALL[:1], layer="fc1", taken="train", chosen=0, other=2)
    assert payload.arrays["units"].tolist() == [2, 0]
    assert payload.arrays["steps"].tolist() == [[255, 1], [1, 255]]
    assert payload.header["units"] == 3
    folded = similarity_payload(similarity, ALL, layer="fc1", taken="train")
    assert [section["words"] for section in folded.header["sections"]] == ["alike", ""]


def test_what_is_no_similarity_is_said() -> None:
    for bad in (1.5, np.nan):
        with pytest.raises(UserError, match="not between −1 and 1"):
            as_steps(np.full((1, 1), bad))
    with pytest.raises(UserError, match="names unit 2; the layer has 1"):
        similarity_payload(np.ones((1, 1)), [StripSection((2,), "")], layer="fc1", taken="train")


def test_of_too_many_units_some_are_drawn() -> None:
    units = 2 * MOST_ROWS + 2
    alike = StripSection((0, 1, 2), "alike", "each pair ≥ 0.90")
    sections = [alike, StripSection(tuple(range(3, units)), "")]
    payload = similarity_payload(np.eye(units), sections, layer="fc1", taken="train")
    assert payload.arrays["units"].tolist() == list(range(0, units, 3))
    assert payload.header["qualifier"] == "Spearman · train · one in 3 units"
    assert [section["count"] for section in payload.header["sections"]] == [1, len(range(3, units, 3))]
