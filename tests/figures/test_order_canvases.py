"""Orders face to face, told by others, through the depth and on a map, drawn in a real browser."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from effdash.figures import (
    Payload,
    UnitOrder,
    depth_payload,
    face_to_face_payload,
    joint_order_payload,
    sample_map_payload,
    unit_places_payload,
)
from effdash.figures.theme import palette
from effdash.permutations import compare_orders

pytestmark = pytest.mark.browser

EVIL = "<img src=x onerror='window.hit=1'>"
COLORS = palette()


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


def tip_of(figure: Any) -> list[str]:
    return str(figure.shadow.locator(".tip").inner_text()).splitlines()


def at(figure: Any, place: str) -> tuple[float, float]:
    """A place of the plot, `[x, y]` in JavaScript, in the pixels of the page."""
    box = figure.shadow.locator(".plot").bounding_box()
    x, y = figure.view(place)
    return box["x"] + x, box["y"] + y


def near(color: str, other: str) -> bool:
    """Equal but for what rounding does to a line between pixels."""
    one, two = (
        np.array([int(each[start : start + 2], 16) for start in (1, 3, 5)]) for each in (color, other)
    )
    return bool(np.abs(one - two).max() <= 3)


def press(figure: Any, *keys: str) -> None:
    figure.shadow.locator(".plot").focus()
    for key in keys:
        figure.page.keyboard.press(key)


def painted(page: Any) -> None:
    """Waits until what was asked for is on the canvas."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def spoken(figure: Any) -> str:
    return figure.text(".spoken")


SLOPE = """(() => {{
  const {{ left, right }} = view.picture;
  const [from, to] = [0, 1].map((side) => view.picture.y(side, {0}));
  return [left + 12, from + ((to - from) * 12) / (right - left)];
}})()"""
DOT = "view.picture.dot({0})"


def test_few_samples_are_lines_from_one_order_to_the_other(page: Any, draw: Any) -> None:
    figure = draw("face_to_face", "face")
    figure.show(face(), height=420, sends=("sample",))
    assert figure.text(".title") == "Two units face to facetrain · epoch 4"
    assert figure.text(".pair-numbers") == "Spearman 0.90Kendall 0.80pairs swapped 10 %"
    left, right = figure.view("[view.picture.left + 30, view.picture.right - 30]")
    for sample, color in ((2, COLORS.classes[0]), (1, COLORS.classes[1])):
        y = figure.view(f"view.picture.y(0, {sample})")
        for x in (left, right):
            assert any(near(figure.color_at("surface", x, round(y) + step), color) for step in (-1, 0, 1))
    crossing = figure.view("view.picture.y(0, 3) - view.picture.y(1, 3)")
    assert crossing > 40
    assert figure.view("view.picture.y(0, 4) < view.picture.y(0, 0)")  # the lowest is at the bottom
    cut, x = figure.view("[view.picture.at(1), view.picture.left]")
    assert figure.color_at("surface", x + 5, round(cut)) == COLORS.ink
    assert page.evaluate("window.hit") is None


def test_hovering_tells_both_places_and_a_click_follows(page: Any, draw: Any) -> None:
    figure = draw("face_to_face", "face")
    figure.show(face(), height=420, sends=("sample",))
    page.mouse.move(*at(figure, SLOPE.format(3)))
    assert tip_of(figure) == [
        "Sample 30",
        EVIL,
        "fc1 · 4: place 4 of 5",
        "fc1 · 9: place 5 of 5",
        "click to follow",
    ]
    page.mouse.click(*at(figure, SLOPE.format(3)))
    assert figure.view("view.following.numbers") == [30]
    assert figure.sent() == [["sample", 30]]
    page.mouse.move(*at(figure, SLOPE.format(0)))
    assert tip_of(figure)[2:] == [
        "fc1 · 4: place 1 of 5, erased",
        "fc1 · 9: place 1 of 5, erased",
        "click to follow",
    ]
    figure.show(face(followed=[]), height=420, sends=("sample",))
    assert figure.view("view.following.numbers") == [30]  # a late answer does not take it back


