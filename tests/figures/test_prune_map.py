"""The map of a pruned network, in a real browser."""

from typing import Any

import numpy as np
import pytest

from effdash.figures import prune_map_payload
from effdash.figures.theme import palette
from tests.figures.pruned import REMOVED, SENDS, STATUS, Layer, is_gone, small_map

pytestmark = pytest.mark.browser


def middle_of(figure: Any, unit: int) -> tuple[float, float]:
    """Where a unit's cell is on the page."""
    box = figure.shadow.locator(".plot").bounding_box()
    x, y = figure.view(
        f"(({{ x, y }}) => [x + view.map.cellWidth / 2, y + view.map.cellHeight / 2])(view.cornerOf({unit}))"
    )
    return box["x"] + x, box["y"] + y


def color_of(figure: Any, unit: int) -> str:
    """Off the middle, where no stroke, no mark and no ring is."""
    x, y = figure.view(f"(({{ x, y }}) => [x + 3, y + 3])(view.cornerOf({unit}))")
    return str(figure.color_at("surface", x, y))


def test_kept_cells_are_full_and_removed_ones_faint_with_a_stroke(draw: Any) -> None:
    figure = draw("prune_map", "map")
    figure.show(small_map(), sends=SENDS)
    colors = palette()
    assert color_of(figure, 3) == colors.status[2]
    assert color_of(figure, 8) == colors.status[0]
    assert color_of(figure, 9) == colors.status[1]
    faint = [
        round(255 + (part - 255) * colors.removed_alpha[0])
        for part in bytes.fromhex(colors.status[2].removeprefix("#"))
    ]
    assert color_of(figure, 0) == "#{:02X}{:02X}{:02X}".format(*faint)
    x, y = figure.view(
        "(({ x, y }) => [x + view.map.cellWidth / 2 - 1, y + view.map.cellHeight / 2])(view.cornerOf(0))"
    )
    assert figure.color_at("surface", x, y) not in (color_of(figure, 0), color_of(figure, 3))


def test_the_bar_counts_kept_units_by_status_and_removed_ones(draw: Any) -> None:
    figure = draw("prune_map", "map")
    figure.show(small_map(), sends=SENDS)
    entries = figure.shadow.locator(".legend span").all_text_contents()
    assert [entry.strip() for entry in entries[:4]] == [
        "dead 1 8.3 %",
        "linear 1 8.3 %",
        "nonlinear 7 58 %",
        "removed 3 25 %",
    ]
    assert figure.view("view.state.widthWords(0)") == "5 of 8"


def test_a_click_pins_at_once_and_the_answer_is_taken(page: Any, draw: Any) -> None:
    figure = draw("prune_map", "map")
    figure.show(small_map(), sends=SENDS)
    page.mouse.click(*middle_of(figure, 4))
    assert is_gone(figure, 4)
    assert figure.view("view.state.pins.get(4)") == "removed"
    assert figure.letters() == [["pin", 4, 1]]
    assert "✕ 1 pinned as removed" in figure.text(".caption")
    # An answer to something earlier says nothing of the click.
    figure.show(small_map(), sends=SENDS, heard=0)
    assert is_gone(figure, 4)
    # The server refused: the click is undone.
    figure.show(small_map(), sends=SENDS, heard=1)
    assert not is_gone(figure, 4)
    assert figure.text(".caption").startswith("Click a unit")


def test_quick_clicks_wait_for_each_other_and_none_is_lost(page: Any, draw: Any) -> None:
    figure = draw("prune_map", "map")
    figure.show(small_map(), sends=SENDS)
    for unit in (4, 5, 0):
        page.mouse.click(*middle_of(figure, unit))
    assert figure.letters() == [["pin", 4, 1]]
    assert [is_gone(figure, unit) for unit in (4, 5, 0)] == [True, True, False]
    now = REMOVED.copy()
    now[4] = True
    figure.show(small_map(now, pinned_removed=[4]), sends=SENDS, heard=1)
    assert figure.letters() == [["pin", 4, 1], ["pin", 5, 2]]
    assert [is_gone(figure, unit) for unit in (4, 5, 0)] == [True, True, False]
    now[5] = True
    figure.show(small_map(now, pinned_removed=[4, 5]), sends=SENDS, heard=2)
    assert figure.letters()[-1] == ["pin", 0, 3]
    now[0] = False
    figure.show(small_map(now, pinned_removed=[4, 5], pinned_kept=[0]), sends=SENDS, heard=3)
    assert len(figure.letters()) == 3
    assert figure.view("[...view.state.pins]") == [[0, "kept"], [4, "removed"], [5, "removed"]]


