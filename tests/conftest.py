"""What all tests share: shapes are checked at run time, threads stay out of the way, one Chromium serves."""

import os
import shutil
from collections.abc import Iterator

os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
import torch
from jaxtyping import install_import_hook
from playwright.sync_api import Browser, sync_playwright

install_import_hook("effdash", "beartype.beartype")

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


LONGEST = ("test_process.py", "test_readme.py", "test_origin.py", "test_embedding.py", "test_distributed.py")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest first, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: item.path.name not in LONGEST and "browser" not in item.keywords)


@pytest.fixture(autouse=True)
def seeded() -> None:
    """What a test draws does not hang on the tests before it."""
    torch.default_generator.manual_seed(0)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The one browser of all tests: Playwright runs once in a process."""
    path = shutil.which("chromium")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("CI is set, and there is no chromium: `make test` installs it on Debian")
        pytest.skip("there is no chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
