"""What a person does on a first visit: watch the film, open an example, read what is wrong, train, steer."""

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import NONLINEAR, click_cell, served, settled, unit_map, view_of, visit, wait_for_view

pytestmark = pytest.mark.browser


EPOCH = "plot => plot.closest('.effdash').stage.view.epochs.epoch"
OUTLINED = """plot => {
  const { highlight, record, epochs } = plot.closest(".effdash").stage.view;
  const outlined = new Set(highlight);
  const status = [...record.statusAt(epochs.index)].map((code) => code & 3);
  const statuses = (inside) => [...new Set(status.filter((_, unit) => outlined.has(unit) === inside))].sort();
  return { units: outlined.size, inside: statuses(true), outside: statuses(false) };
}"""
"""How many units are outlined, and which statuses are found among these and among the others."""


def title_of_map(page: Page):
    return unit_map(page).locator("xpath=ancestor::*[contains(@class, 'effdash')]").locator(".title")


def caption_of_map(page: Page):
    return unit_map(page).locator("xpath=ancestor::*[contains(@class, 'effdash')]").locator(".caption")


def test_from_the_first_page_to_a_unit_and_back_by_its_address(page, new_page):
    visit(page, "/")
    expect(page.get_by_role("heading", name="What the units of a network really do")).to_be_visible()
    page.get_by_role("button", name="Open “Born dead”").click()
    wait_for_view(page, run="born-dead")
    settled(page)
    click_cell(page, 17)
    wait_for_view(page, layer="fc3", unit="1")
    heading = page.get_by_role("heading", name="fc3 · 1", exact=True)
    expect(heading).to_be_visible()
    assert view_of(page) == {"run": "born-dead", "layer": "fc3", "unit": "1"}
    page.reload()
    settled(page)
    expect(heading).to_be_visible()
    other = visit(new_page(), page.url)
    expect(other.get_by_role("heading", name="fc3 · 1", exact=True)).to_be_visible()
    assert view_of(other) == view_of(page)
    assert unit_map(other).evaluate("plot => plot.closest('.effdash').stage.view.selected.value") == 17


def test_from_the_film_over_the_diagnosis_to_a_unit(new_page, tmp_path):
    with served(tmp_path / "runs", tmp_path) as address:
        page = visit(new_page(address), "/")
        film = unit_map(page, "30 layers of 8 units").element_handle()
        first = page.evaluate(EPOCH, film)
        page.wait_for_function(f"([plot, first]) => ({EPOCH})(plot) > first + 20", arg=[film, first])
        page.get_by_role("button", name="Open this run").click()
        wait_for_view(page, run="revived")
        page.get_by_role("button", name="94 % of the units were dead or linear on train").click()
        wait_for_view(page, run="revived", finding="born_dead", epoch=0)
        expect(caption_of_map(page)).to_have_text(
            "Outlined: 226 units, dead or linear before the first step (epoch 0)."
        )
        outlined = unit_map(page).evaluate(OUTLINED)
        assert outlined == {"units": 226, "inside": [0, 1], "outside": [2]}
        click_cell(page, 17)
        wait_for_view(page, layer="fc3", unit=1)
        heading = page.get_by_role("heading", name="fc3 · 1", exact=True)
        expect(heading).to_be_visible()
        before = view_of(page)
        page.reload()
        settled(page)
        expect(heading).to_be_visible()
        assert view_of(page) == before
        assert unit_map(page).evaluate(OUTLINED) == outlined


def test_the_epoch_is_scrubbed_by_keys_and_goes_into_the_address(page):
    visit(page, "/units?run=revived&layer=fc3&unit=1")
    unit_map(page)
    slider = page.get_by_role("slider", name="epoch")
    slider.focus()
    page.keyboard.press("Home")
    expect(title_of_map(page)).to_contain_text("epoch 0")
    wait_for_view(page, epoch="0")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    epoch = slider.get_attribute("aria-valuetext").split()[1]
    assert epoch != "0"
    expect(title_of_map(page)).to_contain_text(f"epoch {epoch}")
    wait_for_view(page, epoch=epoch, layer="fc3", unit="1", run="revived")
    page.keyboard.press("End")
    wait_for_view(page, epoch=None)


def choose_preset(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).or_(
        page.get_by_role("button", name=name, exact=True)
    ).click()