def test_numbers_go_on_where_the_session_left_them(page: Any, draw: Any) -> None:
    figure = draw("prune_map", "map")
    figure.show(small_map(), sends=SENDS, heard=7)
    page.mouse.click(*middle_of(figure, 4))
    assert figure.letters() == [["pin", 4, 8]]


def test_a_pinned_unit_is_left_to_the_plan_by_a_click(page: Any, draw: Any) -> None:
    figure = draw("prune_map", "map")
    figure.show(small_map(pinned_kept=[5], pinned_removed=[0]), sends=SENDS)
    page.mouse.click(*middle_of(figure, 5))
    assert figure.tip() == ["fc1 · 5", "nonlinear on train", "kept; a click pins it as removed"]
    assert figure.view("[...view.state.pins.keys()]") == [0]


def test_the_words_of_a_unit(page: Any, draw: Any) -> None:
    figure = draw("prune_map", "map")
    reasons = {
        "stages": np.array([2, 1, 0] + [0] * 9, np.uint8),
        "stage_words": ["dead", "twin"],
        "heirs": np.array([3] + [-1] * 11),
        "alike": np.array([0.874] + [np.nan] * 11),
    }
    figure.show(small_map(**reasons, pinned_removed=[2], stuck=["", "it feeds a sum"]), sends=SENDS)
    told = {}
    for unit in (0, 1, 2, 3, 8):
        page.mouse.move(*middle_of(figure, unit))
        told[unit] = figure.tip()
    assert told[0] == [
        "fc1 · 0",
        "nonlinear on train",
        "removed: twin; heir fc1 · 3 (.87)",
        "a click pins it as kept",
    ]
    assert told[1][2] == "removed: dead"
    assert told[2][2] == "pinned as removed: a click leaves it to the plan again"
    assert told[3][2] == "kept; a click pins it as removed"
    assert told[8] == ["fc2 · 0", "dead on train", "cannot go: it feeds a sum"]


def test_what_cannot_go_is_not_sent(page: Any, draw: Any) -> None:
    figure = draw("prune_map", "map")
    figure.show(small_map(stuck=["", "it feeds a sum"]), sends=SENDS)
    page.mouse.click(*middle_of(figure, 8))
    assert figure.letters() == []
    assert not is_gone(figure, 8)


def test_right_and_shift_click_look(page: Any, draw: Any) -> None:
    figure = draw("prune_map", "map")
    figure.show(small_map(), sends=SENDS)
    page.mouse.click(*middle_of(figure, 4), button="right")
    assert figure.view("view.selected") == 4
    figure.show(small_map(selected=4), sends=SENDS, heard=1)
    page.keyboard.down("Shift")
    page.mouse.click(*middle_of(figure, 6))
    page.keyboard.up("Shift")
    assert figure.letters() == [["look", 4, 1], ["look", 6, 2]]
    assert not is_gone(figure, 4)


def test_a_click_on_a_layer_s_name_locks_it(page: Any, draw: Any) -> None:
    figure = draw("prune_map", "map")
    figure.show(small_map(), sends=SENDS)
    box = figure.shadow.locator(".plot").bounding_box()
    y = middle_of(figure, 8)[1]
    page.mouse.move(box["x"] + 6, y)
    assert figure.tip() == ["fc2", "4 of 4 units kept", "a click locks it: its units stay"]
    page.mouse.click(box["x"] + 6, y)
    assert figure.view("view.isLocked(1)")
    assert figure.letters() == [["lock", 1, 1]]
    figure.show(small_map(locked=[1]), sends=SENDS, heard=1)
    assert figure.view("view.isLocked(1)")
    page.mouse.click(box["x"] + 6, y)
    assert not figure.view("view.isLocked(1)")


