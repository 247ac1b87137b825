"""Backward elimination: unit after unit goes, always the one whose loss costs the decisions least."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Bool, Float64, Int64

RIDGE: Final = 1e-4
"""Added to the diagonal of a Gram matrix, as a share of its mean: it bounds what survivors may take over."""

NEARLY_CHEAPEST: Final = 1.2
"""Among units that cost up to so many times the cheapest, the one most alike a survivor goes."""

COST: Final = "margin cost"
"""What the costs are called."""

STEPS_AT_ONCE: Final = 32
"""After so many removals the matrices are brought up to date and shrunk, in one product instead of many."""


@dataclass(frozen=True, eq=False)
class Intake:
    """What one consumer hears of `units` units, in `k` columns each (two of a linked unit, else one).

    `gram` is the weighted centred Gram matrix of the columns, `sends` is `W M W'` of their outgoing weights W
    in the metric M of the consumer's output, see SCIENCE.md 6. Both are symmetric and positive semidefinite.
    """

    gram: Float64[np.ndarray, "units k units k"]
    sends: Float64[np.ndarray, "units k units k"]

    def __post_init__(self) -> None:
        if self.gram.shape != self.sends.shape:
            raise ValueError(f"gram has shape {self.gram.shape}, but sends {self.sends.shape}")


@dataclass(frozen=True, eq=False)
class Ranking:
    """Units in the order in which they go, and what each removal costs."""

    order: Int64[np.ndarray, " removals"]
    costs: Float64[np.ndarray, " removals"]


def eliminate(
    intakes: Sequence[Intake],
    alike: Float64[np.ndarray, "units units"] | None = None,
    *,
    may_go: Bool[np.ndarray, " units"] | None = None,
    ridge: float = RIDGE,
) -> Ranking:
    """Which of some units go one after the other, where the consumers' other weights take over what they can.

    The cost of unit u among the survivors is the growth of the consumers' weighted squared logit error if u
    goes and least squares hands its part over to those that stay: `|w_u M^(1/2)|² / (G⁻¹)_uu`, the trace of
    the same in blocks where a unit has several columns, added over the consumers. After each removal G⁻¹
    and `W M W'` of the survivors follow by Schur complements.

    With `alike`, the similarity of the units' orders, the one most alike a survivor goes among those that
    cost up to `NEARLY_CHEAPEST` times the cheapest. Only units that `may_go` do (default: all but the last).
    """
    units = len(intakes[0].gram)
    has_to_stay = np.zeros(units, bool) if may_go is None else ~may_go
    removals = min(units - 1, units - int(has_to_stay.sum()))
    order = np.empty(removals, np.int64)
    costs = np.empty(removals)
    survivors = [Survivors(intake, ridge) for intake in intakes if intake.gram.any()]
    left = np.arange(units)
    gone = np.zeros(units, bool)
    for step in range(removals):
        cost = np.maximum(sum((one.costs() for one in survivors), start=np.zeros(len(left))), 0.0)
        cost[gone | has_to_stay[left]] = np.inf
        at = int(cost.argmin())
        if alike is not None:
            near = np.flatnonzero(cost <= NEARLY_CHEAPEST * cost[at])
            at = _most_alike(near, left, gone, alike)
        order[step] = left[at]
        costs[step] = cost[at]
        gone[at] = True
        for one in survivors:
            one.remove(at)
        if gone.sum() == STEPS_AT_ONCE:
            for one in survivors:
                one.shrink(~gone)
            left = left[~gone]
            gone = np.zeros(len(left), bool)
    return Ranking(order, costs)


def _most_alike(near: np.ndarray, left: np.ndarray, gone: np.ndarray, alike: np.ndarray) -> int:
    """Of the places `near`, the one whose unit is most alike another that is still there."""
    if len(near) == 1:
        return int(near[0])
    similarity = alike[np.ix_(left[near], left)]
    similarity[:, gone] = -np.inf
    similarity[np.arange(len(near)), near] = -np.inf
    return int(near[similarity.max(axis=1).argmax()])


class Survivors:
    """G⁻¹ and `W M W'` of the units that are left at one consumer, block by block.

    A removal is noted as two thin factors, and only the diagonal blocks follow at once; `shrink` brings the
    whole matrices up to date. So a removal costs a few matrix-vector products.
    """

    def __init__(self, intake: Intake, ridge: float) -> None:
        units, k = intake.gram.shape[:2]
        gram = intake.gram.reshape(units * k, units * k)
        lift = ridge * gram.trace() / len(gram)
        self._k = k
        self._inverse = np.linalg.inv(gram + lift * np.eye(len(gram)))
        self._sends = intake.sends.reshape(units * k, units * k)
        self._note_nothing()

    def costs(self) -> Float64[np.ndarray, " left"]:
        """Of every unit, the trace of `((G⁻¹)_uu)⁻¹ (W M W')_uu`; 0 of those that are gone."""
        return np.linalg.solve(self._inverse_blocks, self._sends_blocks).trace(axis1=1, axis2=2)

    def remove(self, at: int) -> None:
        """The unit at this place hands its part over to the others: `W_v -= P_vu (P_uu)⁻¹ W_u`, P = G⁻¹."""
        k = self._k
        own = slice(at * k, (at + 1) * k)
        noted = slice(0, self._noted)
        row = self._inverse[own] - self._taken[own, noted] @ self._inverse_rows[noted]
        sent = self._sends[own] - self._taken[own, noted] @ self._sends_rows[noted]
        sent -= self._sends_rows[noted, own].T @ self._taken[:, noted].T
        share = np.linalg.solve(row[:, own], row)
        sent -= 0.5 * sent[:, own] @ share
        new = slice(self._noted, self._noted + k)
        self._taken[:, new] = share.T
        self._inverse_rows[new] = row
        self._sends_rows[new] = sent
        self._noted += k
        by_unit = share.T.reshape(-1, k, k)
        self._inverse_blocks -= by_unit @ row.reshape(k, -1, k).swapaxes(0, 1)
        change = by_unit @ sent.reshape(k, -1, k).swapaxes(0, 1)
        self._sends_blocks -= change + change.swapaxes(1, 2)
        self._inverse_blocks[at] = np.eye(k)
        self._sends_blocks[at] = 0.0

    def shrink(self, stay: np.ndarray) -> None:
        """Keep only the units that stay, a boolean a place."""
        columns = np.flatnonzero(np.repeat(stay, self._k))
        square = np.ix_(columns, columns)
        taken = self._taken[columns, : self._noted]
        change = taken @ self._sends_rows[: self._noted, columns]
        self._inverse = self._inverse[square] - taken @ self._inverse_rows[: self._noted, columns]
        self._sends = self._sends[square] - change - change.T
        self._note_nothing()

    def _note_nothing(self) -> None:
        size, k = len(self._inverse), self._k
        room = STEPS_AT_ONCE * k
        self._noted = 0
        self._taken = np.empty((size, room))
        self._inverse_rows = np.empty((room, size))
        self._sends_rows = np.empty((room, size))
        self._inverse_blocks = _diagonal_blocks(self._inverse, k)
        self._sends_blocks = _diagonal_blocks(self._sends, k)


def _diagonal_blocks(matrix: np.ndarray, k: int) -> Float64[np.ndarray, "units k k"]:
    units = len(matrix) // k
    blocks = matrix.reshape(units, k, units, k).diagonal(axis1=0, axis2=2)
    return np.ascontiguousarray(blocks.transpose(2, 0, 1))
