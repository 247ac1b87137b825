"""Two runs beside each other: chosen in the table, scrubbed together, kept by the address; one revived."""

import re
import time

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import NONLINEAR, PATIENCE, settled, view_of, visit, wait_for_view

pytestmark = pytest.mark.browser

BOTH_AT = """([moved, other], place) => {
  const views = [moved, other].map((plot) => plot.closest(".effdash").stage.view);
  views[0].epochs.moveTo(place);
  views[0].epochs.release();
  return views.map((view) => view.epochs.epoch);
}"""
"""Moves one figure and reads both before the browser draws the next frame."""
PAINTED = "plot => Boolean(plot.closest('.effdash').stage?.view?.map)"


def maps(page: Page) -> list[Locator]:
    """The two unit maps, painted."""
    plots = page.get_by_role("application", name="Unit map of")
    expect(plots).to_have_count(2)
    ends = time.monotonic() + PATIENCE / 1000
    # Asked anew every time: while a page arrives, a figure may be mounted again.
    while not all(plot.evaluate(PAINTED) for plot in plots.all()):
        assert time.monotonic() < ends, "a unit map was not painted"
        page.wait_for_timeout(50)
    return plots.all()


def titles(page: Page) -> list[str]:
    return [
        plot.locator("xpath=ancestor::*[contains(@class, 'effdash')]").locator(".title").inner_text()
        for plot in maps(page)
    ]


def test_two_runs_are_chosen_scrubbed_together_and_kept_by_the_address(page):
    visit(page, "/")
    box = page.get_by_role("textbox", name="Filter")
    # Not the row that is chosen at first: what is opened before the table follows the filter closes again.
    box.fill("saved")
    box.press("Enter")
    expect(page.get_by_role("button", name="Open “Saved by jumpstart”")).to_be_visible()
    page.get_by_role("button", name="Side by side").click()
    page.get_by_role("combobox", name="“Saved by jumpstart” beside").click()
    page.get_by_role("option", name="Born dead").click()
    wait_for_view(page, run="jumpstart", **{"with": "born-dead"})
    settled(page)
    left, right = maps(page)
    expect(page.get_by_text("λ 0.3", exact=True)).to_be_visible()
    for moved, other in ((left, right), (right, left)):
        for place in (40, 7):
            both = [moved.element_handle(), other.element_handle()]
            one, following = page.evaluate(f"([plots, place]) => ({BOTH_AT})(plots, place)", [both, place])
            assert one == following
    expect(page.get_by_role("slider", name="epoch")).to_have_attribute(
        "aria-valuetext", f"epoch {one} of 800"
    )
    wait_for_view(page, epoch=one)
    before = titles(page)
    assert all(f"epoch {one}" in title for title in before)
    page.reload()
    settled(page)
    assert titles(page) == before
    assert view_of(page) == {"run": "jumpstart", "with": "born-dead", "epoch": str(one)}
    page.get_by_role("button", name="Swap").click()
    wait_for_view(page, run="born-dead", epoch=one, **{"with": "jumpstart"})
    expect(page.get_by_role("application").first).to_have_attribute("aria-label", re.compile("Born dead"))
    settled(page)
    page.get_by_role("button", name="Close the second").click()
    wait_for_view(page, run="born-dead", **{"with": None})
    expect(page.get_by_role("application", name="Unit map")).to_have_count(1)


def test_the_end_of_a_shorter_run_is_an_epoch_like_any_other(page):
    visit(page, "/units?run=revived&with=born-dead")
    short, long = maps(page)
    both = [short.element_handle(), long.element_handle()]
    last = short.evaluate("plot => plot.closest('.effdash').stage.view.epochs.last")
    assert page.evaluate(f"([plots, place]) => ({BOTH_AT})(plots, place)", [both, last]) == [600, 600]
    wait_for_view(page, epoch=600)
    last = long.evaluate("plot => plot.closest('.effdash').stage.view.epochs.last")
    assert page.evaluate(f"([plots, place]) => ({BOTH_AT})(plots, place)", [both[::-1], last]) == [800, 600]
    wait_for_view(page, epoch=None)


def test_a_dead_network_tried_with_jumpstart_comes_alive_beside_it(page):
    visit(page, "/train?run=born-dead")
    page.get_by_role("button", name="Try with jumpstart").click()
    wait_for_view(page, **{"with": "born-dead"})
    settled(page)
    tried, dead = maps(page)
    run = view_of(page)["run"]
    assert run != "born-dead"
    page.wait_for_function(f"plot => ({NONLINEAR})(plot) > 0.5", arg=tried.element_handle())
    assert dead.evaluate(NONLINEAR) < 0.1
    page.get_by_role("button", name=re.compile("^Steer")).click()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    page.get_by_role("button", name="Side by side").click()
    wait_for_view(page, run=run, **{"with": "born-dead"})
    maps(settled(page))


@pytest.mark.parametrize(
    "path", ["/units?run=revived&with=born-dead", "/units?run=digits-wide&with=born-dead"]
)
def test_a_phone_shows_both_without_scrolling_sideways(new_page, path):
    page = visit(new_page(viewport={"width": 390, "height": 844}), path)
    left, right = (plot.bounding_box() for plot in maps(page))
    assert left["x"] == right["x"]
    assert right["y"] > left["y"] + left["height"]
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
