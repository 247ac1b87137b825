"""The few units that tell most of another's order."""

from typing import Final

import numpy as np
import pandas as pd
from jaxtyping import Float64, Int64

from effdash import vocab
from effdash.permutations.joint import RIDGE, Ranks, Units, joint_orders

_LEAST_GAIN: Final = 1e-9


def find_partners(ranks: Ranks, unit: int, others: Units, most: int = 5) -> pd.DataFrame:
    """The units among `others` that together tell most of the order of `unit`, chosen one by one.

    Each is the one that explains most of what those before it left open. A row each, up to `most`: `unit`,
    `weight` (coefficient of its ranks when all that are listed tell together; below 0: a reversed order),
    `joint_order` (of those so far, leave-one-out; nan where it is not determined). No rows for a unit that
    never varies. `ranks` are those of `order_ranks`.
    """
    candidates = np.unique(np.asarray(others, dtype=np.int64))
    candidates = candidates[candidates != unit]
    partners = candidates[_forward(ranks[:, candidates], ranks[:, unit], most)]
    X = ranks[:, partners]
    weights = np.linalg.solve(X.T @ X + RIDGE * np.eye(len(partners)), X.T @ ranks[:, unit])
    joint = [
        joint_orders(ranks[:, [*partners[:n], unit]], np.arange(n))[-1] for n in range(1, len(partners) + 1)
    ]
    return pd.DataFrame({vocab.UNIT: partners, "weight": weights, "joint_order": joint})


def _forward(ranks: Ranks, target: Float64[np.ndarray, " sample"], most: int) -> Int64[np.ndarray, " chosen"]:
    """Columns in the order in which they explain the target: Gram-Schmidt on the Gram matrix, ridge included.

    `open_` is each column's product with what is left of the target, `size` its own square beyond the chosen.
    """
    open_ = target @ ranks
    size = np.full(ranks.shape[1], 1 + RIDGE)
    steps: list[Float64[np.ndarray, " unit"]] = []
    chosen: list[int] = []
    while len(chosen) < min(most, ranks.shape[1]):
        gain = open_**2 / np.maximum(size, RIDGE)
        gain[chosen] = 0
        best = int(gain.argmax())
        if gain[best] < _LEAST_GAIN:
            break
        products = ranks[:, best] @ ranks - sum(step[best] * step for step in steps)
        products[best] += RIDGE
        step = products / np.sqrt(size[best])
        open_ -= step * open_[best] / np.sqrt(size[best])
        size -= step**2
        steps.append(step)
        chosen.append(best)
    return np.array(chosen, dtype=np.int64)
