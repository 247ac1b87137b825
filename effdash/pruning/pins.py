"""What a choice fixes, channel by channel: units are coupled, so that a pin on one may hold others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Bool

from effdash.pruning.asked import checked_units
from effdash.pruning.choice import Choice, UnitAddress, by_layer
from effdash.pruning.homes import Homes, homes_of
from effdash.pruning.plan import channels_of
from effdash.pruning.reasons import unit_name
from effdash.pruning.reference import Reference
from effdash.vocab import UserError

BY_AMOUNT: Final = "not by pins, but by the amount, where branches may vanish"
"""How a choice lets a branch go."""

Channels = Mapping[int, Bool[np.ndarray, " _"]]
"""Some channels of some groups, by the number of the group."""


@dataclass(frozen=True, eq=False)
class Pins:
    """Channels that go in any case, and channels that stay; only prunable groups are named."""

    goes: Channels
    stays: Channels

    @classmethod
    def of(cls, reference: Reference, choice: Choice) -> "Pins":
        """What a choice fixes in a network.

        A pin on a unit stands above the lock of its layer, or of a layer that it is coupled with.

        Raises:
            UserError: no such layer or unit; a unit pinned as removed that cannot go, or that is coupled with
                one that is pinned as kept; all units of a layer pinned as removed.
        """
        sizes = {layer.name: layer.units for layer in reference.layers}
        for layer in sorted(choice.locked):
            checked_units(sizes, {layer: ()})
        kept = checked_units(sizes, by_layer(choice.kept))
        goes = channels_of(reference, by_layer(choice.removed), by=BY_AMOUNT)
        stays: dict[int, np.ndarray] = {}
        homes = homes_of(reference)
        for layer, units in kept.items():
            _add(reference, stays, homes[layer], units)
        for number, channels in goes.items():
            if number in stays and (channels & stays[number]).any():
                raise _contradiction(homes, choice)
        for layer in sorted(choice.locked):
            _add(reference, stays, homes[layer], range(sizes[layer]))
        for number, channels in goes.items():
            if number in stays:
                stays[number] = stays[number] & ~channels
        return cls(goes, stays)


def coupled_with(reference: Reference, layer: str, unit: int) -> frozenset[UnitAddress]:
    """The units of layers that go or stay with this one, itself among them.

    Raises:
        UserError: no such layer or unit.
    """
    checked_units({layer.name: layer.units for layer in reference.layers}, {layer: [unit]})
    home = homes_of(reference)[layer]
    group = reference.groups[int(home.groups[unit])]
    channel = int(home.channels[unit])
    return frozenset(
        (name, number) for name, units in group.sites.items() for number in units[channel].tolist()
    )


def _add(reference: Reference, channels: dict[int, np.ndarray], home: Homes, units: Iterable[int]) -> None:
    for unit in units:
        number = int(home.groups[unit])
        if number in reference.prunable:
            known = channels.setdefault(number, np.zeros(reference.groups[number].channels, bool))
            known[home.channels[unit]] = True


def _contradiction(homes: Mapping[str, Homes], choice: Choice) -> UserError:
    """What to say of the first unit pinned as removed that is coupled with one pinned as kept."""
    kept = {
        (int(homes[layer].groups[unit]), int(homes[layer].channels[unit])): unit_name(layer, unit)
        for layer, unit in sorted(choice.kept)
    }
    for layer, unit in sorted(choice.removed):
        other = kept.get((int(homes[layer].groups[unit]), int(homes[layer].channels[unit])))
        if other is not None:
            return UserError(
                f"{unit_name(layer, unit)} is pinned as removed, but {other}, which goes with it, as kept; "
                "unpin one of them"
            )
    raise AssertionError("no unit is pinned both ways")
