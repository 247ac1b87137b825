"""The map, the slider, the widths and the removal path of a pruned network, in a real browser."""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from effdash.figures import (
    Payload,
    RemovalCurve,
    amount_payload,
    prune_map_payload,
    removal_path_payload,
    widths_payload,
)
from effdash.figures.theme import palette

pytestmark = pytest.mark.browser


@dataclass
class Layer:
    name: str
    units: int


LAYERS = [Layer("fc1", 8), Layer("fc2", 4)]
STATUS = np.array([2] * 8 + [0, 1, 2, 2], dtype=np.uint8)
REMOVED = np.arange(12) < 3
SENDS = ("pin", "look", "lock", "amount")


def small_map(removed: np.ndarray = REMOVED, **more: Any) -> Payload:
    return prune_map_payload(LAYERS, STATUS, removed, split="train", link="run", **({"amount": 3} | more))


def slider(amount: int = 3, removed: int | None = None, **more: Any) -> Payload:
    gone = amount if removed is None else removed
    return amount_payload(amount, removed=gone, most=10, units=12, link="run", **more)


def path(*curves: RemovalCurve, amount: int = 3, **more: Any) -> Payload:
    told = {"most": 10, "units": 12, "split": "test", "samples": 100, "link": "run"} | more
    return removal_path_payload(curves, amount=amount, **told)


MARGIN = RemovalCurve("margin", np.array([0, 6, 10]), np.array([1, 1, 0.6]), chosen=True)
OTHER = RemovalCurve("l2", np.array([0, 6, 10]), np.array([1, 0.8, 0.5]))
PLAIN = RemovalCurve("l2", np.array([0, 6, 10]), np.array([1, 0.6, 0.3]), compensated=False)


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


def is_gone(figure: Any, unit: int) -> bool:
    return bool(figure.view(f"view.state.isGone({unit})"))


def tip_of(figure: Any) -> list[str]:
    return str(figure.shadow.locator(".tip").inner_text()).splitlines()


def values(figure: Any) -> list[Any]:
    return [[event, letter["value"], letter["turn"]] for event, letter in figure.sent()]


# The map


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
    assert values(figure) == [["pin", 4, 1]]
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
    assert values(figure) == [["pin", 4, 1]]
    assert [is_gone(figure, unit) for unit in (4, 5, 0)] == [True, True, False]
    now = REMOVED.copy()
    now[4] = True
    figure.show(small_map(now, pinned_removed=[4]), sends=SENDS, heard=1)
    assert values(figure) == [["pin", 4, 1], ["pin", 5, 2]]
    assert [is_gone(figure, unit) for unit in (4, 5, 0)] == [True, True, False]
    now[5] = True
    figure.show(small_map(now, pinned_removed=[4, 5]), sends=SENDS, heard=2)
    assert values(figure)[-1] == ["pin", 0, 3]
    now[0] = False
    figure.show(small_map(now, pinned_removed=[4, 5], pinned_kept=[0]), sends=SENDS, heard=3)
    assert len(values(figure)) == 3
    assert figure.view("[...view.state.pins]") == [[0, "kept"], [4, "removed"], [5, "removed"]]


def test_numbers_go_on_where_the_session_left_them(page: Any, draw: Any) -> None:
    figure = draw("prune_map", "map")
    figure.show(small_map(), sends=SENDS, heard=7)
    page.mouse.click(*middle_of(figure, 4))
    assert values(figure) == [["pin", 4, 8]]


def test_a_pinned_unit_is_left_to_the_plan_by_a_click(page: Any, draw: Any) -> None:
    figure = draw("prune_map", "map")
    figure.show(small_map(pinned_kept=[5], pinned_removed=[0]), sends=SENDS)
    page.mouse.click(*middle_of(figure, 5))
    assert tip_of(figure) == ["fc1 · 5", "nonlinear on train", "kept; a click pins it as removed"]
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
        told[unit] = tip_of(figure)
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
    assert values(figure) == []
    assert not is_gone(figure, 8)


