"""The pre-activations of one unit, by class, with the hinge at 0."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float, Integer

from effdash.figures import theme
from effdash.figures.payload import Payload
from effdash.vocab import CONSTANT_RANGE, UserError

BINS: Final = 28
DWARFED: Final = 20
"""From this ratio of the two sides on, a linear axis would show one side only."""


@dataclass(frozen=True, eq=False)
class Histogram:
    """Counts between edges. 0 is an edge wherever the values lie on both sides of it."""

    edges: Float[np.ndarray, " edges"]
    positions: Float[np.ndarray, " edges"]
    """Where the edges stand on the axis: evenly, also where the axis is not linear."""
    counts: Integer[np.ndarray, "classes bins"]
    scale: float | None
    """Of the arcsinh axis; `None`: the axis is linear."""
    not_finite: int

    def position(self, value: float) -> float:
        """Where a value stands on the axis."""
        return value if self.scale is None else float(np.arcsinh(value / self.scale))

    def ticks(self) -> list[float]:
        """Round values to write on the axis, 0 among them where it is in range."""
        low, high = float(self.edges[0]), float(self.edges[-1])
        return even_ticks(low, high) if self.scale is None else _decade_ticks(low, high, self.scale)


def histogram(
    values: Float[np.ndarray, " samples"], classes: Integer[np.ndarray, " samples"], n_classes: int
) -> Histogram:
    """Counts the pre-activations of one unit by class.

    A bin holds what lies above its lower edge, up to and with its upper one, so that what is erased (at or
    below 0) shares no bin with what passes. Where one side dwarfs the other the bins are even in arcsinh.

    Raises:
        UserError: no finite value.
    """
    finite = np.isfinite(values)
    kept = values[finite].astype(np.float64)
    if not kept.size:
        raise UserError("a histogram needs at least one finite pre-activation")
    low, high = value_range(kept)
    scale = _arcsinh_scale(low, high)
    transformed = np.array([low, high]) if scale is None else np.arcsinh(np.array([low, high]) / scale)
    positions = _even_edges(*transformed)
    edges = positions if scale is None else np.sinh(positions) * scale
    bins = np.clip(np.searchsorted(edges, kept, side="left") - 1, 0, len(edges) - 2)
    counts = np.zeros((n_classes, len(edges) - 1), dtype=np.int64)
    np.add.at(counts, (classes[finite], bins), 1)
    return Histogram(edges, positions, counts, scale, int((~finite).sum()))


def preactivation_histogram(
    values: Float[np.ndarray, " samples"],
    classes: Integer[np.ndarray, " samples"],
    class_names: Sequence[str],
    *,
    scheme: str = theme.LIGHT,
) -> go.Figure:
    """The pre-activations of one unit, a bar a bin, stacked by class; up to 0 ReLU erases them."""
    drawn = histogram(values, classes, len(class_names))
    colors = theme.palette(scheme)
    figure = theme.figure(scheme, height=300)
    for number, name in enumerate(class_names):
        figure.add_trace(
            go.Bar(
                x=(drawn.positions[:-1] + drawn.positions[1:]) / 2,
                y=drawn.counts[number],
                width=np.diff(drawn.positions),
                name=name,
                marker={"color": colors.class_color(number), "line": {"width": 0}},
            )
        )
    figure.add_vline(x=0, line_width=1.5, line_color=colors.ink)
    ticks = drawn.ticks()
    figure.update_xaxes(
        title_text="pre-activation" if drawn.scale is None else "pre-activation, arcsinh scale",
        tickvals=[drawn.position(tick) for tick in ticks],
        ticktext=[f"{tick:,g}" for tick in ticks],
        showgrid=False,
    )
    figure.update_layout(barmode="stack", title_text="Pre-activation by class")
    return figure


def histogram_payload(
    values: Float[np.ndarray, " samples"],
    classes: Integer[np.ndarray, " samples"],
    class_names: Sequence[str],
    *,
    split: str,
    title: str = "Pre-activation",
) -> Payload:
    """The same histogram for the canvas; above four classes it draws a row a class."""
    drawn = histogram(values, classes, len(class_names))
    ticks = drawn.ticks()
    header = {
        "title": title,
        "split": split,
        "samples": int(drawn.counts.sum()),
        "notFinite": drawn.not_finite,
        "classes": list(class_names),
        "arcsinh": drawn.scale is not None,
        "ticks": [{"at": drawn.position(tick), "text": f"{tick:,g}".replace("-", "−")} for tick in ticks],
    }
    arrays = {
        "edges": drawn.edges.astype(np.float32),
        "positions": drawn.positions.astype(np.float32),
        "counts": drawn.counts.astype(np.uint32),
    }
    return Payload(header, arrays)


def value_range(values: Float[np.ndarray, " samples"]) -> tuple[float, float]:
    """Smallest and largest value, set apart where the unit is constant: no axis could tell them apart."""
    low, high = float(values.min()), float(values.max())
    if high - low > CONSTANT_RANGE * max(abs(low), abs(high)):
        return low, high
    apart = abs(low) / 10 or 0.5
    return low - apart, high + apart


def _arcsinh_scale(low: float, high: float) -> float | None:
    if not low < 0 < high:
        return None
    small, large = sorted((-low, high))
    return small / 3 if large > DWARFED * small else None


def _even_edges(low: float, high: float) -> Float[np.ndarray, " edges"]:
    """Edges of about BINS even bins; where 0 lies between the ends it is an edge."""
    if not low < 0 < high:
        return np.linspace(low, high, BINS + 1)
    width = (high - low) / BINS
    below, above = int(np.ceil(-low / width - 1e-9)), int(np.ceil(high / width - 1e-9))
    return np.arange(-below, above + 1) * width


def even_ticks(low: float, high: float) -> list[float]:
    """About five round values from one end to the other."""
    rough = (high - low) / 4
    power = 10 ** np.floor(np.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    first, last = int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9))
    return [float(f"{number * step:.10g}") for number in range(first, last + 1)]


def _decade_ticks(low: float, high: float, scale: float) -> list[float]:
    """0, the end of the small side, and up to three powers of ten on the large side."""
    small, large = sorted((-low, high))
    sign = 1 if high > -low else -1
    first, last = int(np.ceil(np.log10(4 * scale))), int(np.floor(np.log10(large)))
    powers = list(range(first, last + 1))[:: -max(1, -(-(last - first + 1) // 3))]
    near = float(f"{small:.1g}")
    return sorted([0.0, -sign * near, *(sign * float(f"1e{power}") for power in powers)])
