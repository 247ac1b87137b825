"""Every unit of one layer over the epochs."""

import numpy as np
from jaxtyping import Bool, Integer, UInt8

from effdash.figures.glance import glance_window
from effdash.figures.payload import Payload
from effdash.figures.unit_map import CONSTANT_SHIFT
from effdash.vocab import UnitStatus, UserError


def layer_band_payload(
    epochs: Integer[np.ndarray, " epochs"],
    history: UInt8[np.ndarray, "epochs units"],
    *,
    layer: str,
    split: str,
    link: str,
    epoch: int | None = None,
    end: int | None = None,
    chosen: int | None = None,
    constant: Bool[np.ndarray, "epochs units"] | None = None,
    title: str | None = None,
) -> Payload:
    """A row a unit and a column a recorded epoch, of the status codes of one layer.

    Of a layer wider than a glance shows, the block of units with the chosen one travels; the counts beside it
    are of all its units. `end`: as for the unit map.

    Raises:
        UserError: there is no unit or no epoch, or the chosen unit is not there.
    """
    units = history.shape[1]
    if not history.size:
        raise UserError(f"a layer's band needs units and epochs; there are {units} and {len(epochs)}")
    if chosen is not None and not 0 <= chosen < units:
        raise UserError(f"unit {chosen} is not in layer {layer!r}; it has units 0 to {units - 1}")
    shown = glance_window(units, chosen)
    status = history[:, shown]
    constants = np.zeros(len(epochs), dtype=np.uint32)
    if constant is not None:
        status = status | np.left_shift(constant[:, shown].astype(np.uint8), CONSTANT_SHIFT)
        constants = np.count_nonzero(constant, axis=1).astype(np.uint32)
    header = {
        "title": title or f"Layer {layer} over the epochs",
        "layer": layer,
        "split": split,
        "link": link,
        "epoch": epoch,
        "end": end,
        "units": units,
        "first": shown.start,
        "chosen": chosen,
        "hasConstant": bool(constants.any()),
    }
    arrays = {
        "epochs": epochs.astype(np.int32),
        "status": np.ascontiguousarray(status.T),
        "counts": np.stack([np.count_nonzero(history == code, axis=1) for code in UnitStatus], 1).astype(
            np.uint32
        ),
        "constants": constants,
    }
    return Payload(header, arrays)