def test_keys_go_up_the_first_order_and_enter_follows(page: Any, draw: Any) -> None:
    figure = draw("face_to_face", "face")
    figure.show(face(followed=[4]), height=420, sends=("sample",))
    press(figure, "ArrowUp", "ArrowUp")
    assert spoken(figure) == f"Sample 10, {EVIL}, fc1 · 4: place 2 of 5, fc1 · 9: place 2 of 5"
    press(figure, "End", "ArrowDown", "Enter")
    assert figure.sent() == [["sample", 30]]
    assert figure.view("view.following.numbers") == [40, 30]
    press(figure, "Home")
    assert spoken(figure).startswith("Sample 0, in")


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
    page.mouse.move(*at(figure, DOT.format(31)))
    assert tip_of(figure)[0] == "Sample 310"
    page.mouse.click(*at(figure, DOT.format(60)))
    assert figure.sent() == [["sample", 600]]
    assert figure.view("view.following.numbers") == []


def test_one_class_is_picked_against_the_rest(page: Any, draw: Any) -> None:
    figure = draw("face_to_face", "face")
    figure.show(face(100), height=420)
    figure.shadow.locator(".picker button").first.click()
    assert figure.view("view.picker.chosen") == 0
    painted(page)
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
    press(figure, "ArrowUp")
    tied = ", tied" if n_samples % 2 == 0 else ""
    assert f"of {n_samples:,}{tied}, erased" in spoken(figure)
    classes = np.arange(n_samples) % 300
    names = [f"class {number}" for number in range(300)]
    figure.show(face_to_face_payload(*units, pair, classes, names, split="train"), height=420)
    assert figure.shadow.locator(".effdash").bounding_box()["height"] == 420
    assert page.evaluate("window.hit") is None


def joint(**more: Any) -> Payload:
    table = pd.DataFrame({"unit": [3, 8], "weight": [0.9, -0.45], "joint_order": [0.5, 0.75]})
    return joint_order_payload(
        more.pop("table", table),
        more.pop("joint", 1.0),
        **{"layer": "fc1", "unit": 2, "tellers": 6, "samples": 40, "other": 8, "qualifier": "train", **more},
    )


def test_partners_have_a_weight_and_how_far_all_up_to_them_tell(page: Any, draw: Any) -> None:
    figure = draw("joint_order", "joint")
    figure.show(joint(), height=236, sends=("unit",))
    for row, told in enumerate((0.5, 0.75, 1.0)):
        x, y = figure.view(f"[view.x({told}), view.y({row})]")
        assert near(figure.color_at("surface", round(x), round(y)), COLORS.ink)
    middle, y = figure.view("[(96 + view.weightEnd) / 2, view.y(0)]")
    right, left = figure.color_at("surface", middle + 8, y), figure.color_at("surface", middle - 8, y)
    assert right == figure.view("(() => { const p = view.stage.palette; return p.diverging[8]; })()")
    assert left != right
    page.mouse.move(*at(figure, "[20, view.y(1)]"))
    assert tip_of(figure) == [
        "fc1 · 8",
        "weight −0.45, its order reversed",
        "0.750 told, with the one above",
        "click to put it face to face",
    ]
    page.mouse.move(*at(figure, "[20, view.y(2)]"))
    assert tip_of(figure) == ["all 6 others", "1.000 told"]
    page.mouse.click(*at(figure, "[20, view.y(2)]"))
    page.mouse.click(*at(figure, "[20, view.y(0)]"))
    assert figure.sent() == [["unit", 3]]


def test_keys_choose_a_partner(page: Any, draw: Any) -> None:
    figure = draw("joint_order", "joint")
    figure.show(joint(), height=236, sends=("unit",))
    press(figure, "ArrowDown", "ArrowDown", "Enter")
    assert figure.sent() == [["unit", 8]]
    page.wait_for_timeout(200)  # what the keys pass by is not said
    assert spoken(figure) == "fc1 · 8, weight −0.45, its order reversed, 0.750 told, with the one above"


