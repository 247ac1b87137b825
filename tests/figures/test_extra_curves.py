"""Curves of what a loop of somebody told: another number beside the loss, or no loss at all; in a browser."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from effdash.figures import curves_payload

pytestmark = pytest.mark.browser


def table(loss: float, gap: list[float]) -> pd.DataFrame:
    columns = ("loss", "task_loss", "jumpstart_loss")
    nothing = dict.fromkeys(("train_accuracy", "test_accuracy"), np.nan)
    return pd.DataFrame({"epoch": [0, 1, 2], **dict.fromkeys(columns, loss), **nothing, "gap": gap})


def titles(figure: Any) -> list[str]:
    return figure.view("view.panels.map(({ title }) => title.split(',')[0])")


def test_another_number_has_a_panel_of_its_own_and_is_told_in_words(page: Any, draw: Any) -> None:
    page.set_viewport_size({"width": 900, "height": 400})
    figure = draw("curves", "curves")
    figure.show(curves_payload(table(0.5, [-3.0, 2.0, 9.0]), link="run", extra="gap"))
    assert titles(figure) == ["loss", "gap"]
    assert figure.view("view.panels[1].values.ticks()") == [0, 5]
    low, high = figure.view("[-3, 9].map((value) => view.panels[1].values.y(value))")
    frame = figure.view("view.panels[1].frame")
    assert frame["top"] < high < low < frame["bottom"]
    assert figure.text(".title").endswith("epoch 2 · loss 0.5 · gap 9")


def test_what_was_not_recorded_has_no_panel(page: Any, draw: Any) -> None:
    figure = draw("curves", "curves")
    figure.show(curves_payload(table(np.nan, [1.0, 1.0, 1.0]), link="run", extra="gap"))
    assert titles(figure) == ["gap"]
    figure.show(curves_payload(table(0.5, [1.0, 1.0, 1.0]), link="run"))
    assert titles(figure) == ["loss"]
    # Of a run that told nothing at all, and of linked runs, which are to stay alike: both.
    figure.show(curves_payload(table(np.nan, [1.0, 1.0, 1.0]), link="run"))
    assert titles(figure) == ["loss", "accuracy"]
    figure.show(curves_payload(table(0.5, [1.0, 1.0, 1.0]), link="run", end=5))
    assert titles(figure) == ["loss", "accuracy"]
