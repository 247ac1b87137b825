"""What stands in and beside the unit map in a real browser: row figures, walls, highlighted units."""

from typing import Any

import numpy as np
import pytest

from effdash.figures import Payload, unit_map_payload
from effdash.figures.theme import palette
from tests.figures.layered import EPOCHS, HISTORY, LAYERS, Layer, row_figures, tip_of, wide

pytestmark = pytest.mark.browser


def small_map(**more: Any) -> Payload:
    return unit_map_payload(LAYERS, EPOCHS, HISTORY, split="train", link="run", **more)


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