def test_what_is_not_determined_or_not_there_is_a_sentence(page: Any, draw: Any) -> None:
    figure = draw("joint_order", "joint")
    figure.show(joint(joint=float("nan"), samples=8), height=236)
    assert "not determined" in figure.text("p")
    page.mouse.move(*at(figure, "[20, view.y(2)]"))
    assert tip_of(figure) == ["all 6 others", "not determined: too few samples"]
    empty = pd.DataFrame({"unit": [], "weight": [], "joint_order": []})
    figure.show(joint(table=empty, joint=0.0, layer=EVIL), height=236)
    press(figure, "ArrowDown", "Enter")
    assert page.evaluate("window.hit") is None


def depth(n_layers: int = 3, **more: Any) -> Payload:
    """One sample that rises, one that falls."""
    rows = [
        {
            "layer": f"fc{place + 1}",
            "unit": place,
            "similarity": 1 - place / n_layers,
            "point": point,
            "rank": rank,
        }
        for place in range(n_layers)
        for point, rank in enumerate((place / max(1, n_layers - 1), 1 - place / max(1, n_layers - 1)))
    ]
    return depth_payload(
        pd.DataFrame(rows),
        **{
            "layer": "fc1",
            "erased": np.full(n_layers, 0.25),
            "classes": np.array([0, 1]),
            "class_names": ["in", EVIL],
            "numbers": np.array([12, 40]),
            **more,
        },
    )


def test_a_line_a_sample_through_the_layers(page: Any, draw: Any) -> None:
    figure = draw("depth", "depth")
    figure.show(depth(), height=320, sends=("sample", "layer"))
    for sample, layer in ((0, 2), (1, 0)):
        x, y = figure.view(f"[view.x({layer}), view.y(1)]")
        assert figure.color_at("surface", round(x), round(y)) == COLORS.classes[sample]
    page.mouse.move(*at(figure, "[view.x(2), view.y(1)]"))
    assert tip_of(figure) == ["Sample 12", "in", "fc3 · 2: 100 % of the way up", "click to follow"]
    page.mouse.move(*at(figure, "[view.x(1), view.y(0.05)]"))
    assert tip_of(figure) == [
        "fc2 · 1",
        "the unit of fc2 most like that of fc1: order similarity 0.67",
        "25 % of the samples erased",
        "click to turn to it",
    ]
    page.mouse.click(*at(figure, "[view.x(1), view.y(0.05)]"))
    page.mouse.click(*at(figure, "[view.x(2), view.y(1)]"))
    assert figure.sent() == [["layer", 1], ["sample", 12]]
    assert page.evaluate("window.hit") is None


def test_keys_choose_a_layer_and_a_sample_of_the_depth(page: Any, draw: Any) -> None:
    figure = draw("depth", "depth")
    figure.show(depth(), height=320, sends=("sample", "layer"))
    press(figure, "ArrowRight")
    assert spoken(figure).startswith("fc2 · 1, the unit of fc2 most like that of fc1")
    press(figure, "Space")
    assert figure.sent() == [["layer", 1]]
    press(figure, "ArrowRight", "ArrowUp")
    assert spoken(figure) == f"Sample 40, {EVIL}, fc3 · 2: 0 % of the way up, erased"
    press(figure, "Enter")
    assert figure.sent()[1:] == [["sample", 40]]


@pytest.mark.parametrize("n_layers", [1, 120])
def test_a_single_layer_and_many(page: Any, draw: Any, n_layers: int) -> None:
    figure = draw("depth", "depth")
    figure.show(depth(n_layers, followed=[40], classes=None), height=320, sends=("sample",))
    page.mouse.move(*at(figure, "[view.x(0), view.y(1)]"))
    assert tip_of(figure)[0] == "Sample 40"
    assert tip_of(figure)[-1] == "followed"


def maps(n_samples: int = 3, **more: Any) -> Payload:
    rng = np.random.default_rng(0)
    one = rng.normal(size=(n_samples, 2))
    return sample_map_payload(
        np.array([0, 10]),
        np.stack([one, one[::-1]]).astype(np.float32),
        np.arange(n_samples) % 2,
        ["in", EVIL],
        5 + np.arange(n_samples),
        **{"link": "run", "end": 12, "qualifier": "fc1 · train", **more},
    )