def test_keys_walk_pin_look_and_lock(page: Any, draw: Any) -> None:
    figure = draw("prune_map", "map")
    figure.show(small_map(), sends=SENDS)
    figure.shadow.locator(".plot").focus()
    for key in ("ArrowRight", "End", "Enter"):
        page.keyboard.press(key)
    assert figure.letters() == [["pin", 7, 1]]
    assert (
        figure.text(".spoken")
        == "fc1 · 7, nonlinear on train, pinned as removed: a click leaves it to the plan again"
    )
    figure.show(small_map(), sends=SENDS, heard=1)
    page.keyboard.press("o")
    figure.show(small_map(selected=7), sends=SENDS, heard=2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("l")
    assert figure.letters()[1:] == [["look", 7, 2], ["lock", 1, 3]]
    label = figure.shadow.locator(".plot").get_attribute("aria-label")
    keys = "Arrow keys choose a unit, Enter pins it, O opens it, L locks its layer."
    assert label == f"Kept and removed: 12 units in 2 layers. {keys}"


def test_a_small_network_takes_no_more_than_it_needs_and_a_large_one_is_scrolled(
    page: Any, draw: Any
) -> None:
    small = draw("prune_map", "small")
    small.show(
        prune_map_payload([Layer("fc", 1)], STATUS[:1], REMOVED[:1], split="train", link="a"), sends=SENDS
    )
    assert small.view("view.stage.root.clientHeight") < 160
    assert not small.view("view.plot.classList.contains('scroller')")
    units = 100_000
    status = np.full(units, 2, dtype=np.uint8)
    large = draw("prune_map", "large")
    layers = [Layer(f"fc{number}", 10_000) for number in range(10)]
    large.show(prune_map_payload(layers, status, status == 0, split="train", link="b"), sends=SENDS)
    assert large.view("view.plot.classList.contains('scroller')")
    assert large.view("view.stage.root.clientHeight") == 400
    assert large.view("Math.min(view.map.cellWidth, view.map.cellHeight)") >= 7
    large.view("view.plot.scrollTop = 1e7")
    page.wait_for_timeout(100)
    assert color_of(large, units - 1) == palette().status[2]
    large.shadow.locator(".plot").focus()
    large.view("view.pointed = { unit: 0, layer: null }")
    page.keyboard.press("ArrowRight")
    assert large.view("view.cornerOf(1).y") >= 0
    x, y = middle_of(large, 1)
    page.mouse.click(x, y)
    assert is_gone(large, 1)
    click = f"view.plot.dispatchEvent(new MouseEvent('click', {{ clientX: {x}, clientY: {y} }}))"
    assert large.cost(click) < 150
    assert large.view("view.mailbox.letters.length") > 1  # it was clicked
    assert large.cost("view.changed()") < 150


def test_another_network_starts_anew(page: Any, draw: Any) -> None:
    figure = draw("prune_map", "map")
    figure.show(small_map(selected=5), sends=SENDS)
    other = prune_map_payload(
        [Layer("a", 2)], STATUS[:2], REMOVED[:2], split="test", link="other", selected=1
    )
    figure.show(other, sends=SENDS)
    assert figure.view("view.selected") == 1
    assert figure.text(".title span") == "test"


def test_names_are_never_markup(page: Any, draw: Any) -> None:
    evil = "<img src=x onerror='window.hit=1'>"
    figure = draw("prune_map", "map")
    layers = [Layer(evil, 12)]
    figure.show(prune_map_payload(layers, STATUS, REMOVED, split=evil, link="run"), sends=SENDS)
    page.mouse.move(*middle_of(figure, 4))
    assert figure.tip()[0] == f"{evil} · 4"
    assert page.evaluate("window.hit") is None
