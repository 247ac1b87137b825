"""The canvases in a real browser, on a bare page without streamlit."""

import base64
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from effdash.figures import Payload
from pages.shared.canvas.bundle import bundle
from pages.shared.canvas.component import STYLE

HOST = """
window.sent = [];
window.figures = {};
window.show = async (name, url, css, bytes) => {
  if (!window.figures[name]) {
    const host = document.body.appendChild(document.createElement("div"));
    host.id = name;
    const root = host.attachShadow({ mode: "open" });
    root.innerHTML = '<div class="effdash"></div><style>' + css + "</style>";
    window.figures[name] = root;
  }
  const component = {
    data: Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0)),
    parentElement: window.figures[name],
    setTriggerValue: (event, value) => window.sent.push([name, event, value]),
  };
  (await import(url)).default(component);
};
"""


class Figure:
    """A figure on a bare page, 400 pixels wide."""

    def __init__(self, page: Any, kind: str, name: str) -> None:
        self.page, self.kind, self.name = page, kind, name
        self.shadow = page.locator(f"#{name}")

    def show(
        self,
        payload: Payload,
        *,
        height: int = 400,
        sends: tuple[str, ...] = ("unit", "epoch"),
        explained: tuple[tuple[str, str], ...] = (),
        heard: int = 0,
    ) -> None:
        data = payload.to_bytes(height=height, sends=list(sends), controls=True, help=explained, heard=heard)
        self.page.evaluate(
            """([name, code, css, bytes]) => {
              window.urls ??= {};
              window.urls[code] ??= URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
              return window.show(name, window.urls[code], css, bytes);
            }""",
            [self.name, bundle(self.kind), STYLE.read_text("utf-8"), base64.b64encode(data).decode()],
        )

    def view(self, expression: str) -> Any:
        """Evaluates JavaScript that knows the figure's `view`."""
        stage = f"window.figures['{self.name}'].querySelector('.effdash').stage"
        return self.page.evaluate(f"(() => {{ const view = {stage}.view; return {expression}; }})()")

    def text(self, selector: str) -> str:
        return str(self.shadow.locator(selector).first.text_content())

    def color_at(self, surface: str, x: float, y: float) -> str:
        """The colour of a pixel of one of the view's surfaces."""
        return str(
            self.view(
                f"'#' + [...view.{surface}.context.getImageData({x}, {y}, 1, 1).data].slice(0, 3)"
                ".map((part) => part.toString(16).padStart(2, '0')).join('')"
            )
        ).upper()

    def sent(self) -> list[Any]:
        self.page.wait_for_timeout(200)
        return [entry[1:] for entry in self.page.evaluate("window.sent") if entry[0] == self.name]


@pytest.fixture(scope="module")
def tab(chromium: Any) -> Iterator[Any]:
    tab = chromium.new_page()
    yield tab
    tab.close()


@pytest.fixture
def page(tab: Any) -> Iterator[Any]:
    """The bare page, wiped; no test may leave an error in it."""
    errors: list[str] = []

    def note(error: object) -> None:
        errors.append(str(error))

    tab.on("pageerror", note)
    tab.set_viewport_size({"width": 400, "height": 900})
    tab.goto("about:blank")
    tab.set_content(
        "<style>body { margin: 0; --st-background-color: #FFFFFF; --st-text-color: #1B2430; }</style>"
        f"<script>{HOST}</script>"
    )
    yield tab
    tab.remove_listener("pageerror", note)
    assert errors == []


@pytest.fixture
def draw(page: Any) -> Callable[[str, str], Figure]:
    """Puts a figure of a kind on the page: `draw("unit_map", "map")`."""
    return lambda kind, name: Figure(page, kind, name)
