"""A dashboard served from the checkout, and a real Chromium to visit it with."""

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    WebSocket,
    expect,
)

from effdash.runs import RunFolder, open_run, send
from effdash.vocab import RunState, UserError

ROOT = Path(__file__).parents[2]
PATIENCE = 60_000
"""Milliseconds that a page may take on a busy machine before a test calls it broken."""


NONLINEAR = """plot => {
  const view = plot.closest(".effdash").stage.view;
  const totals = view.record.totalsAt(view.epochs.index);
  return totals[2] / (totals[0] + totals[1] + totals[2]);
}"""
"""The share of nonlinear units that a unit map shows."""


@pytest.fixture(scope="session", autouse=True)
def patience() -> None:
    expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def runs(tmp_path_factory) -> Path:
    """The folder of runs that the dashboard serves."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module", autouse=True)
def tidy(runs) -> Iterator[None]:
    """What a module's tests train or save is gone after them: others look at the first row of the table."""
    yield
    for path in runs.glob("*.effdash"):
        with suppress(UserError):
            send(path, "stop")
        ends = time.monotonic() + PATIENCE / 1000
        while open_run(path).state in (RunState.RUNNING, RunState.PAUSED) and time.monotonic() < ends:
            time.sleep(0.05)
        RunFolder(runs).delete(path.stem)


@pytest.fixture(scope="session")
def dashboard(runs, tmp_path_factory) -> Iterator[str]:
    """The address of a dashboard that was started with the one word `effdash`, from an empty folder."""
    with served(runs, tmp_path_factory.mktemp("empty")) as address:
        yield address


@contextmanager
def served(runs: Path, folder: Path) -> Iterator[str]:
    """A dashboard over a folder of runs, started in another folder; trainers outlive the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "effdash", "--no-browser", "--port", str(port), "--runs", str(runs)]
    log = folder / "server.log"
    with log.open("w") as sink:
        server = subprocess.Popen(command, cwd=folder, stdout=sink, stderr=sink)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_until_healthy(address, server, log)
            yield address
        finally:
            server.terminate()
            server.wait(timeout=30)


@pytest.fixture
def new_page(chromium, dashboard) -> Iterator[Callable[..., Page]]:
    """Opens fresh sessions of the size of a small laptop.

    A script error, or a request that leaves this machine, fails the test.
    """
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def look_at(request: Request | WebSocket) -> None:
        if urlsplit(request.url).hostname not in (None, "127.0.0.1"):
            troubles.append(f"a request to {request.url}")

    def look_at_console(message: ConsoleMessage) -> None:
        # Below the address of a page streamlit looks for its server in vain before it looks at the root.
        if message.type == "error" and "/_stcore/" not in message.location["url"]:
            troubles.append(f"on the console: {message.text}")

    def open_page(address: str = dashboard, **options: Any) -> Page:
        settings = {"viewport": {"width": 1280, "height": 900}, "base_url": address, **options}
        context = chromium.new_context(**settings)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", look_at_console)
        page.on("request", look_at)
        page.on("websocket", look_at)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.fixture
def page(new_page) -> Page:
    return new_page()


def settled(page: Page) -> Page:
    """Waits until the page's script has run and nothing is a placeholder."""
    page.wait_for_selector("[data-testid=stApp]")
    page.wait_for_function(
        "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState !== 'running'"
        " && !document.querySelector('[data-testid=stSkeleton]')"
    )
    assert page.locator("[data-testid=stException]").count() == 0, page.locator(
        "[data-testid=stException]"
    ).first.inner_text()
    return page


def visit(page: Page, path: str) -> Page:
    page.goto(path)
    return settled(page)


def view_of(page: Page) -> dict[str, str]:
    """What the address says."""
    return dict(parse_qsl(urlsplit(page.url).query))


def wait_for_view(page: Page, **parts: object) -> None:
    """Waits until the address says all this; `None`: nothing of it."""
    page.wait_for_function(
        "parts => { const query = new URLSearchParams(location.search);"
        " return Object.entries(parts).every(([key, value]) => query.get(key) === value); }",
        arg={key: None if value is None else str(value) for key, value in parts.items()},
    )


def unit_map(page: Page, name: str = "Unit map") -> Locator:
    """The plot of the unit map, painted."""
    plot = page.get_by_role("application", name=name)
    expect(plot).to_have_count(1)
    page.wait_for_function("plot => plot.closest('.effdash').stage.view.map", arg=plot.element_handle())
    return plot


def click_cell(page: Page, unit: int) -> None:
    """Clicks on the cell of a unit, numbered over all layers."""
    plot = unit_map(page)
    x, y = plot.evaluate(
        "(plot, unit) => Object.values(plot.closest('.effdash').stage.view.cornerOf(unit))",
        unit,
    )
    plot.click(position={"x": x + 3, "y": y + 3})


def _wait_until_healthy(address: str, server: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < deadline:
        assert server.poll() is None, log.read_text()
        with (
            suppress(URLError, ConnectionError),
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=5),
        ):
            return
        time.sleep(0.1)
    raise AssertionError(f"the dashboard did not answer:\n{log.read_text()}")
