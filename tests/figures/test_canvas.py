"""The canvases in a real browser, without streamlit: what they paint, tell and send."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from effdash.figures import (
    Payload,
    band_payload,
    curves_payload,
    decision_payload,
    epochs_payload,
    fold_payload,
    histogram_payload,
    samples_payload,
    shares_payload,
    unit_map_payload,
    weights_payload,
)
from effdash.figures.status import total_counts
from effdash.figures.theme import palette
from pages.shared.canvas.bundle import bundle

pytestmark = pytest.mark.browser


@dataclass
class Layer:
    name: str
    units: int


HISTORY = np.array([[0, 1, 2, 0, 0, 0], [0, 2, 2, 0, 1, 0], [0, 2, 2, 2, 2, 2]], dtype=np.uint8)
LAYERS = [Layer("fc1", 3), Layer("fc2", 3)]
EPOCHS = np.array([0, 1, 10])


def small_map(**more: Any) -> Payload:
    return unit_map_payload(LAYERS, EPOCHS, HISTORY, split="train", link="run", **more)


def corner(figure: Any, unit: int) -> tuple[float, float]:
    place = figure.view(f"view.cornerOf({unit})")
    box = figure.shadow.locator(".plot").bounding_box()
    return box["x"] + place["x"] + 4, box["y"] + place["y"] + 4


def test_a_question_mark_explains_the_words_and_only_where_there_are_some(page: Any, draw: Any) -> None:
    figure = draw("unit_map", "map")
    figure.show(small_map())
    assert figure.shadow.locator(".help").count() == 0
    figure.show(small_map(), explained=(("Dead", "It answers 0 to <b>everything</b>."),))
    figure.shadow.locator(".help").focus()
    assert figure.shadow.locator(".tip").inner_text().split("\n")[:2] == [
        "Dead",
        "It answers 0 to <b>everything</b>.",
    ]
    figure.shadow.locator(".plot").focus()
    assert not figure.shadow.locator(".tip").is_visible()


def test_every_cell_has_its_status_color_and_the_counts_stand_above(page: Any, draw: Any) -> None:
    figure = draw("unit_map", "map")
    figure.show(small_map(epoch=1))
    colors = palette().status
    for unit, code in enumerate(HISTORY[1]):
        place = figure.view(f"view.cornerOf({unit})")
        assert figure.color_at("mapSurface", place["x"] + 4, place["y"] + 4) == colors[code]
    legend = " ".join(entry.inner_text() for entry in figure.shadow.locator(".legend span").all()[:3])
    assert " ".join(legend.split()) == "dead 3 50 % linear 1 17 % nonlinear 2 33 %"
    assert figure.text(".title") == "Unit maptrain · epoch 1"


def test_a_click_rings_at_once_and_is_sent_once(page: Any, draw: Any) -> None:
    figure = draw("unit_map", "map")
    figure.show(small_map(selected=0))
    page.mouse.click(*corner(figure, 4))
    assert figure.view("view.selected.value") == 4
    assert figure.sent() == [["unit", 4]]


def test_arrow_keys_walk_and_are_sent_when_they_rest(page: Any, draw: Any) -> None:
    figure = draw("unit_map", "map")
    figure.show(small_map(selected=1))
    figure.shadow.locator(".plot").focus()
    for key in ("ArrowRight", "ArrowDown", "Home"):
        page.keyboard.press(key)
    assert figure.view("view.selected.value") == 3
    assert figure.sent() == [["unit", 3]]
    assert figure.text(".spoken") == "fc2 · 0, nonlinear on train"


def test_dragging_in_the_history_redraws_and_tells_on_release(page: Any, draw: Any) -> None:
    figure = draw("unit_map", "map")
    figure.show(small_map())
    axis = figure.view("({ left: view.axis.left, right: view.axis.right })")
    box = figure.shadow.locator(".plot").bounding_box()
    y = box["y"] + 12
    page.mouse.move(box["x"] + axis["right"] - 2, y)
    page.mouse.down()
    page.mouse.move(box["x"] + axis["left"] + 2, y, steps=5)
    assert figure.text(".title") == "Unit maptrain · epoch 0"
    assert figure.sent() == []
    page.mouse.up()
    assert figure.sent() == [["epoch", 0]]


def test_more_epochs_are_followed_only_from_the_end(page: Any, draw: Any) -> None:
    figure = draw("unit_map", "map")
    first = unit_map_payload(LAYERS, EPOCHS[:2], HISTORY[:2], split="train", link="run")
    figure.show(first)
    figure.show(small_map())
    assert figure.view("view.epochs.epoch") == 10
    figure.show(first)
    figure.view("view.epochs.moveTo(0)")
    figure.show(small_map())
    assert figure.view("view.epochs.epoch") == 0


def test_a_late_answer_does_not_take_back_what_the_person_did(page: Any, draw: Any) -> None:
    figure = draw("unit_map", "map")
    figure.show(small_map(epoch=0, selected=0))
    figure.view("[view.epochs.moveTo(2), view.choose(5)]")
    figure.show(small_map(epoch=1, selected=1))
    assert figure.view("[view.epochs.epoch, view.selected.value]") == [10, 5]


def test_what_the_server_says_after_it_heard_counts_at_once(page: Any, draw: Any) -> None:
    figure = draw("unit_map", "map")
    figure.show(small_map(selected=0))
    figure.view("[view.choose(5), view.stage.send('unit', 5)]")
    assert figure.letters() == [["unit", 5, 1]]
    figure.show(small_map(selected=1))
    assert figure.view("view.selected.value") == 5
    figure.show(small_map(selected=5), heard=1)
    figure.show(small_map(selected=3), heard=1)  # turned to in another figure, a moment later
    assert figure.view("view.selected.value") == 3


def test_what_was_passed_over_counts_when_it_is_said_again(page: Any, draw: Any) -> None:
    figure = draw("unit_map", "map")
    figure.show(small_map(selected=0))
    figure.view("view.choose(5)")
    figure.show(small_map(selected=3))
    assert figure.view("view.selected.value") == 5
    figure.view("view.selected.touched = -Infinity")  # long ago, and never told
    figure.show(small_map(selected=3))
    assert figure.view("view.selected.value") == 3


def test_the_server_moves_epoch_and_unit(page: Any, draw: Any) -> None:
    figure = draw("unit_map", "map")
    figure.show(small_map(epoch=0, selected=0))
    for epoch, selected in ((1, 3), (0, 0)):
        figure.show(small_map(epoch=epoch, selected=selected))
        assert figure.view("[view.epochs.epoch, view.selected.value]") == [epoch, selected]


def test_linked_figures_move_together_and_others_do_not(page: Any, draw: Any) -> None:
    shares = draw("status_shares", "shares")
    other = draw("status_shares", "other")
    figure = draw("unit_map", "map")
    figure.show(small_map())
    shares.show(shares_payload(EPOCHS, total_counts(HISTORY), split="train", link="run"))
    other.show(shares_payload(EPOCHS, total_counts(HISTORY), split="train", link="another"))
    figure.view("view.epochs.moveTo(1)")
    assert [shares.view("view.epochs.epoch"), other.view("view.epochs.epoch")] == [1, 10]


def test_a_new_theme_is_painted_without_new_data(page: Any, draw: Any) -> None:
    figure = draw("unit_map", "map")
    figure.show(small_map(epoch=1))
    page.evaluate("document.body.style.setProperty('--st-background-color', '#10151C')")
    figure.show(small_map(epoch=1))
    place = figure.view("view.cornerOf(0)")
    assert figure.color_at("mapSurface", place["x"] + 4, place["y"] + 4) == palette("dark").status[0]


def test_constant_units_are_hatched_and_counted(page: Any, draw: Any) -> None:
    figure = draw("unit_map", "map")
    constant = np.zeros(HISTORY.shape, dtype=bool)
    constant[:, 0] = True
    figure.show(small_map(constant=constant))
    assert figure.text(".legend").endswith("constant 1 ")
    place = figure.view("view.cornerOf(0)")
    row = {figure.color_at("mapSurface", place["x"] + step, place["y"] + 4) for step in range(4, 9)}
    assert row == {palette().status[0], palette().background}


def test_names_are_text_and_never_markup(page: Any, draw: Any) -> None:
    evil = "<img src=x onerror='window.hit=1'>"
    layers = [Layer(evil, 3), Layer("fc2", 3)]
    figure = draw("unit_map", "map")
    figure.show(unit_map_payload(layers, EPOCHS, HISTORY, split=evil, link=evil, title=evil))
    page.mouse.move(*corner(figure, 0))
    decision = draw("decision", "decision")
    grid = np.zeros((3, 3), dtype=int)
    points = (np.zeros((1, 2)), np.zeros(1, dtype=int))
    decision.show(decision_payload(grid, np.ones((3, 3)), (-1, 1, -1, 1), [evil], train=points))
    box = decision.shadow.locator(".plot").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert evil in decision.text(".tip")
    assert page.evaluate("window.hit") is None
    assert page.locator("img").count() == 0


@pytest.mark.parametrize(
    ("sizes", "epochs"),
    [([1], 1), ([4] * 50, 400), ([128] * 120, 3), ([5000] * 20, 2), ([1] * 1000, 3), ([128, 1, 7], 5)],
)
def test_maps_of_any_size_fit_their_box(page: Any, draw: Any, sizes: list[int], epochs: int) -> None:
    history = np.zeros((epochs, sum(sizes)), dtype=np.uint8)
    layers = [Layer(f"fc{number + 1}", size) for number, size in enumerate(sizes)]
    figure = draw("unit_map", "map")
    figure.show(unit_map_payload(layers, np.arange(epochs), history, split="train", link="run"), height=560)
    assert figure.view("view.bottom") <= 560
    assert figure.view("view.axis.right") <= 400
    last = sum(sizes) - 1
    place = figure.view(f"view.cornerOf({last})")
    assert (
        figure.view(
            f"view.unitUnder({place['x']} + view.map.cellWidth / 2, {place['y']} + view.map.cellHeight / 2)"
        )
        == last
    )


def test_a_smaller_history_says_when_its_cells_are_of_a_nearby_epoch(page: Any, draw: Any) -> None:
    history = np.zeros((9, 6), dtype=np.uint8)
    figure = draw("unit_map", "map")
    frames = np.array([0, 4, 8])
    figure.show(unit_map_payload(LAYERS, np.arange(9), history, split="train", link="run", frames=frames))
    assert figure.text(".title") == "Unit maptrain · epoch 8"
    figure.view("view.epochs.moveTo(1)")
    assert "nearby epoch" in figure.text(".title")


def figures_of_all_kinds() -> dict[str, Payload]:
    points = (np.array([[0.0, 0.5], [0.5, -0.5]]), np.array([0, 1]))
    names = ["class 0", "class 1"]
    box = (-1.0, 1.0, -1.0, 1.0)
    grid = np.tile(np.linspace(-1, 1, 5), (4, 1))
    curves = pd.DataFrame(
        {
            "epoch": EPOCHS,
            "loss": [1.0, np.nan, 0.1],
            "task_loss": [0.9, 0.5, 0.1],
            "jumpstart_loss": [0.1, 0.0, 0.0],
            "train_accuracy": [0.5, 0.7, 0.9],
            "test_accuracy": [0.5, 0.6, 0.8],
        }
    )
    changes = pd.DataFrame({"epoch": [1], "field": ["jumpstart"], "value": [0.3]})
    values, classes = np.linspace(-1, 2, 30), np.arange(30) % 2
    return {
        "status_shares": shares_payload(EPOCHS, total_counts(HISTORY), split="train", link="run"),
        "status_band": band_payload(EPOCHS, {"train": HISTORY[:, 1], "test": HISTORY[:, 2]}, link="run"),
        "curves": curves_payload(curves, changes, link="run", chance=0.52),
        "histogram": histogram_payload(values, classes, names, split="train"),
        "fold": fold_payload(grid, box, names, train=points, test=points),
        "decision": decision_payload((grid > 0).astype(int), np.abs(grid), box, names, train=points),
        "images": weights_payload(np.ones((3, 8, 8)), captions=["a", "b", "c"]),
        "epoch_slider": epochs_payload(EPOCHS, link="run"),
    }


@pytest.mark.parametrize("kind", list(figures_of_all_kinds()))
def test_every_figure_paints_keeps_its_height_and_answers_the_pointer(
    page: Any, draw: Any, kind: str
) -> None:
    figure = draw(kind, "figure")
    figure.show(figures_of_all_kinds()[kind], height=260)
    box = figure.shadow.locator(".effdash").bounding_box()
    assert box["height"] == 260
    for step in range(20):
        page.mouse.move(box["x"] + 20 * step, box["y"] + 40 + 10 * step)
    page.set_viewport_size({"width": 300, "height": 900})
    page.wait_for_timeout(50)
    assert figure.shadow.locator(".effdash").bounding_box()["height"] == 260
    if kind != "epoch_slider":
        colors = figure.shadow.locator("canvas").first.evaluate(
            """(node) => {
              const image = node.getContext("2d").getImageData(0, 0, node.width, node.height);
              return new Set(new Uint32Array(image.data.buffer)).size;
            }"""
        )
        assert colors > 3


def test_the_slider_plays_to_the_end_and_tells_where(page: Any, draw: Any) -> None:
    figure = draw("epoch_slider", "slider")
    figure.show(figures_of_all_kinds()["epoch_slider"], height=56)
    figure.shadow.locator("button").click()
    page.wait_for_timeout(400)
    assert figure.text("output") == "10"
    assert figure.sent() == [["epoch", -1]]


def test_nothing_is_sent_where_nobody_listens(page: Any, draw: Any) -> None:
    figure = draw("unit_map", "map")
    figure.show(small_map(), sends=())
    page.mouse.click(*corner(figure, 4))
    assert figure.sent() == []


def test_a_grey_sample_spans_from_wash_to_ink(page: Any, draw: Any) -> None:
    figure = draw("images", "image")
    image = np.array([[[0.0, 16.0]]])
    figure.show(samples_payload(image, title="A sample"), height=120)
    width = figure.view("view.wide")
    middle = figure.view("view.high") / 2
    assert figure.color_at("surface", width * 0.25, middle) == palette().wash
    assert figure.color_at("surface", width * 0.75, middle) == palette().ink


def test_the_page_holds_no_address_of_another_server() -> None:
    kinds = [*figures_of_all_kinds(), "unit_map"]
    code = json.dumps([bundle(kind) for kind in kinds])
    assert "https://" not in code
