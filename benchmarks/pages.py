"""How fast the dashboard answers in Chromium: medians of what a person waits for, in milliseconds.

    python -m benchmarks.pages

Needs Debian's chromium. Each time is from the click, or the visit, until what was asked for is on the screen.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from benchmarks.large_run import write_large_run
from effdash.config import DataConfig, NetworkConfig, OptimizerConfig, RunConfig
from effdash.runs import Run, open_run, send
from effdash.training.process import TrainerProcess

SIZE = ViewportSize(width=1280, height=900)
TIMES = 7
PATIENCE = 60_000
WARM_SECONDS = 12
"""How long a trainer is given to be warm."""
LOOKED_AT_SECONDS = 5
"""How long the first page is looked at before another is visited."""
LARGE = {"deep": (120, 128), "wide": (20, 5000)}
WATCHED = RunConfig(
    name="watched",
    data=DataConfig(name="digits"),
    network=NetworkConfig(depth=8, width=32),
    optimizer=OptimizerConfig(lr=0.003),
    batch_size=128,
    epochs=6000,
)
TURNS = 4
WINDOW = 12.0
"""Seconds of training that are timed at once."""


@contextmanager
def dashboard(runs: Path) -> Iterator[str]:
    """A fresh dashboard on any free port; yields its address."""
    command = [sys.executable, "-m", "effdash", "--no-browser", "--port", "0", "--json", "--runs", str(runs)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.terminate()


@contextmanager
def visited(runs: Path) -> Iterator[tuple[str, Page, Browser]]:
    """A fresh dashboard's address, and a page of a Chromium of its own to visit it with."""
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with dashboard(runs) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        page = browser.new_page(viewport=SIZE)
        page.set_default_timeout(PATIENCE)
        yield url, page, browser
        browser.close()


def timed(act: Callable[[], object], done: Callable[[], object]) -> float:
    """Milliseconds from an act until something is there."""
    started = time.perf_counter()
    act()
    done()
    return 1000 * (time.perf_counter() - started)


def report(what: str, times: list[float]) -> None:
    print(f"| {what} | {median(times):.0f} | {min(times):.0f}–{max(times):.0f} |", flush=True)


def visits(page: Page, url: str) -> None:
    """The first page of a fresh server; the first visit of each other page, a little later; and switches."""
    example = page.get_by_text("Born dead").first
    report("first visit of Runs, fresh server", [timed(lambda: page.goto(url), example.wait_for)])
    page.wait_for_timeout(1000 * LOOKED_AT_SECONDS)
    there = {
        "Train": page.get_by_text("Initialisation").first,
        "Units": page.get_by_text("Status over epochs").first,
    }
    for name, sign in there.items():
        link = page.get_by_role("link", name=name)
        report(f"first visit of {name}", [timed(link.click, sign.wait_for)])
    switches: dict[str, list[float]] = {name: [] for name in there}
    for _ in range(TIMES):
        for name, sign in there.items():
            switches[name].append(timed(page.get_by_role("link", name=name).click, sign.wait_for))
            page.wait_for_timeout(500)
    for name, times in switches.items():
        report(f"switch to {name}", times)


def clicks(page: Page, url: str) -> None:
    """From a click on a small picture of a unit to its card, and from a finding to its evidence."""
    page.goto(f"{url}/units?run=digits-deep&layer=fc5&unit=0")
    page.get_by_text("Layer fc5 at a glance").wait_for()
    page.wait_for_timeout(2000)
    plot = page.locator("[aria-label^='Unit map']").first
    plot.focus()
    times = []
    for unit in range(1, TIMES + 1):
        card = page.locator("h2", has_text=f"fc5 · {unit}")
        times.append(timed(lambda: page.keyboard.press("ArrowRight"), card.wait_for))
        page.wait_for_timeout(300)
    report("next unit by key → its card (120 ms of it waits for the keys to rest)", times)


