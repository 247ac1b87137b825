"""How much goes from which group: one nested path through all groups, and how evenly it takes from them."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from jaxtyping import Float64, Int64

BLENDS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
"""From equal shares of every group to the cheapest next, whichever group it is in."""

LOOKED_AT: Final = (0.5, 0.3, 0.2, 0.12)
"""The shares of units kept at which blends are compared."""

Costs = Sequence[Float64[np.ndarray, " _"]]
"""Of every group, what its removals cost one after the other; one unit more than these is in it."""

Path = Int64[np.ndarray, " step"]
"""The group that loses its next unit at every step."""


def choose_path(
    costs: Costs,
    error: Callable[[Int64[np.ndarray, " group"]], float],
    looked_at: Sequence[float] = LOOKED_AT,
) -> tuple[Path, tuple[float, ...]]:
    """A nested path with the blend of the smallest error at each share looked at; these blends come second.

    In between blends are interpolated, along the logarithm of the share. Of equal ones the more even one is
    taken. `error` takes how many units every group keeps; it is asked once for the same numbers.
    """
    known: dict[tuple[int, ...], float] = {}

    def error_at(blend: float, share: float) -> float:
        kept = kept_after(costs, paths[blend], share)
        counts = tuple(kept.tolist())
        if counts not in known:
            known[counts] = error(kept)
        return known[counts]

    paths = {blend: blended_path(costs, blend) for blend in BLENDS}
    best = tuple(min(BLENDS, key=lambda blend: error_at(blend, share)) for share in looked_at)
    sizes = _sizes(costs).sum()
    shares = (sizes - 1 - np.arange(sizes - len(costs))) / sizes
    blends = np.interp(np.log(shares), np.log(looked_at[::-1]), best[::-1])
    return blended_path(costs, blends), best


def blended_path(costs: Costs, blend: float | Float64[np.ndarray, " step"]) -> Path:
    """A nested path down to one unit a group, in which group sizes follow a geometric blend.

    At every step the group that is furthest above its due size loses a unit. What is due is
    `cheapest ** blend * equal ** (1 - blend)`, scaled to as many units: `cheapest` are the sizes on the path
    that takes the unit of the smallest cumulated cost, `equal` the same share of every group. The blend may
    differ from step to step.
    """
    full = _sizes(costs)
    cheapest = _sizes_along(costs, cheapest_path(costs))
    left = cheapest.sum(axis=1, keepdims=True)
    blend = np.broadcast_to(blend, len(cheapest))[:, None]
    due = cheapest**blend * (full * (left / full.sum())) ** (1 - blend)
    due *= left / due.sum(axis=1, keepdims=True)
    sizes = full.astype(np.float64)
    path = np.empty(len(cheapest), np.int64)
    for step, sizes_due in enumerate(due):
        above = np.where(sizes > 1, sizes - sizes_due, -np.inf)
        path[step] = above.argmax()
        sizes[path[step]] -= 1
    return path


def cheapest_path(costs: Costs) -> Path:
    """Every step takes from the group whose removals so far, with the next one, cost least.

    A group's order is fixed and its cumulated cost never falls, so this is the order of cumulated costs.
    """
    cumulated = np.concatenate([np.cumsum(cost) for cost in costs])
    groups = np.repeat(np.arange(len(costs)), [len(cost) for cost in costs])
    return groups[cumulated.argsort(kind="stable")]


def kept_after(costs: Costs, path: Path, share: float) -> Int64[np.ndarray, " group"]:
    """How many units every group keeps where the path has left about this share of all."""
    sizes = _sizes(costs)
    steps = min(len(path), round((1 - share) * int(sizes.sum())))
    return sizes - np.bincount(path[:steps], minlength=len(costs))


def _sizes(costs: Costs) -> Int64[np.ndarray, " group"]:
    return np.array([len(cost) + 1 for cost in costs], np.int64)


def _sizes_along(costs: Costs, path: Path) -> Int64[np.ndarray, "step group"]:
    """The sizes of all groups after every step of a path."""
    taken = np.cumsum(path[:, None] == np.arange(len(costs)), axis=0)
    return _sizes(costs) - taken
