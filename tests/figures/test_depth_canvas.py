"""Samples through the depth, drawn in a real browser."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from effdash.figures import Payload, depth_payload
from effdash.figures.theme import palette

pytestmark = pytest.mark.browser

EVIL = "<img src=x onerror='window.hit=1'>"
COLORS = palette()


def depth(n_layers: int = 3, **more: Any) -> Payload:
    """One sample that rises, one that falls."""
    rows = [
        {
            "layer": f"fc{place + 1}",
            "unit": place,
            "similarity": 1 - place / n_layers,
            "point": point,
            "rank": rank,
        }
        for place in range(n_layers)
        for point, rank in enumerate((place / max(1, n_layers - 1), 1 - place / max(1, n_layers - 1)))
    ]
    return depth_payload(
        pd.DataFrame(rows),
        **{
            "layer": "fc1",
            "erased": np.full(n_layers, 0.25),
            "classes": np.array([0, 1]),
            "class_names": ["in", EVIL],
            "numbers": np.array([12, 40]),
            **more,
        },
    )


def test_a_line_a_sample_through_the_layers(page: Any, draw: Any) -> None:
    figure = draw("depth", "depth")
    figure.show(depth(), height=320, sends=("sample", "layer"))
    for sample, layer in ((0, 2), (1, 0)):
        x, y = figure.view(f"[view.x({layer}), view.y(1)]")
        assert figure.color_at("surface", round(x), round(y)) == COLORS.classes[sample]
    page.mouse.move(*figure.at("[view.x(2), view.y(1)]"))
    assert figure.tip() == ["Sample 12", "in", "fc3 · 2: 100 % of the way up", "click to follow"]
    page.mouse.move(*figure.at("[view.x(1), view.y(0.05)]"))
    assert figure.tip() == [
        "fc2 · 1",
        "the unit of fc2 most like that of fc1: order similarity 0.67",
        "25 % of the samples erased",
        "click to turn to it",
    ]
    page.mouse.click(*figure.at("[view.x(1), view.y(0.05)]"))
    page.mouse.click(*figure.at("[view.x(2), view.y(1)]"))
    assert figure.sent() == [["layer", 1], ["sample", 12]]
    assert page.evaluate("window.hit") is None


def test_keys_choose_a_layer_and_a_sample_of_the_depth(page: Any, draw: Any) -> None:
    figure = draw("depth", "depth")
    figure.show(depth(), height=320, sends=("sample", "layer"))
    figure.press("ArrowRight")
    assert figure.spoken().startswith("fc2 · 1, the unit of fc2 most like that of fc1")
    figure.press("Space")
    assert figure.sent() == [["layer", 1]]
    figure.press("ArrowRight", "ArrowUp")
    assert figure.spoken() == f"Sample 40, {EVIL}, fc3 · 2: 0 % of the way up, erased"
    figure.press("Enter")
    assert figure.sent()[1:] == [["sample", 40]]


@pytest.mark.parametrize("n_layers", [1, 120])
def test_a_single_layer_and_many(page: Any, draw: Any, n_layers: int) -> None:
    figure = draw("depth", "depth")
    figure.show(depth(n_layers, followed=[40], classes=None), height=320, sends=("sample",))
    page.mouse.move(*figure.at("[view.x(0), view.y(1)]"))
    assert figure.tip()[0] == "Sample 40"
    assert figure.tip()[-1] == "followed"
