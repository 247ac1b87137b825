"""How well others tell the order of a unit, drawn in a real browser."""

from typing import Any

import pandas as pd
import pytest

from effdash.figures import Payload, joint_order_payload
from effdash.figures.theme import palette

pytestmark = pytest.mark.browser

EVIL = "<img src=x onerror='window.hit=1'>"
COLORS = palette()


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
        assert figure.has_color("surface", round(x), round(y), COLORS.ink)
    middle, y = figure.view("[(96 + view.weightEnd) / 2, view.y(0)]")
    right, left = figure.color_at("surface", middle + 8, y), figure.color_at("surface", middle - 8, y)
    assert right == figure.view("(() => { const p = view.stage.palette; return p.diverging[8]; })()")
    assert left != right
    page.mouse.move(*figure.at("[20, view.y(1)]"))
    assert figure.tip() == [
        "fc1 · 8",
        "weight −0.45, its order reversed",
        "0.750 told, with the one above",
        "click to put it face to face",
    ]
    page.mouse.move(*figure.at("[20, view.y(2)]"))
    assert figure.tip() == ["all 6 others", "1.000 told"]
    page.mouse.click(*figure.at("[20, view.y(2)]"))
    page.mouse.click(*figure.at("[20, view.y(0)]"))
    assert figure.sent() == [["unit", 3]]


def test_keys_choose_a_partner(page: Any, draw: Any) -> None:
    figure = draw("joint_order", "joint")
    figure.show(joint(), height=236, sends=("unit",))
    figure.press("ArrowDown", "ArrowDown", "Enter")
    assert figure.sent() == [["unit", 8]]
    page.wait_for_timeout(200)  # what the keys pass by is not said
    assert figure.spoken() == "fc1 · 8, weight −0.45, its order reversed, 0.750 told, with the one above"


def test_what_is_not_determined_or_not_there_is_a_sentence(page: Any, draw: Any) -> None:
    figure = draw("joint_order", "joint")
    figure.show(joint(joint=float("nan"), samples=8), height=236)
    assert "not determined" in figure.text("p")
    page.mouse.move(*figure.at("[20, view.y(2)]"))
    assert figure.tip() == ["all 6 others", "not determined: too few samples"]
    empty = pd.DataFrame({"unit": [], "weight": [], "joint_order": []})
    figure.show(joint(table=empty, joint=0.0, layer=EVIL), height=236)
    figure.press("ArrowDown", "Enter")
    assert page.evaluate("window.hit") is None
