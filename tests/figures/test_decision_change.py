"""The decision function before and after, and the difference, in a real browser."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from effdash.figures import Payload, decision_change_payload
from effdash.figures.theme import palette

pytestmark = pytest.mark.browser

STEPS = 20
LEFT = np.tile(np.arange(STEPS) >= STEPS // 2, (STEPS, 1)).astype(np.int64)
"""Class 0 on the left half, class 1 on the right."""


@dataclass
class Answers:
    classes: np.ndarray
    confidence: np.ndarray
    plane: Any = field(
        default_factory=lambda: SimpleNamespace(extent=(0.0, 1.0, 0.0, 1.0), description="x1 and x2")
    )


def change(before: np.ndarray, after: np.ndarray, near: np.ndarray | None = None, **more: Any) -> Payload:
    near = np.ones(before.shape, bool) if near is None else near
    told = {"class_names": ("left", "right"), "units": (12, 5)} | more
    sure = np.ones(before.shape)
    return decision_change_payload(Answers(before, sure), Answers(after, sure), near=near, **told)


def shifted(by: int) -> np.ndarray:
    return np.roll(LEFT, by, axis=1) * (np.arange(STEPS) >= by)


def colors_around(figure: Any, panel: int, x: float, y: float, reach: int) -> set[str]:
    """Of the pixels in a box around a place of the plane, of both axes a share."""
    found = figure.view(
        f"""(({{ context }}, plane) => {{
          const [left, top] = [Math.round({x} * plane.width), Math.round((1 - {y}) * plane.height)];
          const box = context.getImageData(left - {reach}, top - {reach}, 2 * {reach} + 1, 2 * {reach} + 1);
          return [...new Uint32Array(box.data.buffer)];
        }})(view.panels[{panel}].surface, view.plane)"""
    )
    return {"#{:02X}{:02X}{:02X}".format(*int(word).to_bytes(4, "little")[:3]) for word in found}


def color_in(figure: Any, panel: int, x: float, y: float) -> str:
    (color,) = colors_around(figure, panel, x, y, 0)
    return color


def point_at(page: Any, figure: Any, panel: int, x: float, y: float) -> list[str]:
    box = figure.shadow.locator(".triptych .plot").nth(panel).bounding_box()
    width, height = figure.view("[view.plane.width, view.plane.height]")
    page.mouse.move(box["x"] + x * width, box["y"] + (1 - y) * height)
    return str(figure.shadow.locator(".tip").inner_text()).splitlines()


def wide(page: Any, width: int = 900) -> None:
    page.set_viewport_size({"width": width, "height": 900})


def test_where_the_answers_differ_is_magenta_and_nothing_else_is(page: Any, draw: Any) -> None:
    wide(page)
    figure = draw("decision_change", "change")
    figure.show(change(LEFT, shifted(5)))
    colors = palette()
    assert color_in(figure, 2, 0.6, 0.5) == colors.changed
    assert color_in(figure, 2, 0.3, 0.5) == color_in(figure, 2, 0.9, 0.5) == colors.wash
    assert color_in(figure, 0, 0.6, 0.5) == color_in(figure, 0, 0.9, 0.5) != color_in(figure, 0, 0.2, 0.5)
    assert color_in(figure, 1, 0.6, 0.5) == color_in(figure, 1, 0.2, 0.5) == color_in(figure, 0, 0.2, 0.5)
    assert figure.text(".title span") == "difference: 25 % of the plane, all of it near data"
    heads = figure.shadow.locator(".triptych .title").all_inner_texts()
    assert [head.split() for head in heads] == [
        ["Before", "12", "units"],
        ["After", "5", "units"],
        ["Difference", "25", "%", "near", "data"],
    ]


def test_the_same_answers_leave_no_magenta_even_where_they_are_less_sure(page: Any, draw: Any) -> None:
    wide(page)
    figure = draw("decision_change", "change")
    less = Answers(LEFT, np.where(LEFT == 1, 0.51, 1.0))
    figure.show(
        decision_change_payload(
            Answers(LEFT, np.ones(LEFT.shape)),
            less,
            near=np.ones(LEFT.shape, bool),
            class_names=("left", "right"),
            units=(12, 5),
        )
    )
    colors = {color_in(figure, 2, x, 0.5) for x in np.linspace(0.4, 0.6, 41)}
    assert colors == {palette().wash}
    assert figure.text(".title span") == "difference: the same answers all over the plane"


def test_a_border_lies_where_both_are_equally_sure(page: Any, draw: Any) -> None:
    """Linear probabilities that cross a quarter of the way between two points of the grid."""
    wide(page)
    right = np.clip(0.5 + (np.arange(STEPS) - 9.25) / 20, 0, 1)
    classes = np.tile(right > 0.5, (STEPS, 1)).astype(np.int64)
    sure = Answers(classes, np.tile(np.maximum(right, 1 - right), (STEPS, 1)))
    figure = draw("decision_change", "change")
    figure.show(
        decision_change_payload(
            sure, sure, near=np.ones(classes.shape, bool), class_names=("left", "right"), units=(12, 5)
        )
    )
    border = figure.view(
        """(() => {
          const { width } = view.plane;
          const image = view.images.list[0];
          const row = new Uint32Array(image.data.buffer, 4 * image.width * 40, image.width);
          let [green, red] = [0, 0];
          let place = 0;
          for (; place < row.length; place++) {
            red = row[place] & 255; green = (row[place] >> 8) & 255;
            if (red > green) break;
          }
          return place / (image.width - 1);
        })()"""
    )
    assert border == pytest.approx(9.25 / (STEPS - 1), abs=0.006)


def test_the_picture_before_is_kept_as_long_as_nothing_of_it_changes(page: Any, draw: Any) -> None:
    wide(page)
    figure = draw("decision_change", "change")
    figure.show(change(LEFT, shifted(5)))
    figure.view("window.kept = view.images.list[0]")
    figure.show(change(LEFT, shifted(3)))
    assert figure.view("window.kept === view.images.list[0]")
    assert color_in(figure, 2, 0.72, 0.5) == palette().wash
    near = np.zeros(LEFT.shape, bool)
    figure.show(change(LEFT, shifted(3), near))
    assert not figure.view("window.kept === view.images.list[0]")
    figure.view("window.kept = view.images.list[0]")
    figure.show(change(1 - LEFT, shifted(3), near))
    assert not figure.view("window.kept === view.images.list[0]")


def test_what_is_far_from_data_is_striped_and_said(page: Any, draw: Any) -> None:
    wide(page)
    near = np.zeros(LEFT.shape, bool)
    near[: STEPS // 2] = True
    figure = draw("decision_change", "change")
    figure.show(change(LEFT, shifted(5), near))
    assert len({color_in(figure, 0, 0.2, y) for y in (0.1, 0.12, 0.15)}) == 1
    assert len({color_in(figure, 0, 0.2, y) for y in np.linspace(0.8, 0.9, 12)}) > 1
    assert point_at(page, figure, 0, 0.6, 0.8) == [
        "Answered differently",
        "before: right, 100 % sure",
        "after: left, 100 % sure",
        "far from all data",
    ]
    assert point_at(page, figure, 2, 0.2, 0.1)[0] == "Answered the same"


def test_no_point_near_data(page: Any, draw: Any) -> None:
    figure = draw("decision_change", "change")
    figure.show(change(LEFT, shifted(5), np.zeros(LEFT.shape, bool)))
    assert figure.text(".title span") == "difference: 25 % of the plane, none of it near data"


def test_changed_samples_are_ringed_and_told(page: Any, draw: Any) -> None:
    wide(page)
    figure = draw("decision_change", "change")
    train = (np.array([[0.25, 0.5], [0.6, 0.5]]), np.array([0, 1]))
    test = (np.array([[0.8, 0.25]]), np.array([1]))
    figure.show(change(LEFT, shifted(5), train=train, test=test, changed=([1], [])))
    assert point_at(page, figure, 1, 0.6, 0.5)[-1] == "train sample, right: its decision changed"
    assert point_at(page, figure, 1, 0.8, 0.25)[-1] == "test sample, right"
    for panel in range(3):
        assert palette().changed in colors_around(figure, panel, 0.6, 0.5, 8)
        assert palette().changed not in colors_around(figure, panel, 0.8, 0.25, 8)
    assert figure.shadow.locator(".legend").is_visible()
    # On the difference only what changed is drawn.
    assert color_in(figure, 2, 0.25, 0.5) == palette().wash


def test_anchors_and_regions_have_their_names(page: Any, draw: Any) -> None:
    wide(page)
    figure = draw("decision_change", "change")
    anchors = (np.array([[0.2, 0.2], [0.2, 0.8], [0.8, 0.5]]), np.array([0, 0, 1]))
    names = ("3", "a rather long name of a class")
    figure.show(change(LEFT, LEFT, anchors=anchors, class_names=names, off_plane=2.3))
    for x, y in ((0.2, 0.2), (0.2, 0.8), (0.8, 0.5)):
        assert palette().ink in colors_around(figure, 2, x, y, 9)
    assert colors_around(figure, 2, 0.5, 0.2, 9) == {palette().wash}
    assert figure.shadow.locator(".legend span").all_inner_texts() == list(names)
    assert "so they are not drawn" in figure.text(".caption")


def test_where_it_is_narrow_the_difference_stands_below(page: Any, draw: Any) -> None:
    wide(page, 390)
    figure = draw("decision_change", "change")
    figure.show(change(LEFT, shifted(5)), height=330)
    boxes = [figure.shadow.locator(".triptych .plot").nth(place).bounding_box() for place in range(3)]
    assert boxes[0]["y"] == boxes[1]["y"] < boxes[2]["y"]
    assert figure.view("view.stage.root.clientHeight") == 495
    assert figure.view("view.plane.height") > 120
    wide(page, 900)
    page.wait_for_timeout(100)
    assert figure.view("view.stage.root.clientHeight") == 330


def test_the_pointer_is_seen_in_all_three(page: Any, draw: Any) -> None:
    wide(page)
    figure = draw("decision_change", "change")
    figure.show(change(LEFT, shifted(5)))
    point_at(page, figure, 0, 0.5, 0.5)
    drawn = """view.panels.map(({ overlay: { canvas, context } }) =>
        context.getImageData(0, 0, canvas.width, canvas.height).data.some((part) => part > 0))"""
    assert figure.view(drawn) == [True, True, True]
    page.mouse.move(5, 880)
    assert figure.view(drawn) == [False, False, False]
    labels = figure.shadow.locator(".triptych .plot").evaluate_all(
        "(plots) => plots.map((plot) => plot.getAttribute('aria-label'))"
    )
    assert labels == [
        "Decision function, before: 12 units",
        "Decision function, after: 5 units",
        "Decision function, difference: 25 % of the plane, all of it near data",
    ]


def test_three_hundred_classes_and_one_sample_are_painted_quickly(page: Any, draw: Any) -> None:
    wide(page, 1200)
    classes = np.arange(96 * 96).reshape(96, 96) % 300
    names = [f"class {number}" for number in range(300)]
    one = (np.array([[0.5, 0.5]]), np.array([299]))
    figure = draw("decision_change", "change")
    figure.show(change(classes, classes, class_names=names, train=one, units=(100_000, 1)))
    assert figure.cost("stage.accept(shown); view.panels[2].surface.context.getImageData(0, 0, 1, 1)") < 500
    assert figure.text(".triptych > :nth-child(2) .title span") == "1 unit"
    assert point_at(page, figure, 0, 0.5, 0.5)[-1] == "train sample, class 299"


def test_names_of_classes_are_never_markup(page: Any, draw: Any) -> None:
    evil = "<img src=x onerror='window.hit=1'>"
    figure = draw("decision_change", "change")
    figure.show(change(LEFT, shifted(5), class_names=(evil, "b"), title=evil))
    assert point_at(page, figure, 0, 0.2, 0.5)[1] == f"before: {evil}, 100 % sure"
    assert page.evaluate("window.hit") is None
