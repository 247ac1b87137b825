"""Layers whose widths are multiples of a number, as hardware likes them."""

from collections.abc import Sequence

from effdash.pruning.reference import Reference
from effdash.pruning.removal import Removal


def rounded_up(
    reference: Reference, removals: Sequence[Removal], multiple: int
) -> tuple[tuple[Removal, ...], tuple[str, ...]]:
    """Those of some removals that leave every layer a width that is a multiple, and what is to say of it.

    The last ones come back, as few as will do, but none that is pinned; where all of a layer comes back it
    keeps the width it had.
    """
    if multiple == 1:
        return tuple(removals), ()
    widths = _Widths(reference, removals)
    while any(widths.round_up(layer, multiple) for layer in widths.sizes):
        pass  # what came back for one layer may be coupled with others
    notes = tuple(
        f"{layer} keeps {widths.left(layer)} units, no multiple of {multiple}, as units pinned as removed do "
        "not come back"
        for layer in widths.sizes
        if widths.is_uneven(layer, multiple)
    )
    going = {place for places in widths.going.values() for place in places}
    return tuple(one for place, one in enumerate(removals) if one.pinned or place in going), notes


class _Widths:
    """How wide the layers are after some removals, of which the last of a group can come back."""

    def __init__(self, reference: Reference, removals: Sequence[Removal]) -> None:
        self.groups = {number: reference.groups[number] for number in reference.prunable}
        layers = {layer for group in self.groups.values() for layer in group.sites}
        self.sizes = {layer.name: layer.units for layer in reference.layers if layer.name in layers}
        self.gone = dict.fromkeys(self.sizes, 0)
        self.going: dict[int, list[int]] = {number: [] for number in self.groups}
        """By group, the places of the removals that can come back."""
        for place, removal in enumerate(removals):
            self._count(removal.group, 1)
            if not removal.pinned:
                self.going[removal.group].append(place)

    def left(self, layer: str) -> int:
        return self.sizes[layer] - self.gone[layer]

    def is_uneven(self, layer: str, multiple: int) -> bool:
        return self.gone[layer] > 0 and self.left(layer) % multiple > 0

    def round_up(self, layer: str, multiple: int) -> bool:
        """Takes back what a layer needs; whether that was anything."""
        took_back = False
        holding = [number for number, group in self.groups.items() if layer in group.sites]
        while self.is_uneven(layer, multiple) and any(self.going[number] for number in holding):
            last = max((number for number in holding if self.going[number]), key=lambda n: self.going[n][-1])
            self.going[last].pop()
            self._count(last, -1)
            took_back = True
        return took_back

    def _count(self, number: int, change: int) -> None:
        for layer, units in self.groups[number].sites.items():
            self.gone[layer] += change * units.shape[1]
