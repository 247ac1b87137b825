"""A dashboard served from the checkout, and a real Chromium to visit it with."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError

import psutil
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 60_000
"""Milliseconds that a page may take on a busy machine before a test calls it broken."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("CI is set, and there is no chromium: `make test` installs it on Debian")
        pytest.skip("there is no chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def runs(tmp_path_factory) -> Path:
    """The folder of runs that the dashboard serves."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="session")
def dashboard(runs, tmp_path_factory) -> Iterator[str]:
    """The address of a dashboard that was started with the one word `effdash`, from an empty folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "effdash", "--no-browser", "--port", str(port), "--runs", str(runs)]
    log = tmp_path_factory.mktemp("log") / "server.log"
    with log.open("w") as sink:
        server = subprocess.Popen(command, cwd=tmp_path_factory.mktemp("empty"), stdout=sink, stderr=sink)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_until_healthy(address, server, log)
            yield address
        finally:
            _end(server)


@pytest.fixture
def page(chromium, dashboard) -> Iterator[Page]:
    """A fresh page of the size of a small laptop; a script error on it fails the test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, base_url=dashboard)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


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


def _end(server: subprocess.Popen) -> None:
    """Ends the server and the trainers it started, wherever they are."""
    for process in psutil.process_iter(["cmdline"]):
        if "effdash.training.errand" in (process.info["cmdline"] or []):
            with suppress(psutil.NoSuchProcess):
                process.kill()
    server.terminate()
    server.wait(timeout=30)