ITEM = "[view.map.x({0}), view.map.y({0})]"


def test_samples_on_a_map_tell_follow_and_move_with_the_epoch(page: Any, draw: Any) -> None:
    figure, slider = draw("sample_map", "map"), draw("sample_map", "other")
    page.emulate_media(reduced_motion="reduce")
    figure.show(maps(), height=300, sends=("sample", "epoch"))
    slider.show(maps(), height=300)
    assert figure.text(".title") == "Map of the samplesfc1 · train · epoch 10"
    x, y = figure.view(ITEM.format(1))
    assert figure.color_at("surface", round(x), round(y)) == COLORS.classes[1]
    page.mouse.move(*at(figure, ITEM.format(1)))
    assert tip_of(figure) == ["Sample 6", EVIL, "click to follow"]
    page.mouse.click(*at(figure, ITEM.format(1)))
    assert figure.sent() == [["sample", 6]]
    before = figure.view(ITEM.format(0))
    slider.view("view.epochs.moveTo(0)")
    painted(page)
    assert figure.text(".title").endswith("epoch 0")
    assert np.allclose(figure.view(ITEM.format(2)), before)
    figure.shadow.locator("input").fill("1")
    figure.shadow.locator("input").dispatch_event("change")
    assert figure.sent()[-1] == ["epoch", 10]  # a later epoch of the run has no map: not the newest one
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate("window.hit") is None


def test_samples_glide_from_epoch_to_epoch(page: Any, draw: Any) -> None:
    figure = draw("sample_map", "map")
    figure.show(maps(epoch=0), height=300)
    before, end = figure.view("[0, 6].map((at) => Array.from(view.map.places.slice(at, at + 2)))")
    seen = [before]
    figure.view("view.epochs.moveTo(1)")
    while seen[-1] != end and len(seen) < 500:
        painted(page)
        seen.append(figure.view("Array.from(view.map.shown.slice(0, 2))"))
    assert seen[-1] == end
    between = [place[0] for place in seen if before[0] != place[0] != end[0]]
    assert between
    assert all(min(before[0], end[0]) < x < max(before[0], end[0]) for x in between)


def test_keys_go_to_the_neighbour_on_the_map(page: Any, draw: Any) -> None:
    figure = draw("sample_map", "map")
    figure.show(maps(40), height=300, sends=("sample",))
    press(figure, "ArrowRight")
    assert spoken(figure).startswith("Sample 5, in")
    x = figure.view("view.map.x(view.pointed)")
    press(figure, "ArrowRight")
    assert figure.view("view.map.x(view.pointed)") > x
    press(figure, "Enter")
    assert len(figure.sent()) == 1


def test_units_on_a_map_have_their_status_and_a_click_turns_to_one(page: Any, draw: Any) -> None:
    figure = draw("unit_places", "units")
    places = np.array([[[0, 0], [1, 0], [0, 1], [5, 2]]], dtype=np.float32)
    status = np.array([[0, 1, 2, 2]], dtype=np.uint8)
    payload = unit_places_payload(
        np.array([7]), places, status, layer=EVIL, split="train", chosen=1, link="run", qualifier="train"
    )
    figure.show(payload, height=300, sends=("unit",))
    assert figure.shadow.locator(".scrubber input").is_disabled()
    for unit, code in enumerate(status[0]):
        x, y = figure.view(ITEM.format(unit))
        assert figure.color_at("surface", round(x), round(y)) == COLORS.status[code]
    page.mouse.move(*at(figure, ITEM.format(2)))
    assert tip_of(figure) == [f"{EVIL} · 2", "nonlinear on train"]
    page.mouse.click(*at(figure, ITEM.format(2)))
    press(figure, "ArrowRight")
    assert figure.sent() == [["unit", 2], ["unit", 3]]
    assert figure.text(".legend") == "dead 1 25 %linear 1 25 %nonlinear 2 50 %constant 0 "
    assert page.evaluate("window.hit") is None
