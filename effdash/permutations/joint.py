"""Joint order: how well some units together tell the order of another.

The ranks of a unit are regressed on the ranks of others, and every sample is predicted without itself. With
e the residuals, h the leverages and n samples,

    joint order = sqrt(max(0, 1 - sum (e / (1 - h))² / sum (y - mean of the others)²)):

the multiple rank correlation, leave-one-out; 1 where the order is told fully, 0 where the others help no more
than the mean. Ranks have length 1 and are taken once, over all samples. A ridge of 1e-6 keeps units that say
the same, or that speak of a single sample, from having no solution; with it the closed form stays exact.

Source:
    Allen, *The relationship between variable selection and data augmentation and a method for prediction*,
    Technometrics 16 (1974): the prediction sum of squares (PRESS).
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Float64, Int
from scipy import linalg

from effdash.permutations.ranks import order_ranks
from effdash.vocab import UserError

RIDGE: Final = 1e-6
"""Added to the squared length of every unit's ranks, which is 1."""

SAMPLES_A_UNIT: Final = 2
"""With fewer samples for each unit that tells, the joint order is not determined."""

_CHUNK_VALUES: Final = 1 << 22

Ranks = Float64[np.ndarray, "sample unit"]
Units = Sequence[int] | Int[np.ndarray, " chosen"]


def joint_order(values: Float[np.ndarray, "sample unit"], unit: int, others: Units) -> float:
    """How well `others` together tell the order of `unit`, from 0 to 1.

    nan where it is not determined: fewer than two samples for each of the others that varies. 0 for a unit
    that never varies, and where there are no others.

    Raises:
        UserError: `unit` is among `others`; a value is nan.
    """
    others = np.asarray(others, dtype=np.int64)
    if unit in others:
        raise UserError(f"unit {unit} is among the others that should tell its order")
    ranks = order_ranks(values[:, [*others, unit]])
    return float(joint_orders(ranks, np.arange(len(others)))[-1])


def joint_orders(ranks: Ranks, kept: Units | None = None) -> Float64[np.ndarray, " unit"]:
    """Joint order of every unit, told by the `kept` units other than itself (default: by all).

    `ranks` are those of `order_ranks`. One factorisation serves all units, kept or not. nan and 0 as in
    `joint_order`.
    """
    n_samples, n_units = ranks.shape
    varies = np.any(ranks != 0, axis=0)
    is_kept = np.zeros(n_units, dtype=bool)
    is_kept[slice(None) if kept is None else np.asarray(kept, dtype=np.int64)] = True
    tellers = np.flatnonzero(is_kept & varies)
    gone = np.flatnonzero(~is_kept & varies)
    told_by = np.where(is_kept, len(tellers) - 1, len(tellers))
    joint = _undetermined(varies, told_by, n_samples)
    if len(tellers) == 0 or np.isnan(joint[varies]).all():
        return joint

    factor = _factor(ranks[:, tellers])
    inverse = linalg.cho_solve(factor, np.eye(len(tellers)))
    weights = linalg.cho_solve(factor, ranks[:, tellers].T @ ranks[:, gone])
    scale = inverse.diagonal()
    missed = np.zeros(n_units)
    for rows in _row_chunks(n_samples, len(tellers)):
        X = ranks[rows][:, tellers]
        through = X @ inverse
        free = 1 - 1 / n_samples - np.einsum("su,su->s", through, X)  # 1 - leverage
        # Without its own column a teller's residual is through / scale, and it gives back its leverage.
        missed[tellers] += _squares((through / scale) / (free[:, None] + through**2 / scale))
        missed[gone] += _squares((ranks[rows][:, gone] - X @ weights) / free[:, None])
    determined = varies & ~np.isnan(joint) & (told_by > 0)
    joint[determined] = _correlation(missed[determined], n_samples)
    return joint


def joint_orders_along(ranks: Ranks, removed: Units) -> Float64[np.ndarray, " removed"]:
    """Joint order of units removed one after the other, each told by those that are left after it.

    The whole path costs one Cholesky factorisation: in the opposite order every unit comes after exactly
    those that tell it, and the factor's next column is its residual. nan and 0 as in `joint_order`.
    """
    n_samples, n_units = ranks.shape
    path = np.asarray(removed, dtype=np.int64)
    survivors = np.setdiff1d(np.arange(n_units), path)
    back = np.concatenate([survivors, path[::-1]])
    varies = np.any(ranks != 0, axis=0)[back]
    told_by = np.cumsum(varies) - varies
    joint = _undetermined(varies, told_by, n_samples)
    lower = np.tril(_factor(ranks[:, back])[0])
    missed = np.zeros(n_units)
    for rows in _row_chunks(n_samples, n_units):
        # Column j of `steps` is the residual of unit j on those before it, divided by lower[j, j].
        steps = linalg.solve_triangular(lower, ranks[rows][:, back].T, lower=True).T
        free = np.cumsum(steps**2, axis=1)
        free = 1 - 1 / n_samples - (free - steps**2)
        missed += _squares(steps * lower.diagonal() / free)
    determined = varies & ~np.isnan(joint) & (told_by > 0)
    joint[determined] = _correlation(missed[determined], n_samples)
    return joint[len(survivors) :][::-1].copy()


def _undetermined(
    varies: Bool[np.ndarray, " unit"], told_by: Int[np.ndarray, " unit"], n_samples: int
) -> Float64[np.ndarray, " unit"]:
    """nan where too many units tell a unit that varies, else 0."""
    return np.where(varies & (n_samples < SAMPLES_A_UNIT * told_by), np.nan, 0.0)


def _factor(ranks: Ranks) -> tuple[np.ndarray, bool]:
    gram = ranks.T @ ranks
    gram[np.diag_indices_from(gram)] += RIDGE
    factor, lower = linalg.cho_factor(gram, lower=True, overwrite_a=True)
    return factor, lower


def _correlation(missed: Float64[np.ndarray, " unit"], n_samples: int) -> Float64[np.ndarray, " unit"]:
    """From sums of squared leave-one-out residuals, against those of predicting the mean of the others."""
    by_mean = (n_samples / (n_samples - 1)) ** 2
    return np.sqrt(np.maximum(0, 1 - missed / by_mean))


def _squares(residuals: Float64[np.ndarray, "sample unit"]) -> Float64[np.ndarray, " unit"]:
    return np.einsum("su,su->u", residuals, residuals)


def _row_chunks(n_samples: int, n_units: int) -> Iterator[slice]:
    step = max(1, _CHUNK_VALUES // max(1, n_units))
    for start in range(0, n_samples, step):
        yield slice(start, start + step)
