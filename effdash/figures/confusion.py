"""Train against test: the units by their status on each."""

import numpy as np
from jaxtyping import UInt8, UInt32

from effdash.figures.payload import Payload
from effdash.vocab import UnitStatus


def confusion_payload(
    train: UInt8[np.ndarray, " units"],
    test: UInt8[np.ndarray, " units"],
    *,
    title: str = "Train against test",
    qualifier: str = "units, by status on each",
) -> Payload:
    """How many units have each pair of statuses, and what it says of dead ones; status codes of one epoch."""
    counts = confusion(train, test)
    header = {"title": title, "qualifier": qualifier, "sentence": confusion_sentence(counts)}
    return Payload(header, {"counts": counts})


def confusion(
    train: UInt8[np.ndarray, " units"], test: UInt8[np.ndarray, " units"]
) -> UInt32[np.ndarray, "3 3"]:
    """Units by status on train (rows) and on test (columns)."""
    sides = len(UnitStatus)
    pairs = train.astype(np.int64) * sides + test
    return np.bincount(pairs, minlength=sides**2).reshape(sides, sides).astype(np.uint32)


def confusion_sentence(counts: UInt32[np.ndarray, "3 3"]) -> str:
    """`2 units dead on train fire on test; 1 dead on test fires on train.`"""
    fires_on_test = int(counts[UnitStatus.DEAD, UnitStatus.LINEAR :].sum())
    fires_on_train = int(counts[UnitStatus.LINEAR :, UnitStatus.DEAD].sum())
    those = "unit dead on train fires" if fires_on_test == 1 else "units dead on train fire"
    others = "fires" if fires_on_train == 1 else "fire"
    return f"{fires_on_test:,} {those} on test; {fires_on_train:,} dead on test {others} on train."
