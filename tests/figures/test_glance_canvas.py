"""Small pictures of all units of a layer in a real browser."""

from typing import Any

import numpy as np
import pytest

from effdash.figures import Payload, glance_payload
from effdash.figures.theme import palette
from tests.figures.layered import tip_of

pytestmark = pytest.mark.browser


def glance_of(units: int, **more: Any) -> Payload:
    line = np.linspace(-1, 1, 8, dtype=np.float32)
    pictures = np.stack([np.tile(line + shift, (8, 1)) for shift in np.linspace(-1, 1, units)])
    status = (np.arange(units) % 3).astype(np.uint8)
    return glance_payload(pictures.astype(np.float32), status, layer="fc1", split="train", **more)


def test_a_click_and_arrow_keys_choose_in_a_glance(page: Any, draw: Any) -> None:
    figure = draw("glance", "glance")
    figure.show(glance_of(6, chosen=0), height=240)
    box = figure.shadow.locator(".plot").bounding_box()
    place = figure.view("view.corner(2)")
    page.mouse.click(box["x"] + place["x"] + 5, box["y"] + place["y"] + 5)
    assert figure.view("view.chosen.value") == 2
    assert "fc1 · 2\nnonlinear on train" in tip_of(figure)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert figure.sent() == [["unit", 2], ["unit", 4]]
    assert figure.text(".spoken") == "fc1 · 4, linear on train"
    figure.show(glance_of(6, chosen=1), height=240)
    assert figure.view("view.chosen.value") == 4  # a late answer does not take it back
    figure.show(glance_of(6, chosen=3), height=240, heard=2)
    assert figure.view("view.chosen.value") == 3  # turned to in another figure, a moment later


def test_a_response_is_blue_where_it_passes_and_grey_where_it_is_silent(page: Any, draw: Any) -> None:
    figure = draw("glance", "glance")
    figure.show(glance_of(3), height=240)
    at = figure.view("({ ...view.corner(1), wide: view.grid.wide, high: view.grid.high })")
    middle = at["y"] + at["high"] / 2
    assert figure.color_at("surface", at["x"] + 6, middle) == palette().line
    blue = figure.color_at("surface", at["x"] + at["wide"] - 6, middle)
    assert int(blue[1:3], 16) < int(blue[5:7], 16)


def test_many_pictures_scroll_within_the_height_to_the_chosen_one(page: Any, draw: Any) -> None:
    figure = draw("glance", "glance")
    figure.show(glance_of(300, chosen=299), height=240)
    assert figure.shadow.locator(".effdash").bounding_box()["height"] == 240
    assert figure.view("view.plot.scrollTop") > 0
    assert 0 <= figure.view("view.corner(299).y") < 200
    figure.view("view.plot.scrollTo(0, 0)")
    page.wait_for_timeout(50)
    assert figure.view("view.corner(0).y") == 0


def test_keys_lead_beyond_the_pictures_that_were_sent(page: Any, draw: Any) -> None:
    figure = draw("glance", "glance")
    figure.show(glance_of(600, chosen=511), height=240)
    assert "units 0 to 511 of 600" in figure.text(".title")
    figure.shadow.locator(".plot").focus()
    page.keyboard.press("ArrowRight")
    assert figure.sent() == [["unit", 512]]
    figure.show(glance_of(600, chosen=512), height=240)
    assert figure.view("[view.header.first, view.chosen.value]") == [512, 512]


@pytest.mark.parametrize("kind", ["response", "weights", "classes"])
def test_every_kind_of_glance_is_painted_and_follows_the_theme(page: Any, draw: Any, kind: str) -> None:
    pictures = np.random.default_rng(0).normal(size=(5, 6, 6)).astype(np.float32)
    status = np.array([0, 1, 2, 2, 2], dtype=np.uint8)
    names = [str(number) for number in range(6)]
    given = pictures if kind != "classes" else pictures[:, 0]
    payload = glance_payload(
        given, status, layer="fc1", split="train", kind=kind, chosen=1, class_names=names
    )
    figure = draw("glance", "glance")
    for scheme, background in (("light", "#FFFFFF"), ("dark", "#10151C")):
        page.evaluate(f"document.body.style.setProperty('--st-background-color', '{background}')")
        figure.show(payload, height=200)
        at = figure.view("({ ...view.corner(0), high: view.grid.high })")
        assert figure.color_at("surface", at["x"] + 4, at["y"] + at["high"] + 9) == palette(scheme).status[0]
