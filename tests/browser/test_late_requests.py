"""A page that is left while it is live: what it still asks for does not empty the page that comes."""

import pytest
import torch
from playwright.sync_api import Page, WebSocketRoute, expect
from torch import nn

import effdash as ed
from effdash.runs import RunFolder

from .conftest import settled, unit_map, visit

pytestmark = pytest.mark.browser
SLOW_SECONDS = 2.5
"""How long answers are on their way: a live page asks every second."""


class SlowWire:
    """The connection of a page to its server, on which answers can be made to wait."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.slow = False
        self.waiting: list[tuple[WebSocketRoute, str | bytes]] = []
        page.route_web_socket("**/_stcore/stream", self._connect)

    def _connect(self, browser: WebSocketRoute) -> None:
        server = browser.connect_to_server()
        server.on_message(lambda message: self._answer(browser, message))

    def _answer(self, browser: WebSocketRoute, message: str | bytes) -> None:
        if self.slow:
            self.waiting.append((browser, message))
        else:
            browser.send(message)

    def wait_a_while(self, seconds: float) -> None:
        """Holds all answers back for so long."""
        self.slow = True
        self.page.wait_for_timeout(1000 * seconds)
        self.slow = False
        for browser, message in self.waiting:
            browser.send(message)
        self.waiting.clear()


@pytest.fixture
def live_run(runs):
    """The id of a run that somebody's loop is recording."""
    model = nn.Sequential(nn.Linear(2, 6), nn.ReLU(), nn.Linear(6, 2))
    X = torch.randn(60, 2)
    with ed.watch(model, (X, (X[:, 0] > 0).long()), name="left alone", runs=runs, strict=True) as watched:
        watched.epoch(loss=1.0)
        yield watched.id
    RunFolder(runs).delete(watched.id)


def test_a_switch_of_pages_survives_what_the_old_page_still_asks_for(page, live_run):
    wire = SlowWire(page)
    visit(page, f"/train?run={live_run}&layer=0&unit=3")
    settled(page)
    page.get_by_role("button", name="Card of").click()
    wire.wait_a_while(SLOW_SECONDS)
    settled(page)
    expect(unit_map(page)).to_be_visible()
    page.wait_for_timeout(1000)
    expect(unit_map(page)).to_be_visible()
