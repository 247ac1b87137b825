"""How convolutions pad and pool, which weights do not show: what fits the dense layer after them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Final

Kernels = Sequence[tuple[int, ...]]

EACH: Final = (2, 3, 4)
"""Sides of the windows that are tried after every convolution; those over 2 where they leave nothing over."""
SOME: Final = 2
"""The side that is tried after some of them."""


@dataclass(frozen=True)
class Way:
    """How much every convolution pads at each side, and the side of the pooling after it; 1: none.

    `everything`: in the end, each channel's mean over all places is taken.
    """

    padding: tuple[tuple[int, ...], ...]
    pools: tuple[int, ...]
    everything: bool = False

    def words(self) -> str:
        """As in `no padding, 2x2 pooling after the last`."""
        padded = any(side for sides in self.padding for side in sides)
        words = "padding that keeps the size" if padded else "no padding"
        if self.everything:
            return f"{words}, the mean over all places at the end"
        used = [place for place, pool in enumerate(self.pools) if pool > 1]
        if not used:
            return f"{words}, no pooling"
        side = self.pools[used[0]]
        dims = len(self.padding[0])
        window = "x".join([str(side)] * dims)
        if len(used) == len(self.pools):
            where = "after each" if len(used) > 1 else "after it"
        elif used == [len(self.pools) - 1]:
            where = "after the last"
        else:
            where = f"after convolution {', '.join(str(place + 1) for place in used)}"
        return f"{words}, {window} pooling {where}"


def ways(kernels: Kernels, sides: tuple[int, ...], positions: int) -> list[Way]:
    """All ways tried that leave `positions` places of an input with these sides; stride is taken to be 1."""
    found = [way for way in _tried(kernels) if _places(kernels, sides, way) == positions]
    if positions == 1 and not any(way.everything for way in found):
        found.append(averaging(kernels))
    return list(dict.fromkeys(found))


def averaging(kernels: Kernels) -> Way:
    """No pooling but the mean over all places at the end."""
    return Way(_same(kernels), (1,) * len(kernels), everything=True)


def _tried(kernels: Kernels) -> Iterator[Way]:
    count = len(kernels)
    placements = [(1,) * count, *((side,) * count for side in EACH)]
    placements.append((*(1,) * (count - 1), SOME))
    # Behind every second and every third, as in networks of blocks.
    placements += [
        tuple(SOME if place % block == block - 1 else 1 for place in range(count))
        for block in (2, 3)
        if count > block and count % block == 0
    ]
    # None behind the last, where there are several.
    if count > 2:
        placements.append((*(SOME,) * (count - 1), 1))
    none = tuple(tuple(0 for _ in sides) for sides in kernels)
    for padding in dict.fromkeys((none, _same(kernels))):
        for pools in dict.fromkeys(placements):
            yield Way(padding, pools)


def _same(kernels: Kernels) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(side // 2 for side in sides) for sides in kernels)


def _places(kernels: Kernels, sides: tuple[int, ...], way: Way) -> int:
    """How many places are left; 0 where a window does not fit."""
    now = list(sides)
    for kernel, padding, pool in zip(kernels, way.padding, way.pools, strict=True):
        now = [side + 2 * pad - window + 1 for side, window, pad in zip(now, kernel, padding, strict=True)]
        if pool > SOME and any(side % pool for side in now):
            return 0
        now = [side // pool for side in now]
        if min(now) < 1:
            return 0
    return prod(now)
