"""A network is made smaller: Auto, the evidence of a unit, back it comes, the slider, undo, the address."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from effdash.config import NetworkConfig, RunConfig
from effdash.runs import Run, open_run, send
from effdash.training.process import TrainerProcess

from .conftest import PATIENCE, settled, view_of, visit, wait_for_view

pytestmark = pytest.mark.browser

VIEW = "plot => plot.closest('.effdash').stage.view"


def prune_map(page: Page) -> Locator:
    """The plot of the map of kept and removed units, painted."""
    plot = page.get_by_role("application", name="Kept and removed")
    expect(plot).to_have_count(1)
    page.wait_for_function(f"plot => ({VIEW})(plot).map", arg=plot.element_handle())
    return plot


def cell(page: Page, unit: int) -> dict[str, float]:
    """Where in the map the middle of a unit's cell is; units are numbered over all layers."""
    x, y = prune_map(page).evaluate(
        "(plot, unit) => { const { view } = plot.closest('.effdash').stage;"
        " const { x, y } = view.cornerOf(unit);"
        " return [x + view.map.cellWidth / 2, y + view.map.cellHeight / 2]; }",
        unit,
    )
    return {"x": x, "y": y}


def kept(page: Page) -> int:
    """How many units the numbers say are kept."""
    return int(page.locator(".numbers b").first.inner_text().replace(",", ""))


def wait_for_kept(page: Page, units: int) -> None:
    expect(page.locator(".numbers b").first).to_have_text(f"{units:,}")


def wait_for_another_plan(page: Page, plan: str | None) -> str:
    page.wait_for_function("plan => new URLSearchParams(location.search).get('plan') !== plan", arg=plan)
    return view_of(page).get("plan")


def gone_unit(page: Page) -> int:
    """The first removed unit of the map that no pin holds, over all layers."""
    return prune_map(page).evaluate(
        "plot => { const { state } = plot.closest('.effdash').stage.view;"
        " for (let unit = 0; unit < state.units; unit++)"
        " if (state.isGone(unit) && !state.pins.has(unit)) return unit; }"
    )


def slide_to(page: Page, share: float) -> None:
    """Moves the slider of kept units so far towards its end, as a hand does."""
    slider = page.get_by_role("slider", name="Units kept")
    slider.evaluate(
        "(slider, share) => { slider.value = Math.round(share * slider.max);"
        " slider.dispatchEvent(new Event('input', { bubbles: true })); }",
        share,
    )


@pytest.fixture
def moving(runs) -> Iterator[Path]:
    """A run that the process of a trainer writes, some 25 epochs a second, while the test lasts."""
    network = NetworkConfig(depth=2, width=6)
    config = RunConfig(name="moving", network=network, epochs=2_000, checkpoints=1_000, device="cpu")
    path = runs / f"{TrainerProcess().train(config, runs, pace=25.0)}.effdash"
    yield path
    send(path, "stop")


def wait_for_run(path: Path, is_so: Callable[[Run], bool]) -> None:
    ends = time.monotonic() + PATIENCE / 1000
    while not is_so(open_run(path)):
        assert time.monotonic() < ends, "the run did not come so far"
        time.sleep(0.1)


def pruned_epoch(page: Page) -> int:
    """Which epoch of a run that still trains the page says is pruned."""
    told = page.get_by_text("The run still trains; what is pruned is epoch").inner_text()
    return int(re.search(r"is epoch (\d+)", told)[1])