def test_right_and_shift_click_look(page: Any, draw: Any) -> None:
    figure = draw("prune_map", "map")
    figure.show(small_map(), sends=SENDS)
    page.mouse.click(*middle_of(figure, 4), button="right")
    assert figure.view("view.selected.value") == 4
    figure.show(small_map(selected=4), sends=SENDS, heard=1)
    page.keyboard.down("Shift")
    page.mouse.click(*middle_of(figure, 6))
    page.keyboard.up("Shift")
    assert values(figure) == [["look", 4, 1], ["look", 6, 2]]
    assert not is_gone(figure, 4)


def test_a_click_on_a_layer_s_name_locks_it(page: Any, draw: Any) -> None:
    figure = draw("prune_map", "map")
    figure.show(small_map(), sends=SENDS)
    box = figure.shadow.locator(".plot").bounding_box()
    y = middle_of(figure, 8)[1]
    page.mouse.move(box["x"] + 6, y)
    assert tip_of(figure) == ["fc2", "4 of 4 units kept", "a click locks it: its units stay"]
    page.mouse.click(box["x"] + 6, y)
    assert figure.view("view.isLocked(1)")
    assert values(figure) == [["lock", 1, 1]]
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
    assert values(figure) == [["pin", 7, 1]]
    assert (
        figure.text(".spoken")
        == "fc1 · 7, nonlinear on train, pinned as removed: a click leaves it to the plan again"
    )
    figure.show(small_map(), sends=SENDS, heard=1)
    page.keyboard.press("o")
    figure.show(small_map(selected=7), sends=SENDS, heard=2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("l")
    assert values(figure)[1:] == [["look", 7, 2], ["lock", 1, 3]]
    label = figure.shadow.locator(".plot").get_attribute("aria-label")
    keys = "Arrow keys choose a unit, Enter pins it, O opens it, L locks its layer."
    assert label == f"Kept and removed: 12 units in 2 layers. {keys}"


def test_the_map_follows_the_slider_before_the_server_answers(page: Any, draw: Any) -> None:
    figure, hand = draw("prune_map", "map"), draw("amount", "slider")
    goes_at = np.array([1, 2, 3, 4, 5, 6, 7, -1, 8, 9, 10, -1])
    figure.show(small_map(goes_at=goes_at, pinned_kept=[4], pinned_removed=[11]), sends=SENDS)
    hand.show(slider(), sends=SENDS)
    hand.shadow.locator("input").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert [unit for unit in range(12) if is_gone(figure, unit)] == [0, 1, 2, 3, 5, 11]
    hand.show(slider(6), sends=SENDS, heard=1)
    hand.show(slider(6), sends=SENDS, heard=2)
    page.wait_for_timeout(250)
    # The server has the last word: here, that all stay.
    figure.show(small_map(np.zeros(12, bool), goes_at=goes_at, amount=6), sends=SENDS)
    assert [unit for unit in range(12) if is_gone(figure, unit)] == []


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
    page.wait_for_timeout(100)
    start = time.perf_counter()
    page.mouse.click(*middle_of(large, 1))
    assert is_gone(large, 1)
    assert time.perf_counter() - start < 0.5
    took = large.view(
        "(() => { const start = performance.now(); view.changed(); return performance.now() - start; })()"
    )
    assert took < 150


def test_another_network_starts_anew(page: Any, draw: Any) -> None:
    figure = draw("prune_map", "map")
    figure.show(small_map(selected=5), sends=SENDS)
    other = prune_map_payload(
        [Layer("a", 2)], STATUS[:2], REMOVED[:2], split="test", link="other", selected=1
    )
    figure.show(other, sends=SENDS)
    assert figure.view("view.selected.value") == 1
    assert figure.text(".title span") == "test"


def test_names_are_never_markup(page: Any, draw: Any) -> None:
    evil = "<img src=x onerror='window.hit=1'>"
    figure = draw("prune_map", "map")
    layers = [Layer(evil, 12)]
    figure.show(prune_map_payload(layers, STATUS, REMOVED, split=evil, link="run"), sends=SENDS)
    page.mouse.move(*middle_of(figure, 4))
    assert tip_of(figure)[0] == f"{evil} · 4"
    assert page.evaluate("window.hit") is None


# The slider


def test_the_slider_tells_what_is_kept(draw: Any) -> None:
    figure = draw("amount", "slider")
    figure.show(slider(3, removed=4, exact=2, auto=8), sends=SENDS)
    assert [figure.text(".title b"), figure.text(".title span")] == ["Units kept 8", "of 12"]
    figure.show(slider(3), sends=SENDS)
    thumb = figure.shadow.locator("input")
    assert thumb.get_attribute("aria-valuetext") == "9 of 12 units kept"
    assert thumb.get_attribute("aria-label") == "Units kept; to the right more units go"


def test_a_drag_sends_one_amount_at_a_time_and_the_last_one_in_the_end(page: Any, draw: Any) -> None:
    figure = draw("amount", "slider")
    figure.show(slider(0), sends=SENDS)
    box = figure.shadow.locator("input").bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 6, y)
    page.mouse.down()
    for share in np.linspace(0, 1, 21):
        page.mouse.move(box["x"] + 6 + share * (box["width"] - 12), y)
    first = values(figure)
    assert len(first) == 1
    assert figure.text(".title b") == "Units kept 2"
    # The late answer to the first amount does not pull the thumb back; what was asked last goes out then.
    figure.show(slider(first[0][1]), sends=SENDS, heard=1)
    assert figure.shadow.locator("input").input_value() == "10"
    assert values(figure)[1:] == [["amount", 10, 2]]
    page.mouse.up()
    figure.show(slider(10, removed=9), sends=SENDS, heard=2)
    assert figure.text(".title b") == "Units kept 3"
    assert len(values(figure)) == 2


