"""A tensor without its numbers, and what the rules about such have in common."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import torch
from torch import Tensor

from effdash.models.graph.operators import OPERATORS

Sizes = Sequence[int]


@dataclass(frozen=True)
class Sketch:
    """A tensor without its numbers."""

    shape: tuple[int, ...]
    dtype: torch.dtype = torch.float32

    @property
    def rank(self) -> int:
        return len(self.shape)

    @property
    def elements(self) -> int:
        return prod(self.shape)


Sketched = Sketch | tuple[Sketch, ...]
"""Of one step; several where it gives pieces."""
Rule = Callable[..., Sketched]
"""Takes the inputs and, by name, the attributes."""


def sketch_like(x: Sketch, *shape: int) -> Sketch:
    return replace(x, shape=shape)


def point_like(x: Sketch) -> Tensor:
    """A single number, in as many dimensions and of the same type."""
    return torch.zeros((1,) * x.rank, dtype=x.dtype)


def function_of(op: str) -> Callable[..., Any]:
    function = OPERATORS[op].function
    assert function is not None
    return function


def check_floating(x: Sketch) -> None:
    if not x.dtype.is_floating_point:
        raise ValueError(f"it takes floating numbers, and is given {x.dtype}")


def check_mirrored(sides: Sizes, ends: Sequence[tuple[int, int]], mode: str) -> None:
    """What is repeated around has to be there."""
    for side, pair in zip(sides, ends, strict=True):
        most = {"reflect": side - 1, "circular": side}.get(mode, max(pair))
        if max(pair) > most or side + sum(pair) < 1:
            raise ValueError(f"a side of {side} is padded by {pair} in the mode {mode}")
