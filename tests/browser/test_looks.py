"""What holds on every page: it fits a phone, follows the theme, and asks nobody else."""

import pytest

from .conftest import served, unit_map, visit

pytestmark = pytest.mark.browser
WITH_MAP = ("/units?run=revived&epoch=60&layer=fc3&unit=1", "/train?run=revived", "/units?run=digits-deep")


@pytest.mark.parametrize("path", ("/", "/load", *WITH_MAP))
def test_a_phone_does_not_scroll_sideways(new_page, path):
    page = visit(new_page(viewport={"width": 390, "height": 844}), path)
    if path in WITH_MAP:
        unit_map(page)
    too_wide = page.evaluate(
        "[document.documentElement, ...document.querySelectorAll('[data-testid=stMain]')]"
        ".filter(node => node.scrollWidth > node.clientWidth + 1).map(node => node.dataset.testid ?? 'page')"
    )
    assert too_wide == []


COLORS = """plot => {
  const { view, palette } = plot.closest(".effdash").stage;
  const { x, y } = view.cornerOf(0);
  const pixel = view.mapSurface.context.getImageData(x + 3, y + 3, 1, 1).data;
  const painted = [...pixel].slice(0, 3).map((part) => part.toString(16).padStart(2, "0")).join("");
  return [`#${painted}`.toUpperCase(), palette.status[view.record.statusAt(view.epochs.index)[0] & 3]];
}"""
"""What is painted in the middle of the first unit's cell, and the colour of its status."""

IS_PAGE_BACKGROUND = """color => {
  return getComputedStyle(document.querySelector("[data-testid=stApp]")).backgroundColor === color;
}"""
IS_CANVAS_BACKGROUND = """([plot, color]) => {
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.color = plot.closest(".effdash").stage.palette.background;
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found === color;
}"""
BACKGROUNDS = {"light": "rgb(255, 255, 255)", "dark": "rgb(16, 21, 28)"}


@pytest.mark.parametrize("path", WITH_MAP[:2])
def test_the_canvases_follow_a_switch_of_theme(new_page, path):
    page = visit(new_page(color_scheme="light"), path)
    seen: dict[str, str] = {}
    for scheme in ("light", "dark", "light"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(IS_PAGE_BACKGROUND, arg=BACKGROUNDS[scheme])
        plot = unit_map(page)
        page.wait_for_function(IS_CANVAS_BACKGROUND, arg=[plot.element_handle(), BACKGROUNDS[scheme]])
        painted, named = plot.evaluate(COLORS)
        assert painted == named.upper()
        assert seen.setdefault(scheme, painted) == painted
    assert seen["light"] != seen["dark"]


def test_a_fresh_server_is_left_for_another_page_at_once(new_page, tmp_path):
    with served(tmp_path / "runs", tmp_path) as address:
        page = new_page(address)
        page.goto("/")
        page.wait_for_timeout(500)  # in the middle of what the first page imports
        unit_map(visit(page, "/units?run=born-dead"))
