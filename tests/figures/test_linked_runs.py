"""Figures of two runs at one epoch, and the marks of what was turned: in a browser, without streamlit."""

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

from effdash.figures import Payload, band_payload, curves_payload, epochs_payload
from effdash.figures.theme import palette

pytestmark = pytest.mark.browser

SHORT, LONG = np.array([0, 3, 6]), np.array([0, 4, 8, 12])


def band(epochs: np.ndarray, end: int | None = 12) -> Payload:
    status = np.array([0, 1, 2, 2], dtype=np.uint8)[: len(epochs)]
    return band_payload(epochs, {"train": status, "test": status}, link="both", end=end)


def curves(
    *changes: tuple[int, str, float], loss: float = 1.0, accuracy: float = 0.5, **more: Any
) -> Payload:
    turned = pd.DataFrame(changes, columns=["epoch", "field", "value"])
    return curves_payload(table(loss, accuracy), turned, link="run", **more)


def table(loss: float, accuracy: float, last: int = 800) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "epoch": [0, last],
            "loss": [loss, loss],
            "task_loss": [loss, loss],
            "jumpstart_loss": [0.0, 0.0],
            "train_accuracy": [accuracy, accuracy],
            "test_accuracy": [accuracy, np.nan],
        }
    )


def test_each_run_shows_its_nearest_earlier_epoch_and_the_slider_has_all(page: Any, draw: Any) -> None:
    short, long, slider = (
        draw("status_band", "short"),
        draw("status_band", "long"),
        draw("epoch_slider", "all"),
    )
    short.show(band(SHORT))
    long.show(band(LONG))
    slider.show(epochs_payload(np.union1d(SHORT, LONG), link="both"))
    for epoch, expected in ((3, [3, 0]), (4, [3, 4]), (6, [6, 4]), (8, [6, 8]), (12, [6, 12])):
        slider.view(f"view.epochs.moveTo(view.epochs.indexOf({epoch}))")
        assert [short.view("view.epochs.epoch"), long.view("view.epochs.epoch")] == expected


def test_the_end_of_a_shorter_run_is_no_newest_epoch(page: Any, draw: Any) -> None:
    short, long = draw("status_band", "short"), draw("status_band", "long")
    short.show(band(SHORT))
    long.show(band(LONG))
    short.view("[view.epochs.moveTo(2), view.epochs.release()]")
    assert [short.view("view.epochs.epoch"), long.view("view.epochs.epoch")] == [6, 4]
    assert short.sent() == [["epoch", 6]]
    long.view("[view.epochs.moveTo(3), view.epochs.release()]")
    assert [short.view("view.epochs.epoch"), long.view("view.epochs.epoch")] == [6, 12]
    assert long.sent() == [["epoch", -1]]


def test_an_epoch_has_one_place_in_both_and_nothing_is_drawn_past_a_run(page: Any, draw: Any) -> None:
    short, long = draw("status_band", "short"), draw("status_band", "long")
    short.show(band(SHORT))
    long.show(band(LONG))
    assert short.view("view.axis.x(6)") == long.view("view.axis.x(6)") == short.view("view.axis.reach")
    filled = "view.surface.context.getImageData(view.axis.x({}), 10, 1, 1).data[3]"
    assert [short.view(filled.format(epoch)) for epoch in (5, 7)] == [255, 0]
    assert long.view(filled.format(7)) == 255
    colors = [short.color_at("surface", short.view(f"view.axis.x({epoch})"), 10) for epoch in (1, 3, 5)]
    assert colors == list(palette().status)
    short.show(band(SHORT, end=None))
    assert short.view("view.axis.reach === view.axis.right")


def test_a_run_at_its_first_epoch_is_seen_beside_a_long_one(page: Any, draw: Any) -> None:
    figure = draw("status_band", "short")
    figure.show(band(SHORT[:1], end=800))
    assert figure.view("view.axis.reach - view.axis.left") == 2


def test_curves_of_two_runs_have_the_same_axes(page: Any, draw: Any) -> None:
    first, second = draw("curves", "first"), draw("curves", "second")
    one, other = table(1.0, 0.9), table(0.001, 0.2, last=400)
    first.show(curves_payload(one, link="both", end=800, beside=other))
    second.show(curves_payload(other, link="both", end=800, beside=one))
    axes = (
        "view.panels.map(({ axis, values }) =>"
        " [values.low, values.high, axis.x(0), axis.x(400), axis.right].map((each) => each.toPrecision(6)))"
    )
    assert first.view(axes) == second.view(axes)
    assert second.view("view.panels[0].axis.reach === view.panels[0].axis.x(400)")


@pytest.mark.parametrize("width", (300, 900))
@pytest.mark.parametrize(
    "epochs",
    [
        (150, 152),
        (150, 151, 152, 400),
        (0, 1),
        (799, 800),
        (780, 790, 800),
        tuple(range(0, 800, 7)),
        (5, 300, 301),
    ],
)
def test_no_mark_of_a_change_is_written_over_another(
    page: Any, draw: Any, epochs: tuple[int, ...], width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    figure = draw("curves", "curves")
    figure.show(curves(*((epoch, "jumpstart", 0.25) for epoch in epochs)))
    for panel in (0, 1):
        labels = figure.view(f"view.panels[{panel}].labels")
        for before, after in pairwise(labels):
            assert before["right"] < after["left"]
        frame = figure.view(
            f"(({{ axis, frame }}) => [frame.left, axis.right + frame.room])(view.panels[{panel}])"
        )
        assert all(frame[0] <= label["left"] and label["right"] <= frame[1] for label in labels)
        told = sum(
            int(text.split()[0]) if text.endswith("changes") else text.count("λ") for text in texts(labels)
        )
        assert told == len(epochs)


def texts(labels: list[dict[str, Any]]) -> list[str]:
    return [label["text"] for label in labels]


def test_two_neighbours_are_one_label_and_those_apart_keep_theirs(page: Any, draw: Any) -> None:
    page.set_viewport_size({"width": 900, "height": 900})
    figure = draw("curves", "curves")
    figure.show(curves((150, "jumpstart", 0.3), (152, "lr", 0.01), (600, "jumpstart", 0)))
    assert texts(figure.view("view.panels[0].labels")) == ["λ 0.3, lr 0.01", "λ 0"]


def test_a_change_between_recorded_epochs_is_told_at_the_next_one(page: Any, draw: Any) -> None:
    figure = draw("curves", "curves")
    figure.show(curves((153, "jumpstart", 0.3)))
    assert figure.view("view.turnedUpTo(1)") == [{"epoch": 153, "text": "λ 0.3"}]
    assert figure.view("view.turnedUpTo(0)") == []
