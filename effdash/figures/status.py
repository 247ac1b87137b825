"""Dead, linear and nonlinear: the map at an epoch, and the shares over the epochs."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from jaxtyping import Integer, UInt8, UInt32

from effdash.figures import theme
from effdash.figures.payload import Payload
from effdash.vocab import EPOCH, LAYER, STATUS, STATUS_DTYPE, STATUS_WORDS, UNIT, UnitStatus, UserError


@runtime_checkable
class HasUnits(Protocol):
    """A layer, as far as a figure needs it."""

    @property
    def name(self) -> str: ...

    @property
    def units(self) -> int: ...


def layer_starts(layers: Sequence[HasUnits]) -> list[int]:
    """The number of each layer's first unit, units being numbered over all layers."""
    return [0, *accumulate(layer.units for layer in layers)][:-1]


def status_heatmap(units: pd.DataFrame, epoch: int, *, scheme: str = theme.LIGHT) -> go.Figure:
    """Layers x units, coloured by status. Needs columns `layer`, `unit`, `epoch`, `status`.

    Raises:
        UserError: `epoch` is not in the table.
    """
    rows = units[units[EPOCH] == epoch]
    if rows.empty:
        raise UserError(f"epoch {epoch} is not in the table; it has {_some(units[EPOCH].unique())}")
    layers = list(dict.fromkeys(rows[LAYER]))
    codes = rows.assign(code=rows[STATUS].astype(STATUS_DTYPE).cat.codes)
    grid = codes.pivot_table(index=LAYER, columns=UNIT, values="code", observed=True).reindex(layers)
    words = np.array([*STATUS_WORDS, ""], dtype=object)
    colors = theme.palette(scheme)
    heatmap = go.Heatmap(
        z=grid.to_numpy(),
        x=grid.columns.to_numpy(),
        y=layers,
        customdata=words[grid.fillna(len(STATUS_WORDS)).to_numpy().astype(int)],
        hovertemplate="%{y} · %{x}: %{customdata}<extra></extra>",
        zmin=-0.5,
        zmax=2.5,
        colorscale=colors.status_scale(),
        colorbar={"tickvals": [0, 1, 2], "ticktext": list(STATUS_WORDS), "thickness": 12, "outlinewidth": 0},
        xgap=1,
        ygap=1,
    )
    figure = theme.figure(scheme, height=max(220, 110 + 16 * len(layers)))
    figure.add_trace(heatmap)
    figure.update_layout(title_text=f"Unit map · epoch {epoch}")
    figure.update_xaxes(title_text="unit", showgrid=False)
    figure.update_yaxes(autorange="reversed", showgrid=False, type="category")
    return figure


def status_counts(units: pd.DataFrame) -> pd.DataFrame:
    """How many units have each status at each epoch: columns `epoch`, `dead`, `linear`, `nonlinear`.

    Needs columns `epoch` and `status`.
    """
    status = units[STATUS].astype(STATUS_DTYPE)
    counts = pd.crosstab(units[EPOCH], status, dropna=False)
    return counts.reindex(columns=list(STATUS_WORDS), fill_value=0).rename_axis(columns=None).reset_index()


def status_shares(counts: pd.DataFrame, *, scheme: str = theme.LIGHT) -> go.Figure:
    """Share of units over the epochs, stacked. Needs the columns of `status_counts`."""
    colors = theme.palette(scheme)
    numbers = counts[list(STATUS_WORDS)]
    shares = numbers.div(numbers.sum(axis=1), axis=0) * 100
    figure = theme.figure(scheme, height=260)
    for word, color in zip(STATUS_WORDS, colors.status, strict=True):
        figure.add_trace(
            go.Scatter(
                x=counts[EPOCH].to_numpy(),
                y=shares[word].to_numpy(),
                name=word,
                stackgroup="units",
                mode="lines",
                line={"width": 0, "color": color},
                fillcolor=color,
                customdata=numbers[word].to_numpy(),
                hovertemplate=f"{word} %{{customdata}} (%{{y:.1f}} %)<extra></extra>",
            )
        )
    figure.update_layout(title_text="Share of units", hovermode="x unified")
    figure.update_xaxes(title_text="epoch", showgrid=False)
    figure.update_yaxes(
        range=[0, 100], tickvals=[0, 50, 100], ticktext=["0 %", "50 %", "100 %"], showgrid=False
    )
    return figure


def shares_payload(
    epochs: Integer[np.ndarray, " epochs"],
    counts: UInt32[np.ndarray, "epochs 3"],
    *,
    split: str,
    link: str,
    epoch: int | None = None,
    end: int | None = None,
    changes: UInt32[np.ndarray, "epochs 2"] | None = None,
    title: str = "Share of units",
) -> Payload:
    """How many units are dead, linear and nonlinear at each recorded epoch (`total_counts`).

    `changes`: how many died and revived at each epoch (`turnover`), drawn below where it is given. `end`: as
    for the unit map.
    """
    header = {"title": title, "split": split, "link": link, "epoch": epoch, "end": end}
    arrays = {"epochs": epochs.astype(np.int32), "counts": counts}
    if changes is not None:
        arrays["changes"] = changes
    return Payload(header, arrays)


def epochs_payload(
    epochs: Integer[np.ndarray, " epochs"], *, link: str, epoch: int | None = None, title: str = "Epoch"
) -> Payload:
    """The recorded epochs alone, for a slider."""
    return Payload({"title": title, "link": link, "epoch": epoch}, {"epochs": epochs.astype(np.int32)})


def band_payload(
    epochs: Integer[np.ndarray, " epochs"],
    statuses: dict[str, UInt8[np.ndarray, " epochs"]],
    *,
    link: str,
    epoch: int | None = None,
    end: int | None = None,
    title: str = "Status over epochs",
) -> Payload:
    """The status of one unit over the epochs, a row for each split: `{"train": …, "test": …}`.

    `end`: as for the unit map.
    """
    header = {"title": title, "rows": list(statuses), "link": link, "epoch": epoch, "end": end}
    return Payload(header, {"epochs": epochs.astype(np.int32), "status": np.stack(list(statuses.values()))})


def total_counts(history: UInt8[np.ndarray, "epochs units"]) -> UInt32[np.ndarray, "epochs 3"]:
    """Dead, linear and nonlinear units of the whole network at each epoch."""
    codes = range(len(STATUS_WORDS))
    return np.stack([np.count_nonzero(history == code, axis=1) for code in codes], axis=1).astype(np.uint32)


def layer_counts(
    history: UInt8[np.ndarray, "epochs units"], sizes: Integer[np.ndarray, " layers"]
) -> UInt32[np.ndarray, "epochs layers 3"]:
    """How many units of each layer are dead, linear and nonlinear at each epoch."""
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    counts = [np.add.reduceat(history == code, starts, axis=1, dtype=np.uint32) for code in UnitStatus]
    return np.stack(counts, axis=2)


def turnover(history: UInt8[np.ndarray, "epochs units"]) -> UInt32[np.ndarray, "epochs 2"]:
    """How many units died, and how many revived, since the recorded epoch before; 0 at the first."""
    counts = np.zeros((len(history), 2), dtype=np.uint32)
    for row in range(1, len(history)):  # a row at a time: a history of 100,000 units is large
        before, now = history[row - 1] == UnitStatus.DEAD, history[row] == UnitStatus.DEAD
        counts[row] = np.count_nonzero(now & ~before), np.count_nonzero(before & ~now)
    return counts


def _some(values: np.ndarray) -> str:
    listed = ", ".join(str(value) for value in values[:8])
    return listed if len(values) <= 8 else f"{listed} … {values[-1]}"
