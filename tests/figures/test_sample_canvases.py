"""A layer's units over the epochs, and single samples, drawn in a real browser."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from effdash.figures import (
    Payload,
    layer_band_payload,
    sample_efficiency_payload,
    sample_plane_payload,
    sample_way_payload,
    samples_payload,
)
from effdash.figures.sample_way import Answer
from effdash.figures.theme import palette
from effdash.vocab import Split

pytestmark = pytest.mark.browser

EPOCHS = np.arange(0, 101, 10)
EVIL = "<img src=x onerror='window.hit=1'>"


@dataclass
class Layer:
    name: str
    units: int


def band_of(units: int, *, epochs: np.ndarray = EPOCHS, **more: Any) -> Payload:
    """Even units are nonlinear and die at epoch 50, odd ones are linear."""
    history = np.ones((len(epochs), units), dtype=np.uint8)
    history[:, ::2] = np.where(epochs < 50, 2, 0)[:, None]
    return layer_band_payload(
        epochs, history, **{"layer": "fc1", "split": "train", "link": "run", "chosen": 0, **more}
    )


def is_ink(color: str) -> bool:
    """Nearly so: lines that lie between pixels blend with the background. Pure black is nothing painted."""
    return color != "#000000" and max(int(color[start : start + 2], 16) for start in (1, 3, 5)) < 0x70


def place_of(figure: Any, row: int, epoch: float) -> tuple[float, float]:
    """Where a unit at an epoch lies, in the pixels of the page."""
    box = figure.shadow.locator(".plot").bounding_box()
    x, y = figure.view(f"[view.axis.x({epoch}), view.top({row}) + view.pitch / 2]")
    return box["x"] + x, box["y"] + y


def test_a_band_paints_every_unit_at_every_epoch(page: Any, draw: Any) -> None:
    figure = draw("layer_band", "band")
    constant = np.zeros((len(EPOCHS), 4), dtype=bool)
    constant[:, 3] = True
    figure.show(band_of(4, constant=constant, chosen=None, epoch=20))
    colors = palette()
    for row, epoch, color in ((0, 10, 2), (0, 80, 0), (1, 60, 1), (2, 40, 2)):
        x, y = figure.view(f"[view.axis.x({epoch}), view.top({row}) + 4]")
        assert figure.color_at("surface", x, y) == colors.status[color]
    around = {
        figure.color_at("surface", x, figure.view("view.top(3) + 4"))
        for x in range(int(figure.view("view.axis.x(60)")), int(figure.view("view.axis.x(60)")) + 8)
    }
    assert around == {colors.status[1], colors.background}
    assert figure.text(".title") == "Layer fc1 over the epochstrain · epoch 20"
    assert figure.text(".legend") == "dead 0 linear 2 50 %nonlinear 2 50 %constant 1 "
    height = figure.shadow.locator(".effdash").bounding_box()["height"]
    assert height < 200  # four units need no more


def test_hovering_tells_unit_status_and_since_when(page: Any, draw: Any) -> None:
    figure = draw("layer_band", "band")
    constant = np.zeros((len(EPOCHS), 3), dtype=bool)
    constant[9, 0] = True
    figure.show(band_of(3, constant=constant))
    page.mouse.move(*place_of(figure, 0, 90))
    assert figure.tip() == [
        "fc1 · 0 at epoch 90",
        "dead on train since epoch 50",
        "constant: the same for every sample",
    ]
    page.mouse.move(*place_of(figure, 1, 30))
    assert figure.tip() == ["fc1 · 1 at epoch 30", "linear on train since the start"]


def test_a_click_turns_to_a_unit_and_an_epoch_and_a_drag_to_an_epoch_alone(page: Any, draw: Any) -> None:
    figure, beside = draw("layer_band", "band"), draw("sample_efficiency", "other")
    figure.show(band_of(6))
    beside.show(
        sample_efficiency_payload(EPOCHS, np.linspace(0, 1, 11), split="train", link="run"), height=160
    )
    page.mouse.click(*place_of(figure, 4, 31))
    assert figure.view("view.chosen.value") == 4
    assert figure.sent() == [["unit", 4], ["epoch", 30]]
    assert beside.text(".title") == "Sample efficiencytrain · epoch 30"
    page.evaluate("window.sent = []")
    page.mouse.move(*place_of(figure, 2, 30))
    page.mouse.down()
    page.mouse.move(*place_of(figure, 1, 60), steps=4)
    page.mouse.up()
    assert figure.sent() == [["epoch", 60]]
    assert figure.view("view.chosen.value") == 4
    page.evaluate("window.sent = []")
    x, y = place_of(figure, 3, 0)
    page.mouse.click(x - 14, y)  # its number
    assert figure.sent() == [["unit", 3]]


def test_keys_move_unit_and_epoch(page: Any, draw: Any) -> None:
    figure = draw("layer_band", "band")
    figure.show(band_of(6, epoch=50))
    figure.shadow.locator(".plot").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowLeft"):
        page.keyboard.press(key)
    assert sorted(figure.sent()) == [["epoch", 40], ["unit", 1]]
    assert figure.text(".spoken") == "fc1 · 1 at epoch 50, linear on train since the start"
    figure.show(band_of(6, epoch=50, chosen=5))
    assert figure.view("view.chosen.value") == 1  # a late answer does not take it back


def test_many_units_scroll_to_the_chosen_one_and_of_more_a_block_is_told(page: Any, draw: Any) -> None:
    figure = draw("layer_band", "band")
    figure.show(band_of(600, chosen=500), height=300)
    assert figure.text(".title").endswith("units 0 to 511 of 600")
    assert figure.shadow.locator(".effdash").bounding_box()["height"] == 300
    assert figure.view("view.pitch") == 2
    assert 0 < figure.view("view.top(500)") < figure.view("view.visible")
    page.mouse.move(*place_of(figure, 500, 80))
    assert figure.tip()[0] == "fc1 · 500 at epoch 80"
    x, y = figure.view("[view.axis.x(80), Math.round(view.top(490))]")
    assert figure.color_at("surface", x, y) == palette().status[0]
    figure.view("view.plot.scrollTo(0, 0)")
    page.wait_for_timeout(50)
    page.mouse.move(*place_of(figure, 7, 80))
    assert figure.tip()[0] == "fc1 · 7 at epoch 80"


def test_a_band_of_one_epoch_and_one_unit(page: Any, draw: Any) -> None:
    figure = draw("layer_band", "band")
    figure.show(band_of(1, epochs=np.array([3])))
    x, y = figure.view("[view.axis.left + 20, view.top(0) + 6]")
    assert figure.color_at("surface", x, y) == palette().status[2]
    figure.show(band_of(1, epochs=np.array([3]), layer=EVIL))
    assert page.evaluate("window.hit") is None


def test_efficiency_follows_the_epoch_and_is_a_sentence_where_it_is_whole(page: Any, draw: Any) -> None:
    figure = draw("sample_efficiency", "efficiency")
    shares = np.linspace(0, 1, 11)
    figure.show(sample_efficiency_payload(EPOCHS, shares, split="train", link="run", epoch=40), height=160)
    assert figure.text(".figure-number") == "40 %of (sample, layer) pairs can get a gradient"
    figure.view("view.epochs.moveTo(7)")
    assert figure.text(".figure-number b") == "70 %"
    x, y = figure.view("[view.axis.x(50), view.y(0.5)]")
    assert is_ink(figure.color_at("surface", x, y))
    assert not is_ink(figure.color_at("surface", x, y + 12))
    box = figure.shadow.locator(".plot").bounding_box()
    page.mouse.click(box["x"] + x, box["y"] + y)
    assert figure.sent() == [["epoch", 50]]
    whole = draw("sample_efficiency", "whole")
    whole.show(sample_efficiency_payload(EPOCHS, np.ones(11), split="train", link="other"), height=160)
    assert whole.text("p").startswith("100 % at every epoch")
    assert whole.shadow.locator(".effdash").bounding_box()["height"] < 100
    one = draw("sample_efficiency", "one")
    one.show(sample_efficiency_payload(EPOCHS[:1], np.array([0.5]), split="train", link="one"), height=160)
    assert one.text(".figure-number b") == "50 %"


def plane_of(**more: Any) -> Payload:
    return sample_plane_payload(
        np.array([[0.25, 0.5], [0.75, 0.5]]),
        np.array([0, 1]),
        np.array([1, 3]),
        np.array([12, 40]),
        **{
            "layers": ["fc1", "fc2", "fc3"],
            "class_names": ["in", EVIL],
            "extent": (0, 1, 0, 1),
            "split": Split.TRAIN,
            **more,
        },
    )


def test_silent_samples_are_ringed_and_a_click_chooses(page: Any, draw: Any) -> None:
    figure = draw("sample_plane", "plane")
    figure.show(plane_of(), height=300, sends=("sample",))

    def is_ringed(sample: int, radius: int) -> bool:
        x, y = figure.view(f"[view.plane.x({[0.25, 0.75][sample]}), view.plane.y(0.5)]")
        return is_ink(figure.color_at("surface", round(x), round(y) - radius))

    assert is_ringed(0, 6)
    assert not is_ringed(1, 6)
    box = figure.shadow.locator(".plot").bounding_box()
    x, y = figure.view("[view.plane.x(0.75), view.plane.y(0.5)]")
    page.mouse.move(box["x"] + x + 2, box["y"] + y)
    assert figure.tip() == ["Sample 40", f"train sample, {EVIL}", "heard at every layer"]
    page.mouse.click(box["x"] + x + 2, box["y"] + y)
    page.mouse.move(box["x"] + figure.view("view.plane.x(0.25)"), box["y"] + y)
    assert figure.tip()[-1] == "silent from fc2 on"
    assert figure.sent() == [["sample", 40]]
    assert is_ringed(1, 10)
    assert not is_ringed(0, 10)
    assert page.evaluate("window.hit") is None


LAYERS = [Layer("fc1", 4), Layer("fc2", 4), Layer("fc3", 4)]


def way_of(status: list[int], firing: list[int] | None, layers: list[Layer] = LAYERS, **more: Any) -> Payload:
    return sample_way_payload(
        layers,
        ["relu"] * len(layers),
        np.array(status, dtype=np.uint8),
        sample=7,
        taken="train · epoch 4",
        firing=None if firing is None else np.array(firing),
        **more,
    )


def test_a_way_shows_status_units_and_where_it_is_silent(page: Any, draw: Any) -> None:
    figure = draw("sample_way", "way")
    answer = Answer(EVIL, 0.5, "cat", is_right=False)
    figure.show(way_of([2, 0, 1], [2, 0, 4], answer=answer, image=np.eye(8)), height=300)
    colors = palette()
    for layer, code in enumerate((2, 0, 1)):
        x, y = figure.view(f"[view.names + 10, view.top({layer}) + 6]")
        assert figure.color_at("surface", x, y) == colors.status[code]
    left, right, y = figure.view("[view.bars, view.right, view.top(0) + 6]")
    assert figure.color_at("surface", left + 4, y) == colors.muted
    assert figure.color_at("surface", (left + right) / 2 + 4, y) == colors.wash
    line = figure.view("Math.round(view.top(1) + view.pitch - view.gap / 2)")
    assert figure.color_at("surface", left + 4, line) == colors.ink
    assert figure.text("p").startswith("Silent from fc2 on")
    assert page.evaluate("window.hit") is None
    assert figure.shadow.locator(".picture canvas").bounding_box()["width"] == 56
    box = figure.shadow.locator(".plot").bounding_box()
    page.mouse.move(box["x"] + left + 4, box["y"] + figure.view("view.top(1) + 6"))
    assert figure.tip() == ["fc2", "dead here", "0 of 4 units fire", "silent from here on"]
    page.mouse.move(box["x"] + left + 4, box["y"] + figure.view("view.top(2) + 6"))
    assert figure.tip()[-1] == "the same for every sample that is dead at fc2"


def test_a_way_without_weights_tells_the_statuses(page: Any, draw: Any) -> None:
    figure = draw("sample_way", "way")
    figure.show(way_of([2, 2, 2], None), height=300)
    box = figure.shadow.locator(".plot").bounding_box()
    page.mouse.move(box["x"] + figure.view("view.names") + 4, box["y"] + figure.view("view.top(0)") + 4)
    assert figure.tip() == ["fc1", "nonlinear here"]
    assert not figure.shadow.locator(".picture").is_visible()


def test_the_way_through_few_layers_leaves_its_room_to_what_follows(page: Any, draw: Any) -> None:
    figure = draw("sample_way", "way")
    heights = []
    for status in ([2, 2, 2], [2, 2, 2], [2, 2]):
        figure.show(way_of(status, None, LAYERS[: len(status)]), height=370)
        heights.append(figure.shadow.locator(".effdash").bounding_box()["height"])
    assert heights[0] == heights[1] < 200
    assert heights[0] - heights[2] == figure.view("view.pitch")


def test_the_way_through_very_many_layers_is_scrolled(page: Any, draw: Any) -> None:
    layers = [Layer(f"fc{number + 1}", 8) for number in range(300)]
    figure = draw("sample_way", "way")
    figure.show(way_of([2] * 300, [3] * 300, layers), height=300)
    assert figure.shadow.locator(".effdash").bounding_box()["height"] == 300
    figure.view("view.plot.scrollTo(0, 10000)")
    page.wait_for_timeout(50)
    box = figure.shadow.locator(".plot").bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + box["height"] - 1)
    assert figure.tip()[0] == "fc300"


def test_a_picture_is_chosen_where_somebody_listens(page: Any, draw: Any) -> None:
    pictures = samples_payload(
        np.zeros((3, 4, 4)), captions=["fc1"] * 3, hints=["a: silent", "b", "c"], title="Silent"
    )
    figure = draw("images", "images")
    figure.show(pictures, height=120, sends=("image",))
    box = figure.shadow.locator(".plot").bounding_box()
    x, y = figure.view("view.corner(2)")
    page.mouse.click(box["x"] + x + 5, box["y"] + y + 5)
    assert figure.tip() == ["fc1", "c"]
    assert figure.sent() == [["image", 2]]
    assert figure.view("view.chosen.value") == 2
    deaf = draw("images", "deaf")
    deaf.show(pictures, height=120, sends=())
    box = deaf.shadow.locator(".plot").bounding_box()
    page.mouse.click(box["x"] + x + 5, box["y"] + y + 5)
    assert (deaf.sent(), deaf.view("view.chosen.value")) == ([], None)