def large_networks(page: Page, url: str, runs: Path) -> None:
    """The Units page of networks of many units: map on the screen, scrubbing, next unit, chip, as above."""
    for run_id, (depth, width) in LARGE.items():
        write_large_run(runs, run_id, depth=depth, width=width)
        size = f"{depth} x {width:,} units"
        plot = page.locator("[aria-label^='Unit map']").first
        card = page.locator("h2", has_text="fc2 · ")
        page.goto(f"{url}/train")
        page.get_by_text("Initialisation").first.wait_for()
        address = f"{url}/units?run={run_id}&layer=fc2&unit=0"
        report(f"{size}: first visit", [timed(partial(page.goto, address), card.wait_for)])
        page.wait_for_timeout(2000)
        report(f"{size}: again", [timed(page.reload, card.wait_for) for _ in range(3)])
        page.wait_for_timeout(1000)
        plot.focus()
        times = []
        for unit in range(1, TIMES + 1):
            heading = page.get_by_role("heading", name=f"fc2 · {unit}", exact=True)
            times.append(timed(lambda: page.keyboard.press("ArrowRight"), heading.wait_for))
            page.wait_for_timeout(500)
        report(f"{size}: next unit by key → its card (120 ms of it waits for the keys)", times)
        chip = page.locator("button", has_text="died ")
        listed = page.locator("[data-testid=stDataFrame]")
        report(f"{size}: chip → its list", [timed(chip.first.click, listed.wait_for)])


def five_tabs(browser: Browser, url: str, runs: Path) -> None:
    """What it costs a training that five tabs watch it: seconds an epoch, watched against alone, in turns."""
    run_id = TrainerProcess().train(WATCHED, runs)
    run = open_run(runs / f"{run_id}.effdash")
    pages = [browser.new_page(viewport=SIZE) for _ in range(5)]
    paces: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(TURNS):
        for watched, pace in paces.items():
            for page in pages:
                page.goto(f"{url}/train?run={run_id}" if watched else "about:blank")
            if watched:
                pages[-1].get_by_role("button", name="Pause").wait_for()
            pace.append(seconds_an_epoch(run))
    send(run.path, "stop")
    for page in pages:
        page.close()
    costs = [100 * (watched / alone - 1) for alone, watched in zip(paces[False], paces[True], strict=True)]
    spread = f"{min(costs):.1f}–{max(costs):.1f}"
    print(f"| a training watched by five tabs: % slower | {median(costs):.1f} | {spread} |", flush=True)


def seconds_an_epoch(run: Run) -> float:
    """Between two recorded epochs that are at least `WINDOW` apart."""
    first, started = next_recorded(run)
    while True:
        last, now = next_recorded(run)
        if now - started >= WINDOW:
            return (now - started) / (last - first)


def next_recorded(run: Run) -> tuple[int, float]:
    """The next epoch that a run records, and when it did."""
    before = run.last_epoch
    while (epoch := run.last_epoch) == before or epoch is None:
        time.sleep(0.01)
    return epoch, time.perf_counter()


def trainings(page: Page, url: str) -> None:
    """From Train to the first recorded epoch on the screen, with a warm trainer."""
    times = []
    for _ in range(3):
        page.goto(f"{url}/train?run=born-dead")
        button = page.locator("[data-testid=stBaseButton-primary]").first
        button.wait_for()
        page.wait_for_timeout(1000 * WARM_SECONDS)
        times.append(timed(button.click, page.get_by_role("button", name="Pause").wait_for))
        page.wait_for_timeout(8000)
    report("Train → a first epoch on the screen, warm", times)


def main() -> None:
    print("| what | median | range |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as runs, visited(Path(runs)) as (url, page, browser):
        visits(page, url)
        clicks(page, url)
        trainings(page, url)
        large_networks(page, url, Path(runs))
        five_tabs(browser, url, Path(runs))


if __name__ == "__main__":
    main()
