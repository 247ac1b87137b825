"""How units order the samples: ranks with ties, and how alike two orders are."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float, Float64

from effdash.vocab import UserError

_CHUNK_VALUES = 1 << 20


def order_ranks(values: Float[np.ndarray, "sample unit"]) -> Float64[np.ndarray, "sample unit"]:
    """Ranks of the samples in every unit's order, tied ones averaged; centred and of length 1.

    The product of two columns is Spearman's correlation. A unit that never varies has zeros.

    Raises:
        UserError: no samples; a value is nan.
    """
    ranks = doubled_ranks(values)
    lengths = np.sqrt(np.einsum("us,us->u", ranks, ranks))
    ranks /= np.where(lengths == 0, 1.0, lengths)[:, None]
    return ranks.T


def similarity_of(values: Float[np.ndarray, "sample unit"]) -> Float64[np.ndarray, "unit unit"]:
    """Order similarity: Spearman's correlation of all pairs of units, tied samples at their average rank.

    1 is the same order with the same ties, found exactly: up to 200,000 samples the sums are whole numbers
    that a float64 holds. A unit that never varies has similarity 0 to the others, and 1 to itself.

    Raises:
        UserError: no samples; a value is nan.
    """
    ranks = doubled_ranks(values)
    similarity = ranks @ ranks.T
    squares = similarity.diagonal().copy()
    squares[squares == 0] = 1.0
    for unit, square in enumerate(squares):
        similarity[unit] /= np.sqrt(square * squares)
    np.clip(similarity, -1.0, 1.0, out=similarity)
    np.fill_diagonal(similarity, 1.0)
    return similarity


def doubled_ranks(values: Float[np.ndarray, "sample unit"]) -> Float64[np.ndarray, "unit sample"]:
    """Twice the centred average ranks, a unit a row: whole numbers from 1 - n to n - 1.

    Raises:
        UserError: no samples; a value is nan.
    """
    n_samples, n_units = values.shape
    if n_samples == 0:
        raise UserError("there are no samples to order; at least one is needed")
    ranks = np.empty((n_units, n_samples))
    for units in _chunks(n_units, n_samples):
        rows = np.ascontiguousarray(values[:, units].T)
        _require_no_nan(rows, units)
        ranks[units] = _doubled_ranks_of_rows(rows)
    return ranks


def _doubled_ranks_of_rows(rows: Float[np.ndarray, "unit sample"]) -> Float64[np.ndarray, "unit sample"]:
    n_samples = rows.shape[1]
    order = np.argsort(rows, axis=1)
    ordered = np.take_along_axis(rows, order, axis=1)
    place = np.arange(n_samples, dtype=np.int32)
    changes = ordered[:, 1:] != ordered[:, :-1]
    first = np.zeros(rows.shape, dtype=np.int32)
    first[:, 1:] = np.where(changes, place[1:], 0)
    np.maximum.accumulate(first, axis=1, out=first)
    last = np.full(rows.shape, n_samples - 1, dtype=np.int32)
    last[:, :-1] = np.where(changes, place[:-1], n_samples - 1)
    backwards = last[:, ::-1]
    np.minimum.accumulate(backwards, axis=1, out=backwards)
    # Places from `first` to `last` hold one value; the average of those is its rank, from 0.
    ranks = np.empty(rows.shape)
    np.put_along_axis(ranks, order, (first + last - (n_samples - 1)).astype(np.float64), axis=1)
    return ranks


def _require_no_nan(rows: Float[np.ndarray, "unit sample"], units: slice) -> None:
    bad = np.isnan(rows).any(axis=1)
    if bad.any():
        raise UserError(f"unit {units.start + int(bad.argmax())} has values that are nan; they have no order")


def _chunks(n_units: int, n_samples: int) -> Iterator[slice]:
    step = max(1, _CHUNK_VALUES // n_samples)
    for start in range(0, n_units, step):
        yield slice(start, min(start + step, n_units))