def test_auto_is_marked_and_one_click_away(page: Any, draw: Any) -> None:
    figure = draw("amount", "slider")
    figure.show(slider(0, auto=6, exact=2), sends=SENDS)
    mark = figure.shadow.locator(".marks button")
    assert mark.inner_text() == "Auto 6"
    box, thumb = mark.bounding_box(), figure.shadow.locator("input").bounding_box()
    assert abs(box["x"] + box["width"] / 2 - (thumb["x"] + 6 + 0.6 * (thumb["width"] - 12))) < 1
    mark.click()
    assert values(figure) == [["amount", 6, 1]]


def test_where_nothing_can_go_the_slider_says_so(draw: Any) -> None:
    figure = draw("amount", "slider")
    figure.show(amount_payload(0, removed=0, most=0, units=5, link="run"), sends=SENDS)
    assert figure.shadow.locator("input").is_disabled()
    assert figure.text(".marks > :last-child") == "no unit can go"


def test_nobody_listens_nothing_is_sent(page: Any, draw: Any) -> None:
    figure = draw("amount", "slider")
    figure.show(slider(3), sends=())
    figure.shadow.locator("input").focus()
    page.keyboard.press("ArrowRight")
    assert figure.sent() == []
    assert figure.text(".title b") == "Units kept 9"


# The removal path


def test_a_click_on_the_path_sets_the_amount(page: Any, draw: Any) -> None:
    figure = draw("removal_path", "path")
    figure.show(path(MARGIN, OTHER, PLAIN), sends=SENDS)
    box = figure.shadow.locator(".plot").bounding_box()
    page.mouse.click(box["x"] + figure.view("view.x(6)"), box["y"] + 60)
    assert values(figure) == [["amount", 6, 1]]
    assert figure.view("view.amounts.value") == 6
    plot = figure.shadow.locator(".plot")
    assert plot.get_attribute("aria-valuenow") == "6"
    assert plot.get_attribute("aria-valuetext") == "6 of 12 kept, 100 of 100 test samples answered the same"


def test_a_drag_beyond_the_end_stops_there_and_keys_step(page: Any, draw: Any) -> None:
    figure = draw("removal_path", "path")
    figure.show(path(MARGIN), sends=SENDS)
    box = figure.shadow.locator(".plot").bounding_box()
    page.mouse.move(box["x"] + figure.view("view.x(3)"), box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] + 50, box["y"] + 60, steps=4)
    page.mouse.up()
    assert figure.view("view.amounts.value") == 10
    page.keyboard.press("ArrowLeft")
    assert figure.view("view.amounts.value") == 9
    page.keyboard.press("Home")
    assert figure.view("view.amounts.value") == 0
    assert len(values(figure)) == 1


