"""How wide each layer is left, in a real browser."""

from typing import Any

import numpy as np
import pytest

from effdash.figures import widths_payload
from tests.figures.pruned import LAYERS, Layer

pytestmark = pytest.mark.browser


def test_widths_are_told_and_scrolled(page: Any, draw: Any) -> None:
    figure = draw("widths", "widths")
    figure.show(widths_payload(LAYERS, np.array([5, 4]), locked=[1]), height=170)
    assert figure.text(".title span") == "by layer, 1 of 2 narrower"
    label = figure.shadow.locator(".plot").get_attribute("aria-label")
    assert label == "Widths, 9 of 12 units: fc1 5 of 8, fc2 4 of 4"
    assert figure.view("view.stage.root.clientHeight") < 70
    box = figure.shadow.locator(".plot").bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 20)
    assert figure.tip() == ["fc2", "4 of 4 units kept, 100 %", "locked: its units stay"]
    many = [Layer(f"fc{number}", 8) for number in range(300)]
    figure.show(widths_payload(many, np.zeros(300, int)), height=170)
    assert figure.view("view.stage.root.clientHeight") == 170
    assert figure.view("view.plot.scrollHeight") == 300 * 16
