"""Loss and accuracy over the epochs, with what was turned meanwhile."""

from typing import Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from effdash.figures import theme
from effdash.figures.payload import Payload
from effdash.vocab import (
    EPOCH,
    JUMPSTART,
    JUMPSTART_LOSS,
    LEARNING_RATE,
    LOSS,
    TASK_LOSS,
    TEST_ACCURACY,
    TRAIN_ACCURACY,
)

DRAWN: Final = (LOSS, TASK_LOSS, JUMPSTART_LOSS, TRAIN_ACCURACY, TEST_ACCURACY)
FIELD_SIGNS: Final = {JUMPSTART: "λ", LEARNING_RATE: "lr"}


def learning_curves(
    epochs: pd.DataFrame,
    changes: pd.DataFrame | None = None,
    chance: float | None = None,
    *,
    scheme: str = theme.LIGHT,
) -> go.Figure:
    """Loss (logarithmic) beside accuracy.

    Args:
        epochs: columns `epoch`, `loss`, `train_accuracy`, `test_accuracy`.
        changes: columns `epoch`, `field`, `value`: what was turned while the run trained.
        chance: accuracy of always answering the commonest class.
    """
    colors = theme.palette(scheme)
    theme.use_templates()
    figure = make_subplots(cols=2, subplot_titles=["loss", "accuracy"], horizontal_spacing=0.12)
    figure.update_layout(template=theme.template_name(scheme), height=300, hovermode="x unified")
    lines = (
        (LOSS, "loss", 1, "solid"),
        (TRAIN_ACCURACY, "train", 2, "solid"),
        (TEST_ACCURACY, "test", 2, "dash"),
    )
    for column, name, place, dash in lines:
        trace = go.Scatter(
            x=epochs[EPOCH].to_numpy(),
            y=epochs[column].to_numpy(),
            name=name,
            mode="lines",
            line={"color": colors.ink, "width": 1.5, "dash": dash},
            showlegend=place == 2,
        )
        figure.add_trace(trace, row=1, col=place)
    if chance is not None:
        text = f"commonest class {chance:.2f}"
        line = {"line_dash": "dot", "line_color": colors.muted, "line_width": 1}
        figure.add_hline(
            y=chance, row=1, col=2, annotation_text=text, annotation_position="bottom left", **line
        )
    for mark in change_marks(changes):
        line = {"width": 1, "color": colors.muted}
        figure.add_vline(x=mark["epoch"], line=line, annotation_text=mark["text"], row=1, col="all")
    figure.update_annotations(font_size=theme.LABEL_SIZE)
    figure.update_layout(legend={"x": 1, "xanchor": "right", "y": 1.1})
    figure.update_yaxes(type="log", dtick=1, col=1)
    figure.update_xaxes(title_text="epoch", showgrid=False)
    return figure


def curves_payload(
    epochs: pd.DataFrame,
    changes: pd.DataFrame | None = None,
    *,
    link: str,
    epoch: int | None = None,
    end: int | None = None,
    chance: float | None = None,
    beside: pd.DataFrame | None = None,
    extra: str | None = None,
    title: str = "Training",
) -> Payload:
    """The same curves for the canvas, with the parts of the loss. Needs `epoch` and the columns `DRAWN`.

    `end`: as for the unit map. `beside`: the epochs of another run whose curves are to have the same axes.
    `extra`: another column, which is drawn in the place of the accuracy.
    """
    header = {
        "title": title,
        "link": link,
        "epoch": epoch,
        "end": end,
        "chance": None if chance is None else float(chance),
        "changes": change_marks(changes),
        "extra": extra,
        "loss": [] if beside is None else _range(beside[[LOSS, TASK_LOSS, JUMPSTART_LOSS]], above=0.0),
        "accuracy": [] if beside is None else _range(beside[[TRAIN_ACCURACY, TEST_ACCURACY]]),
    }
    columns = {column: column for column in DRAWN} | ({} if extra is None else {"extra": extra})
    arrays = {
        name: epochs[column].to_numpy(dtype=np.float32, na_value=np.nan) for name, column in columns.items()
    }
    return Payload(header, {"epochs": epochs[EPOCH].to_numpy(dtype=np.int32), **arrays})


def _range(values: pd.DataFrame, above: float = -np.inf) -> list[float]:
    """The smallest and the largest finite value over `above`; empty where there is none."""
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    shown = numbers[np.isfinite(numbers) & (numbers > above)]
    return [float(shown.min()), float(shown.max())] if len(shown) else []


def change_marks(changes: pd.DataFrame | None) -> list[dict[str, int | str]]:
    """One mark an epoch at which something was turned: `{"epoch": 150, "text": "λ 0.3"}`."""
    if changes is None or changes.empty:
        return []
    texts = [
        f"{FIELD_SIGNS.get(field, field)} {value:g}"
        for field, value in zip(changes["field"], changes["value"], strict=True)
    ]
    marks: dict[int, list[str]] = {}
    for epoch, text in sorted(zip(changes[EPOCH].astype(int), texts, strict=True), key=lambda pair: pair[0]):
        marks.setdefault(epoch, []).append(text)
    return [{"epoch": epoch, "text": ", ".join(those)} for epoch, those in marks.items()]
