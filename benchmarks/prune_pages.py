"""How fast the Permutations and Prune pages answer in Chromium: medians of what a person waits for, in ms.

    python -m benchmarks.prune_pages

Needs Debian's chromium. Each time is taken in the browser, from the event to the frame after the answer came.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from benchmarks.pages import PATIENCE, TIMES, report, timed, visited
from effdash.config import DataConfig, NetworkConfig, OptimizerConfig, RunConfig
from effdash.training.session import train

LARGE = RunConfig(
    name="large",
    data=DataConfig(name="spirals", samples=12_000),
    network=NetworkConfig(depth=2, width=1024),
    optimizer=OptimizerConfig(lr=0.002),
    batch_size=512,
    epochs=3,
)
"""10,200 training samples, of which pruning looks at 10,000."""
WIDE = LARGE.model_copy(update={"name": "wide", "network": NetworkConfig(depth=2, width=500)})

CLOCK = """() => {
  window.acted = 0;
  for (const kind of ["pointerdown", "keydown", "input", "click"])
    addEventListener(kind, () => { window.acted = performance.now(); }, true);
}"""
LOOK = """(plot) => {
  const sign = () => plot.closest(".effdash").stage.view.arrays;
  const numbers = () => document.querySelector(".numbers")?.innerText;
  const changed = (ask, counts = () => true) => new Promise((done) => {
    const before = ask();
    const look = () => ask() === before || !counts(ask())
      ? requestAnimationFrame(look)
      : requestAnimationFrame(() => done(performance.now() - window.acted));
    look();
  });
  const known = (told) => told?.includes("accuracy");
  const exact = (told) => known(told) && !/[≈…]/.test(told);
  window.answers = Promise.all([changed(numbers, known), changed(numbers, exact), changed(sign)]);
}"""
"""Waits for other numbers, for exact ones, and for another decision function; `plot` is one that shows it."""

CELL = """(plot, unit) => {
  const { view } = plot.closest(".effdash").stage;
  const { x, y } = view.cornerOf(unit);
  return [x + view.map.cellWidth / 2, y + view.map.cellHeight / 2];
}"""
SLIDE = """(slider, share) => {
  slider.value = Math.round(share * slider.max);
  slider.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
}"""


def answers(page: Page, act: Callable[[], object], times: int) -> list[tuple[float, float, float]]:
    """From an act to other numbers, to exact ones, and to another decision function."""
    found = []
    after = page.get_by_role("img", name="Decision function, after")
    for _ in range(times):
        after.evaluate(LOOK)
        act()
        found.append(tuple(page.evaluate("window.answers")))
        page.wait_for_timeout(1200)
    return found


def report_answers(page: Page, what: str, act: Callable[[], object], times: int = TIMES) -> None:
    numbers, exact, functions = map(list, zip(*answers(page, act, times), strict=True))
    report(f"{what} → accuracy", numbers)
    if exact != numbers:
        report(f"{what} → exact accuracy", exact)
    report(f"{what} → decision function", functions)


def pruning(page: Page, url: str, run: str) -> None:
    """A click, the slider, undo and redo, and Auto."""
    page.goto(f"{url}/prune?run={run}")
    kept = page.locator(".numbers b").first
    kept.wait_for()
    page.wait_for_timeout(3000)
    page.evaluate(CLOCK)
    the_map = page.get_by_role("application", name="Kept and removed")
    units = iter(range(2, 200, 3))
    report_answers(page, f"{run}: click on a unit", lambda: click_unit(the_map, next(units)))
    report_answers(page, f"{run}: undo", lambda: page.keyboard.press("Control+z"))
    report_answers(page, f"{run}: redo", page.get_by_role("button", name="Redo").click)
    slider = page.get_by_role("slider", name="Units kept")
    shares = iter([0.2, 0.35, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95])
    report_answers(page, f"{run}: slider", lambda: slider.evaluate(SLIDE, next(shares)))
    page.goto(f"{url}/prune?run={run}")  # a visit without pins, some of which change decisions
    kept.wait_for()
    page.wait_for_timeout(3000)
    before = kept.inner_text()
    auto = page.get_by_role("button", name="Auto: no decision changed")

    def others_kept() -> None:
        expect(kept).not_to_have_text(before, timeout=PATIENCE)

    report(f"{run}: Auto", [timed(auto.click, others_kept)])


def click_unit(the_map: Locator, unit: int) -> None:
    x, y = the_map.evaluate(CELL, unit)
    the_map.click(position={"x": x, "y": y})


def large_network(page: Page, url: str, runs: Path) -> None:
    """Two layers of 1,024 units and 10,000 samples: the path, and a click."""
    run = train(LARGE, runs=runs).run
    kept = page.locator(".numbers b").first
    page.set_default_timeout(4 * PATIENCE)
    report("2 x 1,024 units: the path", [timed(lambda: page.goto(f"{url}/prune?run={run}"), kept.wait_for)])
    page.wait_for_timeout(3000)
    page.evaluate(CLOCK)
    the_map = page.get_by_role("application", name="Kept and removed")
    page.get_by_role("slider", name="Units kept").evaluate(SLIDE, 0.5)
    page.wait_for_timeout(20_000)
    units = iter(range(4, 2000, 3))
    report_answers(page, "2 x 1,024 units: click", lambda: click_unit(the_map, next(units)), times=3)
    page.set_default_timeout(PATIENCE)


def permutations(page: Page, url: str, runs: Path) -> None:
    """Another layer's strips and matrix, of 128 and of 500 units."""
    wide = train(WIDE, runs=runs).run
    for run, size in (("digits-wide", "128 units x 1,437 samples"), (wide, "500 units x 10,000 samples")):
        page.goto(f"{url}/permutations?run={run}&layer=fc1")
        matrix = page.get_by_role("application", name="Order similarity of")
        matrix.wait_for()
        page.wait_for_timeout(4000)
        for name in ("What order", "Order similarity"):
            times = []
            for _ in range(TIMES):
                for layer in ("fc2", "fc1"):
                    there = page.get_by_role("application", name=name).and_(shown_of(page, layer))
                    times.append(timed(picker_of(page, layer).click, there.wait_for))
                    page.wait_for_timeout(700)
            report(f"{size}: another layer → {name.lower()}", times)


def shown_of(page: Page, layer: str) -> Locator:
    return page.locator(f"[aria-label*='{layer}']")


def picker_of(page: Page, layer: str) -> Locator:
    """The button of a layer in the row of layers."""
    return page.get_by_role("radio", name=layer, exact=True).or_(
        page.get_by_role("button", name=layer, exact=True)
    )


def main() -> None:
    print("| what | median | range |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as runs, visited(Path(runs)) as (url, page, _):
        for run in ("digits-wide", "digits-deep"):
            pruning(page, url, run)
        permutations(page, url, Path(runs))
        large_network(page, url, Path(runs))


if __name__ == "__main__":
    main()
