"""Forty classes, and names as people give them, in the figures that name classes; in a real browser."""

from typing import Any

import numpy as np
import pytest

from effdash.figures import Payload, class_rows_payload, fold_payload, histogram_payload

pytestmark = pytest.mark.browser

FORTY = [f"class {number}" for number in range(40)]
LONG = ["x" * 200, "🦄" * 60, "עברית " * 30]


def rows(kind: str, names: list[str]) -> Payload:
    """Of each class four samples, whose values are its number and the three after it."""
    classes = np.arange(4 * len(names)) % len(names)
    values = (classes + np.arange(4 * len(names)) // len(names)).astype(np.float32)
    make = {"histogram": histogram_payload, "class_rows": class_rows_payload}[kind]
    return make(values, classes, names, split="train")


def fold(names: list[str], test: bool = True) -> Payload:
    points = (np.zeros((len(names), 2)), np.arange(len(names)))
    held_out = points if test else (np.zeros((0, 2)), np.zeros(0, int))
    grid = np.linspace(-1, 1, 16).reshape(4, 4)
    return fold_payload(grid, (-1, 1, -1, 1), names, train=points, test=held_out)


def tip_at(page: Any, figure: Any, x: float, y: float) -> list[str]:
    box = figure.shadow.locator(".plot").bounding_box()
    page.mouse.move(box["x"] + x, box["y"] + y)
    return str(figure.shadow.locator(".tip").inner_text()).splitlines()


@pytest.mark.parametrize("kind", ["histogram", "class_rows"])
def test_forty_rows_are_scrolled_and_can_be_read(page: Any, draw: Any, kind: str) -> None:
    figure = draw(kind, "figure")
    figure.show(rows(kind, FORTY), height=330)
    assert figure.view("view.list.row") == 14
    bottom = figure.view("view.bottom")
    assert bottom + 20 < figure.view("view.surface.height")
    assert tip_at(page, figure, 120, figure.view("view.list.top") + 5)[0] == "class 0"
    figure.view("view.plot.scrollTop = 1e6")
    assert tip_at(page, figure, 120, bottom - 5)[0] == "class 39"
    assert figure.view("Math.abs(view.list.topOf(39) + view.list.row - view.bottom) <= 1")


@pytest.mark.parametrize("kind", ["histogram", "class_rows"])
def test_few_rows_are_not_scrolled(page: Any, draw: Any, kind: str) -> None:
    figure = draw(kind, "figure")
    figure.show(rows(kind, FORTY), height=330)
    figure.show(rows(kind, FORTY[:6]), height=330)
    assert figure.view("view.plot.scrollHeight <= view.plot.clientHeight")
    assert not figure.view("view.plot.classList.contains('scroller')")


def test_a_row_of_the_histogram_tells_its_class(page: Any, draw: Any) -> None:
    figure = draw("histogram", "figure")
    figure.show(rows("histogram", FORTY[:5]), height=330)
    y = figure.view("view.list.topOf(2) + 5")
    told = [tip_at(page, figure, x, y) for x in range(100, 380, 4)]
    assert {title for title, _ in told} == {"class 2"}
    counted = {words.split(": ")[1] for _, words in told}
    assert "1 sample" in counted
    assert "0 samples" in counted


@pytest.mark.parametrize("name", LONG, ids=["long", "emoji", "right-to-left"])
@pytest.mark.parametrize("kind", ["histogram", "class_rows"])
def test_a_long_name_is_cut_and_told_whole(page: Any, draw: Any, kind: str, name: str) -> None:
    figure = draw(kind, "figure")
    figure.show(rows(kind, [name, *FORTY[:5]]), height=330)
    assert figure.view("view.left") < 100
    assert "".join(tip_at(page, figure, 120, figure.view("view.list.top") + 5)).startswith(name.strip())
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


@pytest.mark.parametrize("names", [FORTY, LONG, FORTY[:2], [*LONG, *FORTY]], ids=["40", "long", "2", "all"])
@pytest.mark.parametrize("test", [True, False])
def test_a_legend_names_what_has_room_and_counts_the_rest(
    page: Any, draw: Any, names: list[str], test: bool
) -> None:
    figure = draw("fold", "figure")
    figure.show(fold(names, test), height=330)
    legend = figure.shadow.locator(".legend")
    assert legend.evaluate("(node) => node.scrollWidth <= node.clientWidth")
    entries = legend.locator("span").evaluate_all("(nodes) => nodes.map((node) => node.title)")
    assert (entries[-1] == "test") == test
    named = entries[:-1] if test else entries
    assert named == names[: len(named)]
    assert named
    rest = legend.locator("em")
    if len(named) == len(names):
        assert rest.count() == 0
    else:
        assert rest.inner_text() == f"+{len(names) - len(named)}"
        assert rest.get_attribute("title") == ", ".join(names[len(named) :])
