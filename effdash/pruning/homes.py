"""Where units live: the channel of a group that each unit of a layer stands for."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from effdash.pruning.reference import Reference


@dataclass(frozen=True, eq=False)
class Homes:
    """Of the units of one layer: the numbers of their groups, and of the channels in these."""

    groups: Int64[np.ndarray, " unit"]
    channels: Int64[np.ndarray, " unit"]


def homes_of(reference: Reference) -> Mapping[str, Homes]:
    """By layer, in the network's order. Made once."""
    if "homes" not in reference.derived:
        reference.derived["homes"] = _homes_of(reference)
    found: Mapping[str, Homes] = reference.derived["homes"]
    return found


def _homes_of(reference: Reference) -> dict[str, Homes]:
    homes = {
        layer.name: Homes(np.empty(layer.units, np.int64), np.empty(layer.units, np.int64))
        for layer in reference.layers
    }
    for number, group in enumerate(reference.groups):
        for layer, units in group.sites.items():
            homes[layer].groups[units] = number
            homes[layer].channels[units] = np.arange(group.channels)[:, None]
    return homes


def rows_of_channels(reference: Reference) -> Int64[np.ndarray, " group"]:
    """How many units of layers each channel of a group stands for."""
    return np.array(
        [sum(units.shape[1] for units in group.sites.values()) for group in reference.groups], np.int64
    )
