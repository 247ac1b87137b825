"""The one place for colours, fonts and sizes. Pages, canvases and notebook figures all read them here."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import plotly.graph_objects as go
import plotly.io as pio

from effdash.vocab import UnitStatus

FONT: Final = "Inter, system-ui, sans-serif"
MONOSPACE: Final = "'IBM Plex Mono', ui-monospace, monospace"
BASE_SIZE: Final = 14
TITLE_SIZE: Final = 13
LABEL_SIZE: Final = 12
CANVAS_SIZE: Final = 11
LIGHT: Final = "light"
DARK: Final = "dark"


@dataclass(frozen=True)
class Palette:
    """The colours of one scheme, as `#RRGGBB`."""

    background: str
    wash: str
    ink: str
    muted: str
    line: str
    fold_pass: str
    """Where a unit passes its pre-activation on."""
    changed: str
    """A changed decision, and nothing else."""
    status: tuple[str, str, str]
    """Indexed by `UnitStatus`: dead, linear, nonlinear."""
    classes: tuple[str, ...]
    sequential: tuple[str, ...]
    diverging: tuple[str, ...]
    decision_mix: tuple[float, float]
    """How much of a class colour covers the plane where the network is sure, and where it is not."""
    removed_alpha: tuple[float, float]
    """How much of its status's colour the cell of a removed unit has, and the stroke through it."""

    def class_color(self, number: int) -> str:
        """The colour of a class; colours repeat where there are more classes than colours."""
        return self.classes[number % len(self.classes)]

    def diverging_scale(self) -> list[tuple[float, str]]:
        """The diverging colours as a plotly colour scale."""
        return _scale(self.diverging)

    def sequential_scale(self) -> list[tuple[float, str]]:
        """The sequential colours as a plotly colour scale."""
        return _scale(self.sequential)

    def status_scale(self) -> list[tuple[float, str]]:
        """Three flat steps for the status codes 0, 1, 2, as a plotly colour scale over [-0.5, 2.5]."""
        return [(step / 3, color) for code, color in enumerate(self.status) for step in (code, code + 1)]


@cache
def tokens() -> dict[str, Any]:
    """The palettes as they stand in `tokens.json`, for both schemes. The canvases get them verbatim."""
    values: dict[str, Any] = json.loads(files("effdash.figures").joinpath("tokens.json").read_text("utf-8"))
    return values


@cache
def palette(scheme: str = LIGHT) -> Palette:
    """The palette of `light` or `dark`."""
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in tokens()[scheme].items()
    }
    values["status"] = tuple(values["status"][status.word] for status in UnitStatus)
    return Palette(**values)


def template_name(scheme: str) -> str:
    """The plotly template of a scheme; `use_templates` makes it known to plotly."""
    return f"effdash-{scheme}"


def use_templates() -> None:
    """Registers the templates `effdash-light` and `effdash-dark` with plotly."""
    for scheme in (LIGHT, DARK):
        pio.templates[template_name(scheme)] = _template(palette(scheme))


def figure(scheme: str, *, height: int = 320) -> go.Figure:
    """An empty figure in the look of effdash."""
    use_templates()
    return go.Figure(layout={"template": template_name(scheme), "height": height})


def _scale(colors: tuple[str, ...]) -> list[tuple[float, str]]:
    return [(index / (len(colors) - 1), color) for index, color in enumerate(colors)]


def _template(colors: Palette) -> go.layout.Template:
    axis = {
        "gridcolor": colors.wash,
        "linecolor": colors.line,
        "zerolinecolor": colors.line,
        "tickcolor": colors.line,
        "tickfont": {"size": CANVAS_SIZE, "color": colors.muted},
        "title": {"font": {"size": LABEL_SIZE, "color": colors.muted}},
        "ticks": "outside",
        "ticklen": 4,
    }
    layout = {
        "font": {"family": FONT, "size": LABEL_SIZE, "color": colors.ink},
        "title": {"font": {"size": TITLE_SIZE, "weight": 600}, "x": 0, "xref": "paper", "xanchor": "left"},
        "paper_bgcolor": colors.background,
        "plot_bgcolor": colors.background,
        "colorway": list(colors.classes),
        "colorscale": {"sequential": _scale(colors.sequential), "diverging": _scale(colors.diverging)},
        "xaxis": axis,
        "yaxis": axis,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": LABEL_SIZE}},
        "margin": {"l": 56, "r": 16, "t": 64, "b": 44},
        "hoverlabel": {"bgcolor": colors.ink, "font": {"color": colors.background, "family": FONT}},
        "bargap": 0.04,
    }
    return go.layout.Template(layout=layout)
