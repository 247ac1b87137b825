"""The slider of how many units go, and what follows it, in a real browser."""

from typing import Any

import numpy as np
import pytest

from effdash.figures import amount_payload
from tests.figures.pruned import MARGIN, SENDS, is_gone, path, slider, small_map

pytestmark = pytest.mark.browser


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
    first = figure.letters()
    assert len(first) == 1
    assert figure.text(".title b") == "Units kept 2"
    # The late answer to the first amount does not pull the thumb back; what was asked last goes out then.
    figure.show(slider(first[0][1]), sends=SENDS, heard=1)
    assert figure.shadow.locator("input").input_value() == "10"
    assert figure.letters()[1:] == [["amount", 10, 2]]
    page.mouse.up()
    figure.show(slider(10, removed=9), sends=SENDS, heard=2)
    assert figure.text(".title b") == "Units kept 3"
    assert len(figure.letters()) == 2


def test_one_press_is_one_gesture_however_far_it_is_dragged(page: Any, draw: Any) -> None:
    figure = draw("amount", "slider")
    figure.show(slider(0), sends=SENDS)
    box = figure.shadow.locator("input").bounding_box()
    y = box["y"] + box["height"] / 2

    def answer(heard: int) -> None:
        figure.show(slider(0), sends=SENDS, heard=heard)

    def move_to(share: float) -> None:
        page.mouse.move(box["x"] + 6 + share * (box["width"] - 12), y)

    move_to(0.2)
    page.mouse.down()
    answer(1)
    move_to(0.7)
    page.mouse.up()
    answer(2)
    page.mouse.click(box["x"] + box["width"] / 2, y)  # at once: told from a drag all the same
    answer(3)
    figure.shadow.locator("input").focus()
    page.keyboard.press("ArrowRight")
    answer(4)
    page.keyboard.press("ArrowRight")
    told = page.evaluate("window.sent.map(([, , told]) => told.gesture)")
    assert len(told) == 5
    assert told[0] == told[1]
    assert len(set(told)) == 4


def test_auto_is_marked_and_one_click_away(page: Any, draw: Any) -> None:
    figure = draw("amount", "slider")
    figure.show(slider(0, auto=6, exact=2), sends=SENDS)
    mark = figure.shadow.locator(".marks button")
    assert mark.inner_text() == "Auto 6"
    box, thumb = mark.bounding_box(), figure.shadow.locator("input").bounding_box()
    assert abs(box["x"] + box["width"] / 2 - (thumb["x"] + 6 + 0.6 * (thumb["width"] - 12))) < 1
    mark.click()
    assert figure.letters() == [["amount", 6, 1]]


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


def test_an_update_that_overtakes_another_leaves_the_figure_as_it_is(page: Any, draw: Any) -> None:
    figure, hand = draw("removal_path", "path"), draw("amount", "slider")
    figure.show(path(MARGIN), sends=SENDS)
    hand.show(slider(), sends=SENDS)
    # streamlit takes back what the overtaken one returned.
    page.evaluate("async (url) => (await import(url)).default(window.figures.slider.shown)()", hand.url)
    figure.view("view.amounts.moveTo(7)")
    assert hand.shadow.locator("input").input_value() == "7"


def test_path_and_slider_move_together(page: Any, draw: Any) -> None:
    figure, hand = draw("removal_path", "path"), draw("amount", "slider")
    figure.show(path(MARGIN), sends=SENDS)
    hand.show(slider(), sends=SENDS)
    figure.view("view.amounts.moveTo(7)")
    assert hand.shadow.locator("input").input_value() == "7"
    assert hand.text(".title b") == "Units kept 5"
    assert hand.letters() == []
    hand.show(slider(3), sends=SENDS)  # late
    assert hand.shadow.locator("input").input_value() == "7"
    figure.show(path(MARGIN, amount=7), sends=SENDS, heard=1)
    hand.show(slider(7), sends=SENDS)
    page.wait_for_timeout(250)
    hand.show(slider(2), sends=SENDS)  # an undo
    assert hand.shadow.locator("input").input_value() == "2"
