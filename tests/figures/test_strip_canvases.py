"""Strips and the similarity matrix in a real browser."""

from typing import Any

import numpy as np
import pytest

from effdash.figures import Payload, similarity_payload, strips_payload
from effdash.figures.strips import StripSection
from effdash.figures.theme import palette
from effdash.permutations import SampleOrders

pytestmark = pytest.mark.browser

GROUP = StripSection((1, 0), "alike", "Spearman 0.95", "They put the samples in nearly the same order.")
FOLDED = StripSection((2, 3), "2 like no other", folded=True)
EVIL = "<img src=x onerror='window.hit=1'>"
SIMILARITY = np.array([[1, 0.95, -1, 0], [0.95, 1, 0.2, 0], [-1, 0.2, 1, 0], [0, 0, 0, 1]])


def strips(samples: int = 10, **more: Any) -> Payload:
    """Four units; the first half of the samples is of the first class, the other of the second."""
    orders = np.tile(np.arange(samples), (4, 1))
    orders[0] = orders[0][::-1]
    cut = np.array([samples // 2, 0, samples, 0])
    return strips_payload(
        SampleOrders(orders, cut),
        cut,
        np.array([2, 1, 0, 2], dtype=np.uint8),
        (np.arange(samples) >= samples // 2).astype(int),
        more.pop("sections", [GROUP, FOLDED]),
        class_names=more.pop("class_names", ["no", EVIL]),
        layer=more.pop("layer", "fc1"),
        taken=more.pop("taken", "train · epoch 4"),
        split="train",
        **more,
    )


def matrix(**more: Any) -> Payload:
    return similarity_payload(SIMILARITY, [GROUP, FOLDED], layer="fc1", taken="train", **more)


def middle(figure: Any, row: int, share: float) -> tuple[float, float]:
    """A place in a strip, in the pixels of the plot."""
    across = f"view.left + {share} * (view.right - view.left)"
    x, y = figure.view(f"[{across}, view.y(view.rows.tops[{row}]) + view.rows.thick / 2]")
    return x, y


def color(figure: Any, row: int, share: float) -> str:
    return str(figure.color_at("surface", *(round(part) for part in middle(figure, row, share))))


def point_at(page: Any, figure: Any, x: float, y: float) -> tuple[float, float]:
    box = figure.shadow.locator(".plot").bounding_box()
    page.mouse.move(box["x"] + x, box["y"] + y)
    return box["x"] + x, box["y"] + y


@pytest.mark.parametrize("samples", [10, 400])
def test_a_strip_has_the_classes_in_the_units_order(draw: Any, samples: int) -> None:
    figure = draw("strips", "strips")
    figure.show(strips(samples))
    first, second = palette().classes[:2]
    # The first row is unit 1: in the order of the samples, nothing erased.
    assert [color(figure, 0, share) for share in (0.25, 0.75)] == [first, second]
    # The second row is unit 0: backwards, its lower half erased.
    assert color(figure, 1, 0.75) == first
    assert color(figure, 1, 0.25) not in (first, second)
    assert color(figure, 1, 0.5) == palette().ink
    assert figure.view("view.painter.single") == (samples == 10)


@pytest.mark.parametrize("samples", [10, 400])
def test_a_class_stands_against_the_rest_in_every_figure_until_it_is_clicked_again(
    draw: Any, samples: int
) -> None:
    one, other = draw("strips", "one"), draw("strips", "other")
    for figure in (one, other):
        figure.show(strips(samples))
    first, second = palette().classes[:2]
    button = one.shadow.locator(".picker button").nth(1)
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    for figure in (one, other):
        assert color(figure, 0, 0.75) == second
        assert color(figure, 0, 0.25) not in (first, second)
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    for figure in (one, other):
        assert color(figure, 0, 0.25) == first


def test_classes_that_have_no_room_stand_in_a_list(draw: Any) -> None:
    figure = draw("strips", "strips")
    names = [f"class {number}" for number in range(300)]
    figure.show(strips(400, class_names=names))
    shown = figure.shadow.locator(".picker button").count()
    assert 1 <= shown < 6
    more = figure.shadow.locator(".picker select")
    assert figure.view("view.picker.node.scrollWidth <= view.picker.node.clientWidth")
    assert more.locator("option").count() == 300 - shown + 1
    more.select_option("250")
    assert figure.view("view.picker.chosen") == 250
    more.select_option("")
    assert figure.view("view.picker.chosen") is None


def test_a_click_on_a_strip_turns_to_its_unit(page: Any, draw: Any) -> None:
    figure = draw("strips", "strips")
    figure.show(strips(chosen=1, other=0))
    x, y = point_at(page, figure, *middle(figure, 1, 0.9))
    page.mouse.click(x, y)
    assert figure.letters() == [["unit", 0, 1]]
    assert figure.view("view.chosen") == 0
    # Until the server has heard of it, what it says is late; then it counts, whoever changed it.
    figure.show(strips(chosen=1, other=0))
    assert figure.view("view.chosen") == 0
    figure.show(strips(chosen=3), heard=1)
    assert figure.view("view.chosen") == 3


def test_keys_walk_over_the_rows_that_are_shown(page: Any, draw: Any) -> None:
    figure = draw("strips", "strips")
    figure.show(strips(chosen=1))
    figure.shadow.locator(".plot").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert figure.text(".spoken") == "fc1 · 0, nonlinear on train"
    assert figure.letters() == [["unit", 0, 1]]


def test_the_rest_is_folded_until_it_is_opened(draw: Any) -> None:
    figure = draw("strips", "strips")
    figure.show(strips(chosen=1), height=260)
    fold = figure.shadow.locator(".fold")
    assert fold.inner_text() == "2 like no other ▸"
    assert figure.view("view.rows.tops.filter(Number.isFinite).length") == 2
    pitch, height = figure.view("[view.rows.pitch, view.stage.root.offsetHeight]")
    fold.click()
    assert fold.get_attribute("aria-expanded") == "true"
    assert figure.view("view.rows.tops.filter(Number.isFinite).length") == 4
    assert figure.view("[view.rows.pitch, view.stage.root.offsetHeight]") == [pitch, height]
    assert figure.sent() == []


def test_a_unit_in_the_fold_opens_it(draw: Any) -> None:
    figure = draw("strips", "strips")
    figure.show(strips(chosen=3), height=240)
    assert figure.view("view.open")
    top, visible = figure.view("[view.y(view.rows.tops[3]), view.visible]")
    assert 0 <= top < visible - 10
    figure.show(strips(layer="fc2", chosen=1), height=240)
    assert not figure.view("view.open")


def test_at_another_epoch_the_fold_stays_as_it_was_left(draw: Any) -> None:
    figure = draw("strips", "strips")
    figure.show(strips(chosen=3))
    figure.shadow.locator(".fold").click()
    figure.show(strips(chosen=3, taken="train · epoch 5"))
    assert not figure.view("view.open")
    figure.shadow.locator(".fold").click()
    figure.show(strips(chosen=3, taken="train · epoch 6"))
    assert figure.view("view.open")


def test_rows_that_have_no_room_are_scrolled(draw: Any) -> None:
    units = 100
    orders = SampleOrders(np.tile(np.arange(10), (units, 1)), np.zeros(units, int))
    payload = strips_payload(
        orders,
        orders.cut,
        np.full(units, 2, dtype=np.uint8),
        np.zeros(10, int),
        [StripSection(tuple(range(units)), "")],
        class_names=["one"],
        layer="fc1",
        taken="train",
        split="train",
        chosen=90,
    )
    figure = draw("strips", "strips")
    figure.show(payload, height=400)
    assert figure.view("view.stage.root.offsetHeight") == 400
    assert figure.view("view.plot.scrollTop") > 0
    top, visible = figure.view("[view.y(view.rows.tops[90]), view.visible]")
    assert 0 <= top <= visible - 15


def test_what_is_under_the_pointer_is_told_in_words(page: Any, draw: Any) -> None:
    page.set_viewport_size({"width": 700, "height": 900})
    figure = draw("strips", "strips")
    figure.show(strips(numbers=np.arange(10) * 100))
    point_at(page, figure, *middle(figure, 1, 0.25))
    assert figure.tip() == [
        "fc1 · 0",
        "nonlinear on train",
        f"sample 700: {EVIL}",
        "place 3 of 10 from the lowest",
        "5 of 10 samples at or below 0",
        "erased: its order is not told on",
    ]
    figure.show(strips(400))
    point_at(page, figure, *middle(figure, 0, 0.01))
    assert figure.tip() == [
        "fc1 · 1",
        "linear on train",
        "places 1 to 7 of 400 from the lowest",
        "no 100 %",
        "0 of 400 samples at or below 0",
    ]
    x, y = figure.view("[view.right + 30, view.y(view.rows.tops[1])]")
    point_at(page, figure, x, y)
    assert figure.tip() == ["alike: 2 units", "Spearman 0.95", GROUP.hover]
    assert page.evaluate("window.hit") is None


def test_a_layer_without_rows_is_drawn(draw: Any) -> None:
    figure = draw("strips", "strips")
    figure.show(strips(sections=[], caption="All units are silent."))
    assert figure.text(".strip-caption") == "All units are silent."


def cell(figure: Any, row: int, column: int) -> tuple[float, float]:
    x, y = figure.view(f"[view.left + ({column} + 0.5) * view.cell, view.top + ({row} + 0.5) * view.cell]")
    return x, y


def test_cells_have_the_color_of_their_similarity(draw: Any) -> None:
    figure = draw("similarity", "matrix")
    figure.show(matrix())
    scale = palette().diverging

    def at(row: int, column: int) -> str:
        return str(figure.color_at("surface", *(round(part) for part in cell(figure, row, column))))

    # Rows are the units 1, 0, 2, 3.
    assert at(0, 0) == scale[-1]
    assert at(1, 2) == scale[0]
    assert at(0, 3) == scale[len(scale) // 2]


def test_a_click_on_a_cell_tells_the_pair(page: Any, draw: Any) -> None:
    figure = draw("similarity", "matrix")
    figure.show(matrix(chosen=1, other=0), sends=("pair",))
    x, y = point_at(page, figure, *cell(figure, 1, 2))
    assert figure.tip() == ["fc1 · 0 and fc1 · 2", "order similarity −1.00"]
    page.mouse.click(x, y)
    assert figure.letters() == [["pair", 0 * 4 + 2, 1]]
    point_at(page, figure, *cell(figure, 0, 1))
    assert figure.tip() == ["fc1 · 1 and fc1 · 0", "order similarity 0.95", "alike"]
    point_at(page, figure, *cell(figure, 3, 3))
    assert figure.tip() == ["fc1 · 3", "itself"]


def test_keys_move_the_pair(page: Any, draw: Any) -> None:
    figure = draw("similarity", "matrix")
    figure.show(matrix(chosen=1, other=0), sends=("pair",))
    figure.shadow.locator(".plot").focus()
    page.keyboard.press("ArrowRight")
    assert figure.text(".spoken") == "fc1 · 1 and fc1 · 2, order similarity 0.20"
    page.keyboard.press("ArrowDown")
    assert figure.view("view.pair") == 0 * 4 + 2
    assert figure.letters() == [["pair", 1 * 4 + 2, 1]]
    figure.show(matrix(chosen=1, other=2), sends=("pair",), heard=1)
    assert figure.letters()[1:] == [["pair", 0 * 4 + 2, 2]]


def test_five_hundred_units_are_there_within_half_a_second(page: Any, draw: Any) -> None:
    units = 500
    similarity = np.corrcoef(np.random.default_rng(0).normal(size=(units, 40)))
    sections = [StripSection(tuple(range(units)), "")]
    figure = draw("similarity", "matrix")
    figure.show(similarity_payload(similarity, sections, layer="fc1", taken="train"))
    assert (
        figure.cost("view.painted = null; stage.paint(); view.surface.context.getImageData(0, 0, 1, 1)") < 500
    )


def test_128_strips_of_1437_samples_are_there_within_300_ms(page: Any, draw: Any) -> None:
    rng = np.random.default_rng(0)
    orders = np.stack([rng.permutation(1437) for _ in range(128)])
    payload = strips_payload(
        SampleOrders(orders, np.full(128, 700)),
        np.full(128, 700),
        np.full(128, 2, dtype=np.uint8),
        rng.integers(0, 10, 1437),
        [StripSection(tuple(range(128)), "")],
        class_names=[str(digit) for digit in range(10)],
        layer="fc1",
        taken="train",
        split="train",
    )
    page.set_viewport_size({"width": 700, "height": 900})
    figure = draw("strips", "strips")
    figure.show(payload, height=700)
    assert figure.cost("stage.paint(); view.surface.context.getImageData(0, 0, 1, 1)") < 300
