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
  window.figures[name].shown = component;
  (await import(url)).default(component);
};
"""


COST = """([name, act]) => {
  const figure = window.figures[name];
  const { stage } = figure.querySelector(".effdash");
  const run = new Function("view", "stage", "shown", act);
  const words = new Uint32Array(1 << 20);
  const work = () => {
    for (let turn = 0; turn < 8; turn++)
      for (let at = 0; at < words.length; at++) words[at] = (words[at] * 1664525 + at + turn) >>> 0;
  };
  const time = (what) => {
    const start = performance.now();
    what();
    return performance.now() - start;
  };
  const least = [Infinity, Infinity];
  for (let round = 0; round < 6; round++)
    [work, () => run(stage.view, stage, figure.shown)].forEach((what, which) => {
      least[which] = Math.min(least[which], time(what));
    });
  return least;
}"""
WORK = 16.0
"""Milliseconds that the work takes, which `COST` measures against, on the machine that limits are for."""


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

    @property
    def url(self) -> str:
        """Where its module is imported from, once it was shown."""
        return str(self.page.evaluate("(code) => window.urls[code]", bundle(self.kind)))

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

    def has_color(self, surface: str, x: float, y: float, color: str) -> bool:
        """Whether a pixel has a colour, but for what rounding does to a line between pixels."""
        one, two = (bytes.fromhex(each.removeprefix("#")) for each in (self.color_at(surface, x, y), color))
        return max(abs(part - other) for part, other in zip(one, two, strict=True)) <= 3

    def at(self, place: str) -> tuple[float, float]:
        """A place of the plot, `[x, y]` in JavaScript, in the pixels of the page."""
        box = self.shadow.locator(".plot").bounding_box()
        x, y = self.view(place)
        return box["x"] + x, box["y"] + y

    def press(self, *keys: str) -> None:
        self.shadow.locator(".plot").focus()
        for key in keys:
            self.page.keyboard.press(key)

    def painted(self) -> None:
        """Waits until what was asked for is on the canvas."""
        self.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def settled(self) -> None:
        """Waits until nothing more is to be painted."""
        stage = f"window.figures['{self.name}'].querySelector('.effdash').stage"
        self.page.wait_for_function(f"{stage}.frame === null")

    def cost(self, act: str) -> float:
        """Milliseconds that JavaScript takes which knows `view`, `stage` and what was `shown` last.

        Measured against other work in the same run, each at its quickest: a busy machine changes nothing.
        """
        work, took = self.page.evaluate(COST, [self.name, act])
        return float(took / work * WORK)

    def tip(self) -> list[str]:
        """The lines of the tip."""
        return str(self.shadow.locator(".tip").inner_text()).splitlines()

    def spoken(self) -> str:
        """What a reader of the screen was told last."""
        return self.text(".spoken")

    def sent(self) -> list[Any]:
        """What the server was told of: event and value."""
        return [entry[:2] for entry in self.letters()]

    def letters(self) -> list[Any]:
        """The same with the number under which it was told."""
        self.page.wait_for_timeout(200)
        return [
            [event, told["value"], told["turn"]]
            for name, event, told in self.page.evaluate("window.sent")
            if name == self.name
        ]


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
