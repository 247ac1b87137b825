"""A walk over the Permutations page: a strip, a cell, a class, the fold; and the address keeps it all."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import PATIENCE, settled, view_of, visit, wait_for_view

pytestmark = pytest.mark.browser

ADDRESS = "/permutations?run=digits-wide&layer=fc2"
VIEW = 'plot.closest(".effdash").stage.view'
ROW = f"""(plot, row) => {{
  const view = {VIEW};
  return [view.right - 20, view.y(view.rows.tops[row]) + view.rows.thick / 2, view.units[row]];
}}"""
CELL = f"""(plot, [row, column]) => {{
  const view = {VIEW};
  const at = (place) => (place + 0.5) * view.cell;
  return [view.left + at(column), view.top + at(row), view.units[row], view.units[column]];
}}"""


def figure(page: Page, name: str, part: str) -> Locator:
    """A plot, painted."""
    plot = page.get_by_role("application", name=re.compile(f"^{name}"))
    expect(plot).to_have_count(1)
    page.wait_for_function(f"plot => {VIEW}.{part}", arg=plot.element_handle(), timeout=PATIENCE)
    return plot


def strips(page: Page) -> Locator:
    return figure(page, "What order each unit puts the samples in", "rows")


def matrix(page: Page) -> Locator:
    return figure(page, "Order similarity", "cell")


def click_row(page: Page, row: int) -> int:
    """Clicks on a strip; its unit."""
    plot = strips(page)
    x, y, unit = plot.evaluate(ROW, row)
    plot.click(position={"x": x, "y": y})
    return unit


def unit_named(page: Page, unit: int) -> Locator:
    return page.locator(".figure-title b", has_text=re.compile(f"^fc2 · {unit}$"))


def test_a_strip_a_cell_and_a_reload(page):
    visit(page, ADDRESS)
    unit = click_row(page, 3)
    wait_for_view(page, layer="fc2", unit=unit, other=None)
    expect(unit_named(page, unit)).to_be_visible()
    plot = matrix(page)
    x, y, first, second = plot.evaluate(CELL, [5, 40])
    plot.click(position={"x": x, "y": y})
    wait_for_view(page, layer="fc2", unit=first, other=second)
    expect(unit_named(page, first)).to_be_visible()
    assert strips(page).evaluate(f"plot => [{VIEW}.chosen, {VIEW}.header.other]") == [first, second]
    before = view_of(page)
    page.reload()
    settled(page)
    expect(unit_named(page, first)).to_be_visible()
    assert view_of(page) == before
    assert strips(page).evaluate(f"plot => {VIEW}.chosen") == first
    assert matrix(page).evaluate(f"plot => {VIEW}.pair") == first * 128 + second


def test_a_class_stands_against_the_rest_in_all_figures_without_the_server(page):
    visit(page, ADDRESS)
    strips(page)
    page.locator(".picker").first.get_by_role("button", name="3", exact=True).click()
    pressed = page.locator(".picker [aria-pressed=true]")
    expect(pressed.first).to_have_text("3")
    assert set(pressed.all_inner_texts()) == {"3"}
    assert strips(page).evaluate(f"plot => {VIEW}.picker.chosen") == 3
    click_row(page, 2)
    wait_for_view(page, other=None)
    expect(page.locator(".picker [aria-pressed=true]").first).to_have_text("3")


def test_the_rest_is_opened_and_a_unit_of_it_chosen_by_keys(page):
    visit(page, ADDRESS)
    plot = strips(page)
    page.get_by_role("button", name="like no other").click()
    shown = plot.evaluate(f"plot => {VIEW}.rows.tops.filter(Number.isFinite).length")
    assert shown == plot.evaluate(f"plot => {VIEW}.units.length")
    plot.focus()
    page.keyboard.press("End")
    last = plot.evaluate(f"plot => {VIEW}.units.at(-1)")
    wait_for_view(page, unit=last)
    page.reload()
    settled(page)
    assert strips(page).evaluate(f"plot => {VIEW}.open")


def test_from_a_unit_to_its_order_and_back(page):
    visit(page, "/units?run=digits-wide&layer=fc2&unit=46")
    page.get_by_role("link", name="its order").click()
    expect(strips(page)).to_be_visible()
    wait_for_view(page, run="digits-wide", layer="fc2", unit=46)
    assert strips(page).evaluate(f"plot => {VIEW}.chosen") == 46
    page.get_by_role("link", name="its card").click()
    expect(page.get_by_role("heading", name="fc2 · 46", exact=True)).to_be_visible()


def test_a_phone_does_not_scroll_sideways(new_page):
    page = visit(new_page(viewport={"width": 390, "height": 844}), ADDRESS)
    strips(page)
    assert page.evaluate(
        "[document.documentElement, ...document.querySelectorAll('[data-testid=stMain]')]"
        ".every(node => node.scrollWidth <= node.clientWidth + 1)"
    )
