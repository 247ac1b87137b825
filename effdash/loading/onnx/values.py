"""What a name in an ONNX graph stands for: numbers known beforehand, or what the network computes."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from effdash.vocab import UserError

Array = np.ndarray

MOST_SPREAD: Final = 10**5
"""The longest list of places or sizes, and the most pieces of anything."""


@dataclass(frozen=True, eq=False)
class Numbers:
    """Numbers that do not depend on the samples' values, for two numbers of samples.

    `name` is that of the initializer, as the file has it.
    """

    first: Array
    second: Array
    name: str = ""

    @property
    def is_fixed(self) -> bool:
        """Whether they do not depend on the number of samples either."""
        return self.first is self.second or np.array_equal(self.first, self.second)


@dataclass(frozen=True)
class Flow:
    """The result of a step of the network, by the name of its node."""

    node: str


Value = Numbers | Flow


def fixed(array: Array, name: str = "") -> Numbers:
    return Numbers(array, array, name)


def listed(array: Array) -> list[int]:
    """Places or sizes as whole numbers.

    Raises:
        UserError: there are too many of them.
    """
    if array.size > MOST_SPREAD:
        raise UserError(f"it is given a list of {array.size:,} numbers; {MOST_SPREAD:,} are the most")
    return [int(value) for value in array.reshape(-1)]


def tidy(value: Any) -> float:
    """A number of the file in as few digits as tell it from others of its type: .1 is .1 in float32, too."""
    if isinstance(value, np.float32 | np.float16):
        return float(str(value))
    return float(value)
