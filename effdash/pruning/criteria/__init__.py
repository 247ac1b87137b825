"""What decides which unit goes first. A new criterion is a small file beside this and a line here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from effdash.pruning.candidates import Candidates
from effdash.pruning.criteria import (
    activation,
    margin,
    pairwise_order,
    permutation,
    pivoted_qr,
    random,
    taylor,
    weights,
)
from effdash.pruning.elimination import COST, Ranking


@dataclass(frozen=True)
class Criterion:
    """`rank` orders the candidates of one group; `cost` says in words what its costs are.

    `across`: costs of different groups are in one measure, so that they can say which group gives more.
    Without it all groups give equal shares.
    """

    rank: Callable[[Candidates], Ranking]
    cost: str
    across: bool = False


CRITERIA: Final[dict[str, Criterion]] = {
    "margin": Criterion(margin.rank, COST, across=True),
    "permutation": Criterion(permutation.rank, "order cost", across=True),
    "pairwise-order": Criterion(pairwise_order.rank, "missing to the same order"),
    "random": Criterion(random.rank, "lot"),
    "l1": Criterion(weights.rank_l1, "L1 norm of its weights"),
    "l2": Criterion(weights.rank_l2, "L2 norm of its weights"),
    "activation": Criterion(activation.rank, "mean activation"),
    "taylor": Criterion(taylor.rank, "first-order change of the loss"),
    "pivoted-qr": Criterion(pivoted_qr.rank, "left over by pivoted QR"),
}
METHODS: Final = tuple(CRITERIA)
