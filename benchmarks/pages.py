"""How fast the dashboard answers in Chromium: medians of what a person waits for, in milliseconds.

    python benchmarks/pages.py

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
from pathlib import Path
from statistics import median

from playwright.sync_api import Page, sync_playwright

TIMES = 7
PATIENCE = 60_000
WARM_SECONDS = 12
"""How long a trainer is given to be warm."""


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


def timed(act: Callable[[], object], done: Callable[[], object]) -> float:
    """Milliseconds from an act until something is there."""
    started = time.perf_counter()
    act()
    done()
    return 1000 * (time.perf_counter() - started)


def report(what: str, times: list[float]) -> None:
    print(f"| {what} | {median(times):.0f} | {min(times):.0f}–{max(times):.0f} |", flush=True)


def visits(page: Page, url: str) -> None:
    """The first page of a fresh server, the first visit of each other page, and switches between them."""
    example = page.get_by_text("Born dead").first
    report("first visit of Runs, fresh server", [timed(lambda: page.goto(url), example.wait_for)])
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
    with tempfile.TemporaryDirectory() as runs, dashboard(Path(runs)) as url, sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(PATIENCE)
        visits(page, url)
        clicks(page, url)
        trainings(page, url)
        browser.close()


if __name__ == "__main__":
    main()
