"""Samples, or units, on a map: UMAP, each epoch started from the one before."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from jaxtyping import Float, Float32
from scipy import linalg

from effdash.permutations.compiled import umap_class
from effdash.vocab import UserError

FEWEST: Final = 4
"""Things that a map needs at least."""

_NEIGHBOURS: Final = 15
_STEPS_ON: Final = 100
"""Of the optimisation, for all epochs but the first, which takes UMAP's own number."""


def map_epochs(
    epochs: Sequence[Float[np.ndarray, "_ feature"]],
    seed: int = 0,
    *,
    before: Float[np.ndarray, "_ 2"] | None = None,
) -> Iterator[Float32[np.ndarray, "_ 2"]]:
    """A place on a map for each item, epoch after epoch; near ones are alike.

    For the samples at a layer pass what its units tell, `(sample, unit)`; for its units their ranks,
    `order_ranks(told).T`: the squared distance of two is then 2 - 2 Spearman. The first map starts from the
    two principal axes, every other from the one before and turned towards it, so that items can be followed.
    The same seed gives the same maps. Where all items are equal they stay where they were. The first map on a
    machine waits a minute or two for what UMAP compiles, see `umap_is_compiled`.

    Args:
        before: The map of an earlier epoch, where the first one here is to start from it.

    Raises:
        UserError: fewer than four items; other items from epoch to epoch; a value is nan or infinite.

    Source:
        McInnes, Healy and Melville, *UMAP: Uniform Manifold Approximation and Projection for Dimension
        Reduction* (2018), arXiv 1802.03426.
    """
    if len(epochs) == 0:
        return
    n_items = len(epochs[0])
    for items in epochs:
        _require_mappable(items, n_items)
        if np.any(items != items[:1]):
            before = _map(items, before, seed)
            yield before
        else:
            yield np.zeros((n_items, 2), dtype=np.float32) if before is None else before


def _map(items: np.ndarray, before: np.ndarray | None, seed: int) -> np.ndarray:
    start: Any = before
    if before is None:
        start = "pca" if items.shape[1] > 1 else "random"
    place = umap_class()(
        n_neighbors=min(_NEIGHBOURS, len(items) - 1),
        n_epochs=None if before is None else _STEPS_ON,
        init=start,
        random_state=seed,
        n_jobs=1,
    )
    places = np.asarray(place.fit_transform(items), dtype=np.float32)
    return places if before is None else _turned_back(places, before)


def _turned_back(places: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Moved, turned and mirrored as a whole, towards where the items were: that is no change among them."""
    middle = before.mean(axis=0)
    centred = places - places.mean(axis=0)
    turn, _ = linalg.orthogonal_procrustes(centred, before - middle)
    return centred @ turn + middle


def _require_mappable(items: np.ndarray, n_items: int) -> None:
    if n_items < FEWEST:
        raise UserError(f"a map needs at least {FEWEST} samples or units, not {n_items}")
    if len(items) != n_items:
        raise UserError(
            f"the epochs to map have {n_items} and {len(items)} items; they should be the same ones"
        )
    if not np.isfinite(items).all():
        raise UserError("the values to map hold a nan or an infinite one")
