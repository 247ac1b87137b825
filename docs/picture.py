"""Takes the README's picture, docs/units.png, of the dashboard as it is: the Units page of an example run."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import ViewportSize, sync_playwright

PICTURE: Final = Path(__file__).with_name("units.png")
VIEW: Final = "/units?run=revived&epoch=198&layer=fc4&unit=2"
SIZE: Final = ViewportSize(width=1440, height=900)
SETTLED: Final = (
    "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
    " && !document.querySelector('[data-testid=stSkeleton]')"
)


@contextmanager
def dashboard() -> Iterator[str]:
    """The dashboard of this checkout on any free port; yields its address."""
    effdash = Path(sys.executable).with_name("effdash")
    command = [str(effdash), "dashboard", "--no-browser", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.terminate()


def main() -> None:
    """Opens the view in a Chromium and saves what it shows."""
    with dashboard() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE, color_scheme="light", device_scale_factor=1.5)
        page.goto(url + VIEW)
        page.locator("canvas").first.wait_for(timeout=60_000)
        page.wait_for_function(SETTLED, timeout=60_000)
        page.wait_for_timeout(1500)  # canvases and charts paint after the page has settled
        page.screenshot(path=PICTURE)
        browser.close()
    print(PICTURE)


if __name__ == "__main__":
    main()
