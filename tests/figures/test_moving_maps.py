"""Maps of samples and of units that move with the epoch, in a real browser."""

from typing import Any

import numpy as np
import pytest

from effdash.figures import Payload, sample_map_payload, unit_places_payload
from effdash.figures.theme import palette

pytestmark = pytest.mark.browser

EVIL = "<img src=x onerror='window.hit=1'>"
COLORS = palette()
ITEM = "[view.map.x({0}), view.map.y({0})]"


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


def test_samples_on_a_map_tell_follow_and_move_with_the_epoch(page: Any, draw: Any) -> None:
    figure, slider = draw("sample_map", "map"), draw("sample_map", "other")
    page.emulate_media(reduced_motion="reduce")
    figure.show(maps(), height=300, sends=("sample", "epoch"))
    slider.show(maps(), height=300)
    assert figure.text(".title") == "Map of the samplesfc1 · train · epoch 10"
    x, y = figure.view(ITEM.format(1))
    assert figure.color_at("surface", round(x), round(y)) == COLORS.classes[1]
    page.mouse.move(*figure.at(ITEM.format(1)))
    assert figure.tip() == ["Sample 6", EVIL, "click to follow"]
    page.mouse.click(*figure.at(ITEM.format(1)))
    assert figure.sent() == [["sample", 6]]
    before = figure.view(ITEM.format(0))
    slider.view("view.epochs.moveTo(0)")
    figure.painted()
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
        figure.painted()
        seen.append(figure.view("Array.from(view.map.shown.slice(0, 2))"))
    assert seen[-1] == end
    between = [place[0] for place in seen if before[0] != place[0] != end[0]]
    assert between
    assert all(min(before[0], end[0]) < x < max(before[0], end[0]) for x in between)


def test_keys_go_to_the_neighbour_on_the_map(page: Any, draw: Any) -> None:
    figure = draw("sample_map", "map")
    figure.show(maps(40), height=300, sends=("sample",))
    figure.press("ArrowRight")
    assert figure.spoken().startswith("Sample 5, in")
    x = figure.view("view.map.x(view.pointed)")
    figure.press("ArrowRight")
    assert figure.view("view.map.x(view.pointed)") > x
    figure.press("Enter")
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
    page.mouse.move(*figure.at(ITEM.format(2)))
    assert figure.tip() == [f"{EVIL} · 2", "nonlinear on train"]
    page.mouse.click(*figure.at(ITEM.format(2)))
    figure.press("ArrowRight")
    assert figure.sent() == [["unit", 2], ["unit", 3]]
    assert figure.text(".legend") == "dead 1 25 %linear 1 25 %nonlinear 2 50 %constant 0 "
    assert page.evaluate("window.hit") is None