def test_curves_are_told_where_the_pointer_is(page: Any, draw: Any) -> None:
    figure = draw("removal_path", "path")
    figure.show(path(MARGIN, OTHER, PLAIN), sends=SENDS)
    box = figure.shadow.locator(".plot").bounding_box()
    for share, name in ((0.8, "l2"), (0.6, "l2, without take-over")):
        x, y = figure.view(f"[view.x(6), view.axis.y({share})]")
        page.mouse.move(box["x"] + x, box["y"] + y)
        assert tip_of(figure) == [
            "6 of 12 units kept, 50 % removed",
            "margin: 1.000 answered the same",
            f"{name}: {share:.3f} answered the same",
        ]


def test_the_very_network_shown_counts_more_than_its_curve(draw: Any) -> None:
    figure = draw("removal_path", "path")
    figure.show(path(MARGIN, amount=6, agreement=0.9), sends=SENDS)
    assert figure.view("view.agreementAt(6)") == 0.9
    figure.view("view.amounts.moveTo(8)")
    assert figure.view("view.agreementAt(8)") == pytest.approx(0.8)


def test_without_curves_the_path_waits(page: Any, draw: Any) -> None:
    figure = draw("removal_path", "path")
    figure.show(path(), sends=SENDS)
    box = figure.shadow.locator(".plot").bounding_box()
    page.mouse.click(box["x"] + figure.view("view.x(5)"), box["y"] + 60)
    assert values(figure) == [["amount", 5, 1]]
    unknown = RemovalCurve("margin", np.array([0, 5]), np.array([np.nan, np.nan]), chosen=True)
    figure.show(path(unknown), sends=SENDS, heard=1)
    assert figure.view("view.agreementAt(3)") is None


def test_path_and_slider_move_together(page: Any, draw: Any) -> None:
    figure, hand = draw("removal_path", "path"), draw("amount", "slider")
    figure.show(path(MARGIN), sends=SENDS)
    hand.show(slider(), sends=SENDS)
    figure.view("view.amounts.moveTo(7)")
    assert hand.shadow.locator("input").input_value() == "7"
    assert hand.text(".title b") == "Units kept 5"
    assert values(hand) == []
    hand.show(slider(3), sends=SENDS)  # late
    assert hand.shadow.locator("input").input_value() == "7"
    figure.show(path(MARGIN, amount=7), sends=SENDS, heard=1)
    hand.show(slider(7), sends=SENDS)
    page.wait_for_timeout(250)
    hand.show(slider(2), sends=SENDS)  # an undo
    assert hand.shadow.locator("input").input_value() == "2"


# Widths


def test_widths_are_told_and_scrolled(page: Any, draw: Any) -> None:
    figure = draw("widths", "widths")
    figure.show(widths_payload(LAYERS, np.array([5, 4]), locked=[1]), height=170)
    assert figure.text(".title span") == "by layer, 1 of 2 narrower"
    label = figure.shadow.locator(".plot").get_attribute("aria-label")
    assert label == "Widths, 9 of 12 units: fc1 5 of 8, fc2 4 of 4"
    assert figure.view("view.stage.root.clientHeight") < 70
    box = figure.shadow.locator(".plot").bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 20)
    assert tip_of(figure) == ["fc2", "4 of 4 units kept, 100 %", "locked: its units stay"]
    many = [Layer(f"fc{number}", 8) for number in range(300)]
    figure.show(widths_payload(many, np.zeros(300, int)), height=170)
    assert figure.view("view.stage.root.clientHeight") == 170
    assert figure.view("view.plot.scrollHeight") == 300 * 16


def test_each_method_is_named_once_at_the_end_the_chosen_one_first(page: Any, draw: Any) -> None:
    figure = draw("removal_path", "path")
    only_plain = RemovalCurve("l1", np.array([0, 10]), np.array([1, 0.2]), compensated=False)
    figure.show(path(OTHER, PLAIN, only_plain, MARGIN), sends=SENDS)
    assert figure.view("view.named().map((curve) => curve.name)") == ["margin", "l2", "l1"]
    assert figure.view("view.right < view.surface.width - 60")
    many = [RemovalCurve(f"method {number}", np.array([0, 10]), np.array([1, 0.2])) for number in range(40)]
    figure.show(path(*many, MARGIN), sends=SENDS, height=120)
    assert figure.view("view.bottom") > 60
