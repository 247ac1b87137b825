"""The figures of layers and units in a real browser: row figures, highlights, glances and tables."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from effdash.figures import (
    LayerFigures,
    Payload,
    class_rows_payload,
    confusion_payload,
    glance_payload,
    samples_by_layer_payload,
    shares_payload,
    unit_map_payload,
)
from effdash.figures.status import total_counts, turnover
from effdash.figures.theme import palette

pytestmark = pytest.mark.browser


@dataclass
class Layer:
    name: str
    units: int


LAYERS = [Layer("fc1", 3), Layer("fc2", 3)]
EPOCHS = np.array([0, 1, 10])
HISTORY = np.array([[0, 1, 2, 0, 0, 0], [0, 2, 2, 0, 1, 0], [0, 2, 2, 2, 2, 2]], dtype=np.uint8)
EVIL = "<img src=x onerror='window.hit=1'>"


def row_figures(dead: float = 0.5, gradient: float = 1e-3) -> LayerFigures:
    full = np.full((3, 2), 1, dtype=np.float32)
    return LayerFigures(full * np.float32(dead), full * 0, full, full * np.float32(gradient))


def sample_statuses(dead: int = 2) -> np.ndarray:
    """Four samples at two layers and three epochs, so many of them dead everywhere, the others nonlinear."""
    points = np.full((3, 2, 4), 2, dtype=np.uint8)
    points[:, :, :dead] = 0
    return points


def small_map(**more: Any) -> Payload:
    return unit_map_payload(LAYERS, EPOCHS, HISTORY, split="train", link="run", **more)


def wide(page: Any) -> None:
    page.set_viewport_size({"width": 700, "height": 900})


def tip_of(figure: Any) -> str:
    return str(figure.shadow.locator(".tip").inner_text())


def test_row_figures_stand_where_there_is_room(page: Any, draw: Any) -> None:
    figure = draw("unit_map", "map")
    figure.show(small_map(rows=row_figures()))
    assert figure.view("view.rows.shown")
    narrow = figure.view("view.rows.columns[2].right - view.rows.columns[0].left")
    assert figure.view("view.axis.right < view.rows.columns[0].left")
    wide(page)
    figure.show(small_map(rows=row_figures()))
    assert figure.view("view.rows.shown")
    assert narrow < figure.view("view.rows.columns[2].right - view.rows.columns[0].left")
    assert figure.view("view.axis.right < view.rows.columns[0].left")
    bar = figure.view(
        "[view.rows.columns[0].left, view.rows.columns[0].right, view.top + view.map.cellHeight / 2]"
    )
    assert figure.color_at("rowSurface", bar[0] + 4, bar[2]) == palette().status[0]
    assert figure.color_at("rowSurface", bar[1] - 4, bar[2]) == palette().status[2]


@pytest.mark.parametrize(("units", "shown"), [(4, True), (40, False)])
def test_row_figures_leave_the_cells_of_a_wide_layer_their_room(
    page: Any, draw: Any, units: int, shown: bool
) -> None:
    history = np.zeros((3, 2 * units), dtype=np.uint8)
    layers = [Layer("fc1", units), Layer("fc2", units)]
    figure = draw("unit_map", "map")
    figure.show(unit_map_payload(layers, EPOCHS, history, split="train", link="run", rows=row_figures()))
    assert figure.view("view.rows.shown") == shown
    assert figure.view("view.map.cellWidth") >= 4


def test_a_row_is_told_in_words(page: Any, draw: Any) -> None:
    wide(page)
    figure = draw("unit_map", "map")
    figure.show(small_map(rows=row_figures(gradient=8.8e-6), epoch=1))
    box = figure.shadow.locator(".plot").bounding_box()
    x, y = figure.view("[view.rows.columns[1].left + 5, view.top + 4]")
    page.mouse.move(box["x"] + x, box["y"] + y)
    assert tip_of(figure).splitlines() == [
        "fc1 at epoch 1",
        "dead samples 50 %",
        "linear samples 0 %",
        "median range of its pre-activations 1",
        "mean gradient 8.8 × 10⁻⁶",
    ]


def test_what_was_not_recorded_has_no_column_and_is_said(page: Any, draw: Any) -> None:
    wide(page)
    figure = draw("unit_map", "map")
    figure.show(small_map(rows=row_figures(gradient=np.nan)))
    assert figure.view("view.rows.columns.map((column) => column.title)") == ["samples", "range"]
    assert figure.view("view.rows.words(0, 0).at(-1).text") == "mean gradient not recorded"


def test_a_layer_of_dead_units_is_a_wall_at_its_epoch(page: Any, draw: Any) -> None:
    figure = draw("unit_map", "map")
    figure.show(small_map(epoch=0))
    x, y = figure.view("[view.names + 4, view.top + view.map.tops[1] + view.map.cellHeight + 1]")
    assert figure.color_at("overlay", x, y) == palette().ink
    figure.view("view.epochs.moveTo(2)")
    assert figure.color_at("overlay", x, y) == "#000000"  # nothing painted
    figure.show(small_map(epoch=1, walls=False))
    figure.view("view.epochs.moveTo(0)")
    assert figure.color_at("overlay", x, y) == "#000000"


def test_highlighted_cells_are_outlined_and_all_keep_their_colors(page: Any, draw: Any) -> None:
    figure = draw("unit_map", "map")
    highlight = np.array([False, True, False, False, False, False])
    figure.show(small_map(epoch=10, highlight=highlight, highlight_words="not dead now"))
    colors = palette()
    for unit, code in enumerate(HISTORY[2]):
        place = figure.view(f"view.cornerOf({unit})")
        middle = (place["x"] + 8, place["y"] + 8)
        assert figure.color_at("mapSurface", *middle) == colors.status[code]
        around = figure.color_at("mapSurface", place["x"] + 8, place["y"] - 1)
        assert around == (colors.ink if unit == 1 else "#000000")
    assert figure.text(".caption") == "Outlined: 1 unit, not dead now (epoch 10)."


@pytest.mark.parametrize(("marked", "mode"), [(12, "circles"), (3000, "dots")])
def test_highlighted_units_are_seen_among_very_small_cells(
    page: Any, draw: Any, marked: int, mode: str
) -> None:
    layers = [Layer(f"fc{number}", 5000) for number in range(4)]
    highlight = np.zeros(20_000, dtype=bool)
    highlight[:marked] = True
    history = np.full((1, 20_000), 2, dtype=np.uint8)
    figure = draw("unit_map", "map")
    figure.show(unit_map_payload(layers, EPOCHS[:1], history, split="train", link="run", highlight=highlight))
    place = figure.view("view.cornerOf(3)")
    assert figure.view("Math.min(view.map.cellWidth, view.map.cellHeight)") < 5
    seen = {
        figure.color_at("mapSurface", place["x"] + step, place["y"] + down)
        for step in range(-7, 8)
        for down in (0, 5)
    }
    assert (palette().ink if mode == "circles" else palette().background) in seen


def test_a_click_near_a_death_goes_to_its_epoch(page: Any, draw: Any) -> None:
    epochs = np.arange(0, 101, 2)
    history = np.full((51, 4), 2, dtype=np.uint8)
    history[20:, 0] = 0
    figure = draw("status_shares", "shares")
    figure.show(
        shares_payload(epochs, total_counts(history), split="train", link="run", changes=turnover(history)),
        height=224,
    )
    assert figure.text(".title") == "Share of unitstrain · epoch 100 · 0 died, 0 revived"
    box = figure.shadow.locator(".plot").bounding_box()
    x, y = figure.view("[view.axis.x(40) + 5, view.turnover.middle + 8]")
    page.mouse.move(box["x"] + x, box["y"] + y)
    assert "1 died, 0 revived since epoch 38" in tip_of(figure)
    page.mouse.click(box["x"] + x, box["y"] + y)
    assert figure.text(".title").endswith("epoch 40 · 1 died, 0 revived")
    assert figure.sent() == [["epoch", 40]]


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


def test_train_against_test_is_a_table_with_what_differs_in_bold(page: Any, draw: Any) -> None:
    train, test = np.array([0, 0, 2, 2], dtype=np.uint8), np.array([0, 2, 2, 1], dtype=np.uint8)
    figure = draw("confusion", "table")
    figure.show(confusion_payload(train, test), height=170)
    cells = [row.locator("th, td").all_text_contents() for row in figure.shadow.locator("tr").all()]
    assert cells[1:] == [
        ["dead", "1", "·", "1"],
        ["linear", "·", "·", "·"],
        ["nonlinear", "·", "1", "1"],
    ]
    assert figure.shadow.locator(".differs").count() == 2
    assert figure.text("p") == "1 unit dead on train fires on test; 0 dead on test fire on train."
    assert figure.view("stage.root.scrollHeight <= 170".replace("stage", "view.stage"))


def test_samples_by_layer_follow_the_epoch_and_become_a_sentence(page: Any, draw: Any) -> None:
    points = sample_statuses()
    points[2] = 2
    figure = draw("layer_samples", "samples")
    figure.show(samples_by_layer_payload(LAYERS, EPOCHS, points, split="train", link="run"), height=170)
    assert figure.shadow.locator("p").is_visible()
    figure.view("view.epochs.moveTo(0)")
    assert not figure.shadow.locator("p").is_visible()
    assert figure.color_at("surface", 46, figure.view("view.y(0.25)")) == palette().status[0]
    assert figure.color_at("surface", 46, figure.view("view.y(0.75)")) == palette().status[2]
    assert figure.shadow.locator(".effdash").bounding_box()["height"] == 170


def test_samples_by_layer_collapse_where_there_is_never_anything_to_tell(page: Any, draw: Any) -> None:
    figure = draw("layer_samples", "samples")
    payload = samples_by_layer_payload(LAYERS, EPOCHS, sample_statuses(dead=0), split="train", link="run")
    figure.show(payload, height=170)
    assert figure.shadow.locator(".effdash").bounding_box()["height"] < 80
    assert figure.text("p").startswith("Every layer passes every sample in part")


def rows_of(classes: int, name: str = "class") -> Payload:
    values = np.linspace(-1, 3, 10 * classes)
    names = [f"{name} {number}" for number in range(classes)]
    return class_rows_payload(values, np.arange(10 * classes) % classes, names, split="train")


def test_class_rows_tell_mean_and_spread(page: Any, draw: Any) -> None:
    figure = draw("class_rows", "rows")
    figure.show(rows_of(2), height=280)
    box = figure.shadow.locator(".plot").bounding_box()
    page.mouse.move(box["x"] + 120, box["y"] + figure.view("view.bottom") - 5)
    assert tip_of(figure).splitlines()[:2] == ["class 1", "mean 1.11 over 10 samples"]


@pytest.mark.parametrize("classes", [1, 40])
def test_class_rows_fit_one_class_and_forty(page: Any, draw: Any, classes: int) -> None:
    figure = draw("class_rows", "rows")
    figure.show(rows_of(classes), height=280)
    assert figure.view("view.bottom + 20 < view.surface.height")


def figures_with_names(name: str) -> dict[str, Payload]:
    layers = [Layer(name, 3), Layer("fc2", 3)]
    means = np.array([[0.5, -1.0], [1.0, 2.0]], dtype=np.float32)
    status = np.zeros(2, dtype=np.uint8)
    names = [name, "b"]
    return {
        "unit_map": unit_map_payload(
            layers, EPOCHS, HISTORY, split=name, link="run", rows=row_figures(), highlight_words=name
        ),
        "glance": glance_payload(means, status, layer=name, split=name, kind="classes", class_names=names),
        "layer_samples": samples_by_layer_payload(layers, EPOCHS, sample_statuses(), split=name, link="run"),
        "class_rows": rows_of(2, name),
        "confusion": confusion_payload(status, status, title=name, qualifier=name),
    }


@pytest.mark.parametrize("name", [EVIL, "שלום", "🦊" * 100], ids=["markup", "right-to-left", "long"])
@pytest.mark.parametrize("kind", list(figures_with_names("")))
def test_names_of_any_kind_are_text(page: Any, draw: Any, kind: str, name: str) -> None:
    wide(page)
    figure = draw(kind, "figure")
    figure.show(figures_with_names(name)[kind], height=260)
    box = figure.shadow.locator(".effdash").bounding_box()
    for step in range(16):
        page.mouse.move(box["x"] + 40 * step, box["y"] + 30 + 10 * step)
    assert page.evaluate("window.hit") is None
    assert page.locator("img").count() == 0
    assert box["width"] == 700
    assert page.evaluate("document.documentElement.scrollWidth") <= 700


def figures_of_the_smallest_run() -> dict[str, Payload]:
    """One layer of one unit, one epoch, one sample of one class."""
    one = np.ones((1, 1), dtype=np.float32)
    rows = LayerFigures(one, 0 * one, 0 * one, np.nan * one)
    layers, epochs = [Layer("fc1", 1)], np.array([0])
    dead = np.zeros((1, 1), dtype=np.uint8)
    point = (np.zeros((1, 2)), np.zeros(1, dtype=int))
    grid = np.full((1, 2, 2), -1.0)
    marked = np.array([True])
    return {
        "unit_map": unit_map_payload(
            layers, epochs, dead, split="train", link="run", rows=rows, highlight=marked
        ),
        "status_shares": shares_payload(
            epochs, total_counts(dead), split="train", link="run", changes=turnover(dead)
        ),
        "glance": glance_payload(
            grid, dead[0], layer="fc1", split="train", extent=(0, 1, 0, 1), samples=point, class_names=["a"]
        ),
        "layer_samples": samples_by_layer_payload(layers, epochs, dead[None], split="train", link="run"),
        "class_rows": class_rows_payload(np.array([0.0]), np.array([0]), ["a"], split="train"),
        "confusion": confusion_payload(dead[0], dead[0]),
    }


@pytest.mark.parametrize("kind", list(figures_of_the_smallest_run()))
def test_the_smallest_run_is_drawn_and_answers_the_pointer(page: Any, draw: Any, kind: str) -> None:
    wide(page)
    figure = draw(kind, "figure")
    figure.show(figures_of_the_smallest_run()[kind], height=224)
    box = figure.shadow.locator(".effdash").bounding_box()
    for step in range(30):
        page.mouse.move(box["x"] + 24 * step, box["y"] + 30 + 6 * step)
    page.mouse.click(box["x"] + 300, box["y"] + 190)


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
