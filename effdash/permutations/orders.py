"""Orders, cuts and signatures of units, and which units share them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int, Int32, Int64


class SampleOrders(NamedTuple):
    """Of every unit the samples from its lowest response to its highest, and how many are not above 0."""

    orders: Int64[np.ndarray, "unit sample"]
    cut: Int64[np.ndarray, " unit"]


def orders_of(values: Float[np.ndarray, "sample unit"]) -> SampleOrders:
    """Orders and cuts of pre-activations, or responses. Equal values stay in the order of the samples."""
    orders = np.argsort(values.T, axis=1, kind="stable")
    return SampleOrders(orders, np.count_nonzero(values <= 0, axis=0))


def signatures(
    told: Float[np.ndarray, "sample unit"], erased: Int[np.ndarray, " unit"]
) -> list[Int32[np.ndarray, " above"]]:
    """What a unit tells the next layer: the samples above those it `erased`, in order.

    `told` is phi of the responses. Empty for a unit that erases all.
    """
    orders = np.argsort(told.T, axis=1, kind="stable").astype(np.int32)
    return [order[start:] for order, start in zip(orders, erased, strict=True)]


def first_equals(sequences: Sequence[np.ndarray]) -> Int64[np.ndarray, " sequence"]:
    """For each sequence the number of the first one that equals it (often its own).

    In time that grows with what there is to read: by hash, and compared where hashes meet.
    """
    firsts = np.arange(len(sequences))
    met: dict[int, list[int]] = {}
    for number, sequence in enumerate(sequences):
        alike = met.setdefault(hash(sequence.tobytes()), [])
        for first in alike:
            if np.array_equal(sequences[first], sequence):
                firsts[number] = first
                break
        else:
            alike.append(number)
    return firsts


def partitions(values: Float[np.ndarray, "sample unit"]) -> list[np.ndarray]:
    """Of every unit the set of samples above 0, as bits."""
    return list(np.packbits(values.T > 0, axis=1))


def members(labels: Int[np.ndarray, " unit"]) -> list[list[int]]:
    """Units with the same label, two or more each; those of `first_equals`, say."""
    together: dict[int, list[int]] = {}
    for unit, label in enumerate(labels.tolist()):
        together.setdefault(label, []).append(unit)
    return [units for units in together.values() if len(units) > 1]