def test_a_network_is_made_smaller_step_by_step_and_back(page):
    visit(page, "/prune?run=digits-deep")
    wait_for_kept(page, 256)
    plans: list[str | None] = [None]
    page.get_by_role("button", name="Auto: no decision changed").click()
    plans.append(wait_for_another_plan(page, None))
    settled(page)
    after_auto = kept(page)
    assert after_auto < 200
    changed = page.locator(".numbers > div", has_text=re.compile("changed.*train"))
    expect(changed.locator("b")).to_have_text("0")

    # The evidence of one that is gone, and back it comes: it is pinned.
    unit = gone_unit(page)
    prune_map(page).click(position=cell(page, unit), button="right")
    layer, number = f"fc{unit // 32 + 1}", unit % 32
    wait_for_view(page, layer=layer, unit=number)
    expect(page.get_by_role("heading", name=f"{layer} · {number}", exact=True)).to_be_visible()
    page.get_by_role("button", name="Bring it back").click()
    plans.append(wait_for_another_plan(page, plans[-1]))
    wait_for_kept(page, after_auto + 1)
    expect(page.get_by_role("button", name="Unpin")).to_be_visible()

    slide_to(page, 0.9)
    plans.append(wait_for_another_plan(page, plans[-1]))
    settled(page)

    # Seven more steps by hand, on units that stay.
    for _ in range(7):
        staying = prune_map(page).evaluate(
            "plot => { const { state } = plot.closest('.effdash').stage.view;"
            " for (let unit = 0; unit < state.units; unit++) {"
            " const layer = state.locate(unit).layer;"
            " if (!state.isGone(unit) && !state.pins.has(unit) && state.kept[layer] > 2) return unit; } }"
        )
        prune_map(page).click(position=cell(page, staying))
        plans.append(wait_for_another_plan(page, plans[-1]))
        settled(page)
    assert len(plans) == 11
    for plan in plans[-2::-1]:
        page.keyboard.press("Control+z")
        wait_for_view(page, plan=plan)
        settled(page)
    wait_for_kept(page, 256)
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_disabled()
    for plan in plans[1:]:
        page.get_by_role("button", name="Redo", exact=True).click()
        wait_for_view(page, plan=plan)
        settled(page)
    left, address = kept(page), view_of(page)
    page.reload()
    settled(page)
    wait_for_kept(page, left)
    assert view_of(page) == address


def test_no_step_is_lost_where_the_hand_is_faster_than_the_page(page):
    visit(page, "/prune?run=digits-deep")
    wait_for_kept(page, 256)
    places = [cell(page, unit) for unit in (34, 66, 98, 130)]  # one of each layer
    for place in places:
        prune_map(page).click(position=place)
    for _ in range(2):
        page.keyboard.press("Control+z")
    wait_for_kept(page, 254)
    for _ in range(2):
        page.keyboard.press("Control+z")
    wait_for_kept(page, 256)
    wait_for_view(page, plan=None)
    for _ in places:
        page.keyboard.press("Control+Shift+Z")
    wait_for_kept(page, 252)
    # What need not move with the hand has followed when it rests.
    expect(page.get_by_role("button", name="Clear 4 pins")).to_be_enabled()


def test_a_run_that_trains_on_is_pruned_at_one_epoch_until_the_newest_weights_are_wanted(page, moving):
    def trained_on() -> None:
        last = open_run(moving).last_epoch
        wait_for_run(moving, lambda run: run.last_epoch >= last + 20)

    visit(page, f"/prune?run={moving.stem}")
    wait_for_kept(page, 12)
    held = pruned_epoch(page)
    trained_on()
    prune_map(page).click(position=cell(page, 3))
    wait_for_kept(page, 11)
    wait_for_view(page, epoch=held)
    plan = view_of(page)["plan"]
    trained_on()
    prune_map(page).click(position=cell(page, 8))
    wait_for_kept(page, 10)
    page.keyboard.press("Control+z")
    wait_for_kept(page, 11)
    assert pruned_epoch(page) == held

    page.get_by_role("button", name="Prune the newest weights").click()
    wait_for_view(page, epoch=None, plan=plan)
    settled(page)
    assert pruned_epoch(page) >= held + 40
    wait_for_kept(page, 11)
    page.keyboard.press("Control+z")
    wait_for_kept(page, 12)
    expect(page.get_by_text("does not fit this run")).to_have_count(0)
