"""What a unit does, in a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from effdash.numbers import scientific
from effdash.vocab import Split, UnitStatus

HINGES = ("relu", "relu6")
"""Activations that silence what is not above 0."""


@dataclass(frozen=True)
class UnitOnSplit:
    """One unit on one split: its status at every recorded epoch, its share above 0 at the one looked at."""

    status: np.ndarray
    active_share: float
    samples: int
    constant: bool


def unit_sentence(
    epochs: Sequence[int],
    at: int,
    *,
    kind: str,
    positions: int,
    train: UnitOnSplit,
    test: UnitOnSplit | None = None,
) -> str:
    """What a unit does on the training data at the epoch `epochs[at]`, since when, and what it does on test.

    `positions` is how many values of the unit there are in a sample: 1 in a dense layer.
    """
    status = UnitStatus(int(train.status[at]))
    first = f"{status.word.capitalize()} on train {_since(epochs, at, train.status)}"
    if train.constant and status is not UnitStatus.DEAD:
        first += ", and constant: it says the same of every sample"
    else:
        first += f": {_does(status, kind, positions, train)}"
    if test is None:
        return f"{first}. There is no test data."
    return f"{first}. {_on_test(status, kind, positions, test, UnitStatus(int(test.status[at])))}"


def gradient_sentence(mean_abs: float) -> str:
    """How much gradient reaches a unit; `mean_abs`: mean absolute value over samples and positions."""
    if np.isnan(mean_abs):
        return "Which gradient reaches it was not recorded."
    if mean_abs == 0:
        return "No gradient reaches it."
    return f"The mean gradient that reaches it is {scientific(mean_abs)}."


def _since(epochs: Sequence[int], at: int, status: np.ndarray) -> str:
    others = np.flatnonzero(status[: at + 1] != status[at])
    if len(others) == 0:
        return "since the start"
    return f"since epoch {epochs[int(others[-1]) + 1]}"


def _does(status: UnitStatus, kind: str, positions: int, on: UnitOnSplit) -> str:
    if np.isnan(on.active_share):
        return "for how many samples it is above 0 was not recorded"
    above = round(on.active_share * on.samples)
    if positions > 1:
        return _does_at_positions(status, kind, on)
    if kind in HINGES and status is UnitStatus.DEAD:
        return f"answers 0 to all {on.samples:,} samples"
    if kind in HINGES and status is UnitStatus.LINEAR:
        return f"passes all {on.samples:,} samples and bends nothing"
    if kind in HINGES:
        return f"passes {above:,} of {on.samples:,} samples and silences {on.samples - above:,}"
    return f"above 0 for {above:,} of {on.samples:,} samples"


def _does_at_positions(status: UnitStatus, kind: str, on: UnitOnSplit) -> str:
    if kind in HINGES and status is UnitStatus.DEAD:
        return f"answers 0 at every position of all {on.samples:,} samples"
    if kind in HINGES and status is UnitStatus.LINEAR:
        return f"passes every position of all {on.samples:,} samples and bends nothing"
    return f"above 0 at {100 * on.active_share:.0f} % of the positions in {on.samples:,} samples"


def _on_test(on_train: UnitStatus, kind: str, positions: int, test: UnitOnSplit, status: UnitStatus) -> str:
    if positions > 1 or kind not in HINGES or np.isnan(test.active_share):
        if status is on_train:
            return f"On {Split.TEST} it is {status.word}, too."
        return f"On {Split.TEST} it is {status.word}."
    above = round(test.active_share * test.samples)
    if status is UnitStatus.DEAD:
        text = f"On test it answers 0 to all {test.samples:,}"
    elif on_train is UnitStatus.DEAD:
        text = f"On test it fires for {above:,} of {test.samples:,}"
    elif status is UnitStatus.LINEAR:
        text = f"On test it passes all {test.samples:,}"
    else:
        text = f"On test it passes {above:,} of {test.samples:,}"
    return text + ("." if status is on_train else f": there it is {status.word}.")
