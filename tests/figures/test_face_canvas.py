"""Two units face to face, drawn in a real browser."""

from typing import Any

import numpy as np
import pytest

from effdash.figures import Payload, UnitOrder, face_to_face_payload
from effdash.figures.theme import palette
from effdash.permutations import compare_orders

pytestmark = pytest.mark.browser

EVIL = "<img src=x onerror='window.hit=1'>"
COLORS = palette()
SLOPE = """(() => {{
  const {{ left, right }} = view.picture;
  const [from, to] = [0, 1].map((side) => view.picture.y(side, {0}));
  return [left + 12, from + ((to - from) * 12) / (right - left)];
}})()"""
DOT = "view.picture.dot({0})"


def face(n_samples: int = 5, **more: Any) -> Payload:
    """The second order is the first, but that its two highest are swapped; the lowest is erased by both."""
    first = np.arange(n_samples, dtype=float)
    second = first.copy()
    second[-2:] = second[-2:][::-1]
    return face_to_face_payload(
        UnitOrder("fc1 · 4", first, max(1, n_samples // 10)),
        UnitOrder("fc1 · 9", second, max(1, n_samples // 10)),
        compare_orders(first, second),
        **{
            "classes": np.arange(n_samples) % 2,
            "class_names": ["in", EVIL],
            "numbers": 10 * np.arange(n_samples),
            "split": "train · epoch 4",
            **more,
        },
    )


def test_few_samples_are_lines_from_one_order_to_the_other(page: Any, draw: Any) -> None:
    figure = draw("face_to_face", "face")
    figure.show(face(), height=420, sends=("sample",))
    assert figure.text(".title") == "Two units face to facetrain · epoch 4"
    assert figure.text(".pair-numbers") == "Spearman 0.90Kendall 0.80pairs swapped 10 %"
    left, right = figure.view("[view.picture.left + 30, view.picture.right - 30]")
    for sample, color in ((2, COLORS.classes[0]), (1, COLORS.classes[1])):
        y = figure.view(f"view.picture.y(0, {sample})")
        for x in (left, right):
            assert any(figure.has_color("surface", x, round(y) + step, color) for step in (-1, 0, 1))
    crossing = figure.view("view.picture.y(0, 3) - view.picture.y(1, 3)")
    assert crossing > 40
    assert figure.view("view.picture.y(0, 4) < view.picture.y(0, 0)")  # the lowest is at the bottom
    cut, x = figure.view("[view.picture.at(1), view.picture.left]")
    assert figure.color_at("surface", x + 5, round(cut)) == COLORS.ink
    assert page.evaluate("window.hit") is None


def test_hovering_tells_both_places_and_a_click_follows(page: Any, draw: Any) -> None:
    figure = draw("face_to_face", "face")
    figure.show(face(), height=420, sends=("sample",))
    page.mouse.move(*figure.at(SLOPE.format(3)))
    assert figure.tip() == [
        "Sample 30",
        EVIL,
        "fc1 · 4: place 4 of 5",
        "fc1 · 9: place 5 of 5",
        "click to follow",
    ]
    page.mouse.click(*figure.at(SLOPE.format(3)))
    assert figure.view("view.following.numbers") == [30]
    assert figure.sent() == [["sample", 30]]
    page.mouse.move(*figure.at(SLOPE.format(0)))
    assert figure.tip()[2:] == [
        "fc1 · 4: place 1 of 5, erased",
        "fc1 · 9: place 1 of 5, erased",
        "click to follow",
    ]
    figure.show(face(followed=[]), height=420, sends=("sample",))
    assert figure.view("view.following.numbers") == [30]  # a late answer does not take it back


def test_keys_go_up_the_first_order_and_enter_follows(page: Any, draw: Any) -> None:
    figure = draw("face_to_face", "face")
    figure.show(face(followed=[4]), height=420, sends=("sample",))
    figure.press("ArrowUp", "ArrowUp")
    assert figure.spoken() == f"Sample 10, {EVIL}, fc1 · 4: place 2 of 5, fc1 · 9: place 2 of 5"
    figure.press("End", "ArrowDown", "Enter")
    assert figure.sent() == [["sample", 30]]
    assert figure.view("view.following.numbers") == [40, 30]
    figure.press("Home")
    assert figure.spoken().startswith("Sample 0, in")


def test_many_samples_are_dots_in_the_plane_of_both_ranks(page: Any, draw: Any) -> None:
    figure = draw("face_to_face", "face")
    figure.show(face(100, followed=[60]), height=420, sends=("sample",))
    for sample, color in ((20, COLORS.classes[0]), (31, COLORS.classes[1])):
        x, y = figure.view(DOT.format(sample))
        assert figure.color_at("surface", round(x), round(y)) == color
    for up, color in ((50, COLORS.wash), (5, figure.view("view.picture.shade").upper())):
        x, y = figure.view(f"[view.picture.x(8), view.picture.y({up})]")
        assert figure.color_at("surface", round(x), round(y)) == color
    x, y = figure.view(DOT.format(60))
    row = [
        figure.color_at("surface", (x + figure.view("view.picture.left")) / 2, int(y) + step)
        for step in (-5, 0)
    ]
    assert row[0] in ("#000000", COLORS.wash)  # nothing painted, or erased
    assert row[1] not in ("#000000", COLORS.wash)  # a line to its place in the second order
    page.mouse.move(*figure.at(DOT.format(31)))
    assert figure.tip()[0] == "Sample 310"
    page.mouse.click(*figure.at(DOT.format(60)))
    assert figure.sent() == [["sample", 600]]
    assert figure.view("view.following.numbers") == []


def test_one_class_is_picked_against_the_rest(page: Any, draw: Any) -> None:
    figure = draw("face_to_face", "face")
    figure.show(face(100), height=420)
    figure.settled()
    figure.shadow.locator(".picker button").first.click()
    assert figure.view("view.picker.chosen") == 0
    figure.settled()
    x, y = figure.view(DOT.format(31))
    assert figure.color_at("surface", round(x), round(y)) == figure.view("view.quiet").upper()
    x, y = figure.view(DOT.format(20))
    assert figure.color_at("surface", round(x), round(y)) == COLORS.classes[0]


@pytest.mark.parametrize("n_samples", [1, 2, 10_000])
def test_one_sample_ties_no_labels_and_many_samples(page: Any, draw: Any, n_samples: int) -> None:
    figure = draw("face_to_face", "face")
    zeros = np.zeros(n_samples)
    units = UnitOrder(EVIL, zeros, n_samples), UnitOrder("b" * 200, zeros, 0)
    pair = compare_orders(zeros, zeros)
    figure.show(face_to_face_payload(*units, pair, None, [], split="train"), height=420)
    assert figure.text(".caption").startswith("There is no pair of samples")
    assert figure.shadow.locator(".picker").is_hidden()
    figure.press("ArrowUp")
    tied = ", tied" if n_samples % 2 == 0 else ""
    assert f"of {n_samples:,}{tied}, erased" in figure.spoken()
    classes = np.arange(n_samples) % 300
    names = [f"class {number}" for number in range(300)]
    figure.show(face_to_face_payload(*units, pair, classes, names, split="train"), height=420)
    assert figure.shadow.locator(".effdash").bounding_box()["height"] == 420
    assert page.evaluate("window.hit") is None
