"""A network of two small layers, with its statuses and the figures of its rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from effdash.figures import LayerFigures


@dataclass
class Layer:
    name: str
    units: int


LAYERS = [Layer("fc1", 3), Layer("fc2", 3)]
EPOCHS = np.array([0, 1, 10])
HISTORY = np.array([[0, 1, 2, 0, 0, 0], [0, 2, 2, 0, 1, 0], [0, 2, 2, 2, 2, 2]], dtype=np.uint8)


def row_figures(dead: float = 0.5, gradient: float = 1e-3) -> LayerFigures:
    full = np.full((3, 2), 1, dtype=np.float32)
    return LayerFigures(full * np.float32(dead), full * 0, full, full * np.float32(gradient))


def wide(page: Any) -> None:
    page.set_viewport_size({"width": 700, "height": 900})


def tip_of(figure: Any) -> str:
    return str(figure.shadow.locator(".tip").inner_text())
