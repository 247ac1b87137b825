"""How well the other units of a layer tell the order of one, and which of them it takes."""

from typing import Any

import numpy as np
import pandas as pd

from effdash import vocab
from effdash.figures.payload import Payload
from effdash.permutations.joint import SAMPLES_A_UNIT
from effdash.vocab import UserError


def joint_order_payload(
    partners: pd.DataFrame,
    joint: float,
    *,
    layer: str,
    unit: int,
    tellers: int,
    samples: int,
    other: int | None = None,
    qualifier: str = "",
    title: str = "Joint order",
) -> Payload:
    """A row a partner, with its weight and the joint order up to it; the last row is that of all others.

    Args:
        partners: those of `find_partners`: `unit`, `weight`, `joint_order`.
        joint: that of all others; nan where it is not determined.
        layer: in which the unit is.
        unit: whose order is told.
        tellers: how many others tell samples apart.
        samples: how many were ordered.
        other: the unit that stands face to face with it.
        qualifier: on which data and when.

    Raises:
        UserError: the unit is among its own partners.
    """
    units = partners[vocab.UNIT].to_numpy(dtype=np.uint32)
    if unit in units:
        raise UserError(f"unit {unit} cannot tell its own order")
    header: dict[str, Any] = {
        "title": title,
        "qualifier": qualifier,
        "layer": layer,
        "unit": unit,
        "other": other,
        "tellers": tellers,
        "all": None if np.isnan(joint) else float(joint),
        "sentence": joint_sentence(
            partners, joint, name=f"{layer} · {unit}", tellers=tellers, samples=samples
        ),
    }
    arrays = {
        "units": units,
        "weights": partners["weight"].to_numpy(dtype=np.float32),
        "joint": partners["joint_order"].to_numpy(dtype=np.float32),
    }
    return Payload(header, arrays)


def joint_sentence(partners: pd.DataFrame, joint: float, *, name: str, tellers: int, samples: int) -> str:
    """How well the others tell the order, all together and the few that tell most."""
    if tellers == 0:
        return f"No other unit of the layer tells samples apart, so that none tells the order of {name}."
    if partners.empty and joint == 0:
        return f"{name} tells all samples the same: there is no order to tell."
    if np.isnan(joint):
        needed = SAMPLES_A_UNIT * tellers
        whole = (
            f"How well all {tellers:,} others tell its order is not determined: it takes {needed:,} samples "
            f"or more, and there are {samples:,}."
        )
    elif tellers == 1:
        return f"The other unit that varies tells the order of {name} to {joint:.2f}."
    else:
        whole = f"The {tellers:,} others that vary tell the order of {name} to {joint:.2f}."
    told = partners["joint_order"].to_numpy()
    if len(told) < 2 or np.isnan(told).any():
        return whole
    return (
        f"{whole} The best of them alone tells it to {told[0]:.2f}, the best {len(told)} to {told[-1]:.2f}."
    )
