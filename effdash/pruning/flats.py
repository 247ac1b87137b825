"""Activations that cut off: of what they cut off, only that it is cut off matters to those behind them."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Final

from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Flat:
    """An activation that gives what it gets between `low` and `high`, and beyond them nothing new."""

    low: float
    high: float

    def nearest(
        self,
        given: Float[Tensor, "output row"],
        wanted: Float[Tensor, "output row"],
        rest: Float[Tensor, "output row"] | None,
    ) -> Float[Tensor, "output row"]:
        """Of all that the activation makes the same of as of `wanted`, what is nearest to `given`.

        It sees both with `rest` added to them.
        """
        seen = wanted if rest is None else wanted + rest
        found = wanted
        if self.low > -inf:
            low = self.low if rest is None else self.low - rest
            found = given.clamp(max=low).where(seen <= self.low, found)
        if self.high < inf:
            high = self.high if rest is None else self.high - rest
            found = given.clamp(min=high).where(seen >= self.high, found)
        return found


FLATS: Final[Mapping[str, Flat]] = {"relu": Flat(0.0, inf), "relu6": Flat(0.0, 6.0)}
"""By operator of the graph."""