def epoch_on(page: Page) -> int:
    """The epoch in the numbers on the page of training."""
    text = page.locator(".numbers > div", has_text="epoch").locator("b").inner_text()
    return int(text.split("/")[0])


def wait_for_epoch(page: Page, least: int) -> None:
    page.wait_for_function(
        "least => Number(document.querySelector('.numbers b')?.innerText.split('/')[0]) >= least", arg=least
    )


def start_slow_training(page: Page, epochs: int | None = None) -> str:
    """Starts the run to be revived by hand, 20 epochs a second; gives its id when it is on the screen."""
    visit(page, "/train")
    choose_preset(page, "Revive it yourself")
    expect(page.get_by_text("Turn λ up to 0.3 while it trains")).to_be_visible()
    if epochs is not None:
        box = page.get_by_role("spinbutton", name="Epochs")
        box.fill(str(epochs))
        box.press("Enter")
    page.get_by_role("button", name=re.compile("^Train")).click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    unit_map(page)
    return view_of(page)["run"]


def turn_jumpstart_up(page: Page) -> None:
    dial = page.get_by_role("slider", name="Jumpstart λ")
    dial.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(dial).to_have_attribute("aria-valuetext", "0.3")


def test_training_is_watched_and_steered(page):
    run = start_slow_training(page)
    wait_for_epoch(page, 3)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Step")).to_be_visible()
    expect(page.get_by_text("paused", exact=True).first).to_be_visible()
    before = epoch_on(page)
    page.get_by_role("button", name="Step").click()
    wait_for_epoch(page, before + 1)
    assert epoch_on(page) == before + 1
    turn_jumpstart_up(page)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    wait_for_epoch(page, before + 3)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    expect(page.get_by_text("interrupted: stopped at epoch")).to_be_visible()
    expect(page.locator(".facts")).to_contain_text(f"λ 0 → 0.3 at epoch {before + 2}")
    stopped = epoch_on(page)
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    wait_for_epoch(page, stopped + 2)
    assert view_of(page)["run"] == run
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()


def test_a_dead_network_is_revived_by_hand(page):
    start_slow_training(page)
    wait_for_epoch(page, 150)
    plot = unit_map(page)
    assert plot.evaluate(NONLINEAR) < 0.1
    turn_jumpstart_up(page)
    page.get_by_text("Slowly, 20 epochs a second").last.click()
    page.wait_for_function(f"plot => ({NONLINEAR})(plot) > 0.9", arg=plot.element_handle())
    expect(page.locator(".facts")).to_contain_text(re.compile(r"λ 0 → 0.3 at epoch 1\d\d"))
    accuracy = page.locator(".numbers > div", has_text="train accuracy").locator("b")
    expect(accuracy).to_have_text(re.compile(r"^(0\.9|1\.0)"))
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()


def test_training_survives_pages_tabs_and_the_dashboard(page, new_page, runs, tmp_path):
    # Long enough that it still trains when the second dashboard is there, however busy the machine is.
    run = start_slow_training(page, epochs=4000)
    page.get_by_role("link", name="Units").click()
    settled(page)
    wait_for_view(page, run=run)
    unit_map(page)
    page.get_by_role("link", name="Train").click()
    wait_for_epoch(page, 4)
    seen = epoch_on(page)
    page.context.close()
    adopted = visit(new_page(), f"/train?run={run}")
    wait_for_epoch(adopted, seen + 3)
    adopted.get_by_role("button", name="Pause").click()
    expect(adopted.get_by_role("button", name="Step")).to_be_visible()
    seen = epoch_on(adopted)
    with served(runs, tmp_path) as address:
        restarted = visit(new_page(address), f"/train?run={run}")
        restarted.get_by_role("button", name="Continue").click()
        wait_for_epoch(restarted, seen + 6)
        restarted.get_by_role("button", name="Stop").click()
        expect(restarted.get_by_role("button", name="Resume")).to_be_visible()
        for path, words in (("/units", "on train"), ("/train", "New run"), ("/", "What the units")):
            fresh = visit(new_page(address), f"{path}?run=revived&epoch=60")
            expect(fresh.get_by_text(words).first).to_be_visible()
            assert fresh.get_by_role("dialog").count() == 0
            assert "not found" not in fresh.locator("body").inner_text().lower()
            fresh.context.close()
        restarted.context.close()
    expect(adopted.get_by_role("button", name="Resume")).to_be_visible()
