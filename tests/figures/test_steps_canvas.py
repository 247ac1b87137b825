"""Undo and redo, and what they do for the rest of the page, in a real browser."""

from typing import Any

import pytest

from effdash.figures import Payload, steps_payload
from effdash.vocab import UserError
from tests.figures.pruned import SENDS, small_map

pytestmark = pytest.mark.browser

TOLD = ("step", "rest", "look")


def steps(back: int = 3, forth: int = 1, **more: Any) -> Payload:
    return steps_payload(back=back, forth=forth, **more)


def press(figure: Any, name: str, times: int = 1) -> None:
    for _ in range(times):
        figure.shadow.get_by_role("button", name=name).click()


def test_the_buttons_say_how_many_steps_there_are(draw: Any) -> None:
    figure = draw("steps", "steps")
    figure.show(steps(back=3, forth=0), sends=TOLD)
    undo, redo = (figure.shadow.get_by_role("button", name=name) for name in ("Undo", "Redo"))
    assert undo.get_attribute("title") == "Undo: 3 steps (Ctrl+Z)"
    assert redo.get_attribute("title") == "Nothing to redo (Ctrl+Shift+Z)"
    assert undo.is_enabled()
    assert redo.is_disabled()
    press(figure, "Undo")
    assert redo.get_attribute("title") == "Redo: 1 step (Ctrl+Shift+Z)"


def test_keys_pressed_faster_than_the_page_answers_are_all_counted(page: Any, draw: Any) -> None:
    figure = draw("steps", "steps")
    figure.show(steps(), sends=TOLD)
    for _ in range(5):  # there are but three steps
        page.keyboard.press("Control+z")
    assert figure.letters() == [["step", -1, 1]]
    figure.show(steps(back=2, forth=2), sends=TOLD, heard=1)
    assert figure.letters()[1:] == [["step", -2, 2]]
    page.keyboard.press("Control+Shift+Z")
    page.keyboard.press("Control+y")
    figure.show(steps(back=0, forth=4), sends=TOLD, heard=2)
    assert figure.letters()[2:] == [["step", 2, 3]]


def test_what_was_done_elsewhere_before_is_told_before(page: Any, draw: Any) -> None:
    figure, units = draw("steps", "steps"), draw("prune_map", "map")
    figure.show(steps(back=0, forth=0), sends=TOLD)
    units.show(small_map(), sends=SENDS)
    page.mouse.click(*units.at("[view.cornerOf(5).x + 3, view.cornerOf(5).y + 3]"))
    page.keyboard.press("Control+z")  # takes back what is still on its way
    assert units.letters() == [["pin", 5, 1]]
    assert figure.letters() == []
    units.show(small_map(), sends=SENDS, heard=1)
    assert figure.letters() == [["step", -1, 1]]


def test_a_field_of_text_keeps_its_own_undo(page: Any, draw: Any) -> None:
    figure = draw("steps", "steps")
    figure.show(steps(), sends=TOLD)
    page.evaluate("document.body.append(document.createElement('input'))")
    page.locator("body > input").focus()
    page.keyboard.press("Control+z")
    assert figure.letters() == []


def test_the_hand_rests_when_nothing_moved_for_a_moment(page: Any, draw: Any) -> None:
    figure = draw("steps", "steps")
    figure.show(steps(), sends=TOLD)
    page.wait_for_timeout(500)
    assert figure.letters() == []
    figure.show(steps(behind=True), sends=TOLD)
    for step in range(8):  # some 400 ms
        page.mouse.move(20 + step, 300)
        page.wait_for_timeout(50)
    assert page.evaluate("window.sent.length") == 0
    page.wait_for_function("window.sent.length > 0")
    assert figure.letters() == [["rest", 1, 1]]


def test_a_hand_that_holds_a_button_does_not_rest(page: Any, draw: Any) -> None:
    figure = draw("steps", "steps")
    page.mouse.move(20, 300)
    figure.show(steps(), sends=TOLD)
    page.mouse.down()
    figure.show(steps(behind=True), sends=TOLD)
    page.wait_for_timeout(700)
    assert figure.letters() == []
    page.mouse.up()
    page.wait_for_function("window.sent.length > 0")


def test_an_exact_answer_is_asked_for_again_and_the_hand_does_not_rest_before(page: Any, draw: Any) -> None:
    figure = draw("steps", "steps")
    for turn in (1, 2):
        figure.show(steps(behind=True, awaited=True), sends=TOLD, heard=turn - 1)
        page.wait_for_function(f"window.sent.length === {turn}")
    figure.show(steps(behind=True), sends=TOLD, heard=2)
    page.wait_for_function("window.sent.length === 3")
    assert [event for event, *_ in figure.letters()] == ["look", "look", "rest"]


def test_a_negative_number_of_steps_is_refused() -> None:
    with pytest.raises(UserError, match=r"-1 steps back and 0 forth"):
        steps(back=-1, forth=0)
