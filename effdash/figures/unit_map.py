"""The unit map: one cell a unit, and beside it each layer's history over the epochs."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from jaxtyping import Bool, Integer, UInt8, UInt32

from effdash.figures.payload import Payload
from effdash.figures.rows import LayerFigures
from effdash.figures.status import HasUnits, layer_counts
from effdash.vocab import UnitStatus, UserError

FRAME_BYTES: Final = 1_000_000
"""How much status history travels to the browser. Beyond it only some epochs have a map of their own."""

CONSTANT_SHIFT: Final = 2
"""The bit, beside the status code, that marks a unit as constant."""


def unit_map_payload(
    layers: Sequence[HasUnits],
    epochs: Integer[np.ndarray, " epochs"],
    history: UInt8[np.ndarray, "epochs units"],
    *,
    split: str,
    link: str,
    epoch: int | None = None,
    end: int | None = None,
    selected: int | None = None,
    counts: UInt32[np.ndarray, "epochs layers 3"] | None = None,
    frames: Integer[np.ndarray, " frames"] | None = None,
    constant: Bool[np.ndarray, "frames units"] | None = None,
    rows: LayerFigures | None = None,
    highlight: Bool[np.ndarray, " units"] | None = None,
    highlight_words: str = "",
    highlight_epoch: int | None = None,
    walls: bool = True,
    title: str = "Unit map",
) -> Payload:
    """The status of every unit over the recorded epochs, ready for the canvas.

    Args:
        layers: in order of application; their units are the columns of `history`, one layer after the other.
        epochs: the recorded epochs, rising.
        history: status codes (`UnitStatus`).
        split: the data the status was taken on, in words: `train`, or `train, 10,000 of 60,000`.
        link: figures with the same link move their epoch together; a run's id.
        epoch: the epoch shown; `None` follows the newest one.
        end: the newest epoch of all runs under this link, where there are several: there the axis ends.
        selected: the chosen unit, a column of `history`.
        counts: `layer_counts` of the history, where they are known already.
        frames: which recorded epochs have a map of their own, places in `epochs` (`map_frames`); `None`: all.
            At the others, the map of the frame before is shown, and said to be it.
        constant: which units do not change over the samples, at each frame.
        rows: what is drawn of each layer on its row, where there is room, at each frame.
        highlight: which units are outlined.
        highlight_words: what the outlined ones have in common, `dead now, not dead before`.
        highlight_epoch: when they have it; `None`: at the epoch shown.
        walls: whether a layer of dead units is a wall: not where skip connections lead round it.

    Raises:
        UserError: nothing to show, or the sizes do not fit each other.
    """
    sizes = np.array([layer.units for layer in layers], dtype=np.int32)
    _check(sizes, epochs, history, selected)
    shown = len(epochs) - 1 if epoch is None else nearest_earlier(epochs, epoch)
    if frames is None:
        frames = np.arange(len(epochs))
    if rows is not None:
        rows.check(len(frames), len(layers))
    status = history[frames]
    if constant is not None:
        status |= np.left_shift(constant.view(np.uint8), CONSTANT_SHIFT)
    header = {
        "title": title,
        "split": split,
        "link": link,
        "layers": [layer.name for layer in layers],
        "epoch": None if epoch is None else int(epochs[shown]),
        "end": end,
        "selected": selected,
        "hasConstant": bool(constant is not None and constant.any()),
        "walls": walls,
        "highlightWords": highlight_words,
        "highlightEpoch": int(epochs[shown]) if highlight_epoch is None else highlight_epoch,
    }
    arrays = {
        "sizes": sizes,
        "epochs": epochs.astype(np.int32),
        "counts": layer_counts(history, sizes) if counts is None else counts,
        "frames": frames.astype(np.int32),
        "status": status,
    }
    if rows is not None:
        arrays.update(rows.arrays())
    if highlight is not None:
        arrays["highlight"] = np.flatnonzero(highlight).astype(np.uint32)
    return Payload(header, arrays)


def map_frames(epochs: int, units: int, frame_bytes: int = FRAME_BYTES) -> Integer[np.ndarray, " frames"]:
    """Which of so many recorded epochs get a map of their own: all, or evenly spread ones with both ends.

    `frame_bytes` is how much of the status history may travel; a map has a byte a unit.
    """
    budget = max(2, frame_bytes // units)
    if epochs <= budget:
        return np.arange(epochs)
    return np.linspace(0, epochs - 1, budget).round().astype(np.int64)


def nearest_earlier(epochs: Integer[np.ndarray, " epochs"], epoch: int) -> int:
    """The place of the last recorded epoch that is not after `epoch` (of the first, if all are)."""
    return max(0, int(np.searchsorted(epochs, epoch, side="right")) - 1)


def _check(
    sizes: Integer[np.ndarray, " layers"],
    epochs: Integer[np.ndarray, " epochs"],
    history: UInt8[np.ndarray, "epochs units"],
    selected: int | None,
) -> None:
    units = history.shape[1]
    if not len(epochs) or not units:
        raise UserError("a unit map needs at least one recorded epoch and one unit")
    if sizes.min() < 1 or sizes.sum() != units:
        raise UserError(f"the layers have {sizes.sum()} units, the status history has {units}")
    if (np.diff(epochs) <= 0).any():
        raise UserError("the recorded epochs of a unit map have to rise")
    if history.max() > max(UnitStatus):
        raise UserError(f"status {history.max()} is none of 0 (dead), 1 (linear), 2 (nonlinear)")
    if selected is not None and not 0 <= selected < units:
        raise UserError(f"unit {selected} is not in this network; it has units 0 to {units - 1}")
