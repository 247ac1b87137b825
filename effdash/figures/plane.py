"""Figures on the plane of two features: the decision function, and the fold of a unit."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float, Integer

from effdash.figures import theme
from effdash.figures.payload import Payload
from effdash.vocab import UserError

Points = tuple[Float[np.ndarray, "_ 2"], Integer[np.ndarray, " _"]]
"""Samples of one split: where they are, and their classes."""

Extent = Sequence[float | int]
"""Left, right, bottom, top."""


def decision_map(
    answers: Integer[np.ndarray, "_ _"],
    confidence: Float[np.ndarray, "_ _"],
    extent: Extent,
    class_names: Sequence[str],
    *,
    train: Points,
    test: Points | None = None,
    scheme: str = theme.LIGHT,
) -> go.Figure:
    """The class answered everywhere on the plane, paler where unsure; train samples filled, test ones hollow.

    Args:
        answers: class numbers on an even grid, the lowest row first.
        confidence: in [0, 1], on the same grid.

    Raises:
        UserError: the grids differ, or an answer is none of the classes.
    """
    _check(answers, confidence, len(class_names))
    colors = theme.palette(scheme)
    figure = theme.figure(scheme, height=420)
    left, right, bottom, top = extent
    figure.add_trace(
        go.Image(
            z=mixed_colors(answers, confidence, colors),
            x0=left,
            y0=bottom,
            dx=(right - left) / max(1, answers.shape[1] - 1),
            dy=(top - bottom) / max(1, answers.shape[0] - 1),
            hoverinfo="skip",
        )
    )
    for name, points, symbol in (("train", train, "circle"), ("test", test, "circle-open")):
        if points is not None:
            figure.add_traces(_sample_traces(points, name, symbol, class_names, colors))
    figure.update_layout(title_text="Decision function")
    figure.update_xaxes(range=[left, right], showgrid=False, zeroline=False)
    figure.update_yaxes(range=[bottom, top], showgrid=False, zeroline=False, scaleanchor=None)
    return figure


def mixed_colors(
    answers: Integer[np.ndarray, "rows columns"],
    confidence: Float[np.ndarray, "rows columns"],
    colors: theme.Palette,
) -> Integer[np.ndarray, "rows columns 3"]:
    """The colour of the plane: the class's colour, the more of it the surer the network is."""
    classes = np.array([_rgb(colors.class_color(number)) for number in range(int(answers.max()) + 1)])
    sure, unsure = colors.decision_mix
    share = unsure + (sure - unsure) * confidence[..., None]
    background = np.array(_rgb(colors.background))
    return np.rint(background + (classes[answers] - background) * share).astype(np.uint8)


def decision_payload(
    answers: Integer[np.ndarray, "_ _"],
    confidence: Float[np.ndarray, "_ _"],
    extent: Extent,
    class_names: Sequence[str],
    *,
    train: Points,
    test: Points | None = None,
    title: str = "Decision function",
    qualifier: str = "paler where unsure",
) -> Payload:
    """The same for the canvas; confidence travels in 256 steps."""
    _check(answers, confidence, len(class_names))
    header = {
        "title": title,
        "qualifier": qualifier,
        "extent": [float(side) for side in extent],
        "classes": list(class_names),
    }
    arrays = {
        "answers": answers.astype(np.uint16),
        "confidence": np.rint(np.clip(confidence, 0, 1) * 255).astype(np.uint8),
    }
    return Payload(header, {**arrays, **_samples(train, test)})


def fold_payload(
    preactivation: Float[np.ndarray, "rows columns"],
    extent: Extent,
    class_names: Sequence[str],
    *,
    train: Points,
    test: Points | None = None,
    title: str = "Fold",
    qualifier: str = "where it is 0; shaded: passes",
) -> Payload:
    """Where on the plane a unit's pre-activation is 0, and where it passes; the grid's lowest row first."""
    header = {
        "title": title,
        "qualifier": qualifier,
        "extent": [float(side) for side in extent],
        "classes": list(class_names),
    }
    arrays = {"preactivation": preactivation.astype(np.float32)}
    return Payload(header, {**arrays, **_samples(train, test)})


def _header(title: str, qualifier: str, extent: Extent, class_names: Sequence[str]) -> dict[str, Any]:
    sides = [float(side) for side in extent]
    return {"title": title, "qualifier": qualifier, "extent": sides, "classes": list(class_names)}


def _check(answers: Integer[np.ndarray, "_ _"], confidence: Float[np.ndarray, "_ _"], n_classes: int) -> None:
    if answers.shape != confidence.shape:
        raise UserError(f"answers are a grid of {answers.shape}, their confidence one of {confidence.shape}")
    if answers.min() < 0 or answers.max() >= n_classes:
        raise UserError(f"an answer is class {answers.max()}, but only {n_classes} have names")


def _samples(train: Points, test: Points | None) -> dict[str, np.ndarray]:
    """Train samples first, then test samples; `heldOut` tells which."""
    parts = [train] if test is None else [train, test]
    return {
        "points": np.concatenate([points for points, _ in parts]).astype(np.float32),
        "labels": np.concatenate([labels for _, labels in parts]).astype(np.uint16),
        "heldOut": np.repeat(np.arange(len(parts), dtype=np.uint8), [len(points) for points, _ in parts]),
    }


def _sample_traces(
    points: Points, split: str, symbol: str, class_names: Sequence[str], colors: theme.Palette
) -> list[go.Scatter]:
    """The samples of a split, a trace a class."""
    places, labels = points
    traces = []
    for number, name in enumerate(class_names):
        color = colors.class_color(number)
        edge = {"width": 1, "color": colors.background if symbol == "circle" else color}
        traces.append(
            go.Scatter(
                x=places[labels == number, 0],
                y=places[labels == number, 1],
                name=f"{name}, {split}",
                mode="markers",
                marker={"color": color, "size": 7, "symbol": symbol, "line": edge},
                hovertemplate=f"{name}, {split}<extra></extra>",
            )
        )
    return traces


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
