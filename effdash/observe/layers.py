"""The places of a network where a nonlinearity is applied."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Layer:
    """A place where a nonlinearity is applied, with the name its owner would give it.

    `name` is the module path of what produced the pre-activation, `kind` the nonlinearity (`relu`,
    `lk-relu`), `units` the size of dimension 1 of the pre-activation and `positions` its dimensions after
    that (`()` if dense).
    """

    name: str
    kind: str
    units: int
    positions: tuple[int, ...]
