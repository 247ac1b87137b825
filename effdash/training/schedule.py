"""Which epochs are recorded, which keep their weights, and how the learning rate falls."""

import math
from collections.abc import Iterable
from typing import Final

from effdash.config import Change

RECORDED: Final = 200
"""About how many epochs of a run are recorded."""


def is_recorded(epoch: int, epochs: int) -> bool:
    """Whether a run of so many epochs records this one: the initial state, 1, every stride-th, the last."""
    stride = math.ceil(epochs / RECORDED)
    return epoch in (0, 1, epochs) or epoch % stride == 0


def checkpoint_epochs(epochs: int, count: int) -> frozenset[int]:
    """At most `count` recorded epochs, evenly spread; the initial state and the last where `count` allows."""
    recorded = [epoch for epoch in range(epochs + 1) if is_recorded(epoch, epochs)]
    if count >= len(recorded):
        return frozenset(recorded)
    if count == 1:
        return frozenset(recorded[-1:])
    places = (round(index * (len(recorded) - 1) / (count - 1)) for index in range(count))
    return frozenset(recorded[place] for place in places)


def rate_factor(schedule: str, epoch: int, epochs: int) -> float:
    """The factor of the base learning rate in an epoch (1 is the first): 1, or half a cosine down to 0."""
    if schedule == "constant":
        return 1.0
    return 0.5 * (1 + math.cos(math.pi * (max(epoch, 1) - 1) / epochs))


class Dials:
    """The values that may be turned while a run trains: the base of lambda and of the learning rate.

    A change takes effect from its epoch on; the schedules' factors stay. Planned changes come from the
    configuration or, on resuming, from the run file.
    """

    def __init__(self, jumpstart: float, lr: float, changes: Iterable[Change] = ()) -> None:
        self.values = {"jumpstart": jumpstart, "lr": lr}
        self._planned: dict[int, dict[str, float]] = {}
        for change in changes:
            for name, value in change.model_dump(exclude={"epoch"}, exclude_none=True).items():
                self.plan(change.epoch, name, value)

    def plan(self, epoch: int, name: str, value: float) -> None:
        """Notes that a value changes at the start of an epoch."""
        self._planned.setdefault(epoch, {})[name] = value

    def turn_to(self, epoch: int) -> dict[str, float]:
        """Applies the changes planned for an epoch and returns them."""
        changed = self._planned.get(epoch, {})
        self.values.update(changed)
        return dict(changed)
