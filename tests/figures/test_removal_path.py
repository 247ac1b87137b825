"""The removal path, in a real browser."""

from typing import Any

import numpy as np
import pytest

from effdash.figures import RemovalCurve
from tests.figures.pruned import MARGIN, OTHER, PLAIN, SENDS, path

pytestmark = pytest.mark.browser


def test_a_click_on_the_path_sets_the_amount(page: Any, draw: Any) -> None:
    figure = draw("removal_path", "path")
    figure.show(path(MARGIN, OTHER, PLAIN), sends=SENDS)
    box = figure.shadow.locator(".plot").bounding_box()
    page.mouse.click(box["x"] + figure.view("view.x(6)"), box["y"] + 60)
    assert figure.letters() == [["amount", 6, 1]]
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
    assert len(figure.letters()) == 1


def test_curves_are_told_where_the_pointer_is(page: Any, draw: Any) -> None:
    figure = draw("removal_path", "path")
    figure.show(path(MARGIN, OTHER, PLAIN), sends=SENDS)
    box = figure.shadow.locator(".plot").bounding_box()
    for share, name in ((0.8, "l2"), (0.6, "l2, without take-over")):
        x, y = figure.view(f"[view.x(6), view.axis.y({share})]")
        page.mouse.move(box["x"] + x, box["y"] + y)
        assert figure.tip() == [
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
    assert figure.letters() == [["amount", 5, 1]]
    unknown = RemovalCurve("margin", np.array([0, 5]), np.array([np.nan, np.nan]), chosen=True)
    figure.show(path(unknown), sends=SENDS, heard=1)
    assert figure.view("view.agreementAt(3)") is None


def test_each_method_is_named_once_at_the_end_the_chosen_one_first(page: Any, draw: Any) -> None:
    figure = draw("removal_path", "path")
    only_plain = RemovalCurve("l1", np.array([0, 10]), np.array([1, 0.2]), compensated=False)
    figure.show(path(OTHER, PLAIN, only_plain, MARGIN), sends=SENDS)
    assert figure.view("view.named().map((curve) => curve.name)") == ["margin", "l2", "l1"]
    assert figure.view("view.right < view.surface.width - 60")
    many = [RemovalCurve(f"method {number}", np.array([0, 10]), np.array([1, 0.2])) for number in range(40)]
    figure.show(path(*many, MARGIN), sends=SENDS, height=120)
    assert figure.view("view.bottom") > 60
