"""The figures of layers in a real browser: shares, samples, classes and tables."""

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
from tests.figures.layered import EPOCHS, HISTORY, LAYERS, Layer, row_figures, tip_of, wide

pytestmark = pytest.mark.browser

EVIL = "<img src=x onerror='window.hit=1'>"


def sample_statuses(dead: int = 2) -> np.ndarray:
    """Four samples at two layers and three epochs, so many of them dead everywhere, the others nonlinear."""
    points = np.full((3, 2, 4), 2, dtype=np.uint8)
    points[:, :, :dead] = 0
    return points


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
