"""What discovery remembers of a tensor: who produced it, and which nonlinearities it carries."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from effdash.observe.curve import Curve, LinkedCurve


@dataclass(eq=False)
class Producer:
    """One application of parameters; `fresh` until its result went into others or into a nonlinearity."""

    name: str
    order: int
    fresh: bool = True


@dataclass(eq=False)
class Call:
    """One call of a module: the `number`-th of the forward."""

    path: str
    number: int
    entered_with: "Trace | None" = None


@dataclass(eq=False)
class Trace:
    """A tensor that depends on the data, until it is written to (then it gets a new trace).

    `origin` is shared by tensors with no parameter and no nonlinearity between them; `meaning` says that the
    tensor is a simple function of another one: `("negative", trace)`, `("positive", trace)` for `z > 0`, ...
    """

    producer: Producer | None = None
    features_last: bool = False
    sites: "frozenset[Site]" = frozenset()
    origin: object = field(default_factory=object)
    meaning: tuple[Any, ...] = ()
    returned_by: Call | None = None

    def copy(self) -> "Trace":
        """The same of another tensor."""
        return Trace(self.producer, self.features_last, self.sites, self.origin, self.meaning)


@dataclass(frozen=True)
class Pick:
    """Where a light mode finds a pre-activation: argument `argument` of the `number`-th watched call."""

    number: int
    argument: int


@dataclass(eq=False)
class Site:
    """One application of a nonlinearity, as discovery met it.

    `feeds` becomes True when its output reaches a parameter: otherwise it is an activation of the output, no
    layer. `unknown` is the sentence to say where it is not one that effdash knows. `pre_hook` and `hook` are
    the module calls that the pre-activation is the input or the output of.
    """

    curve: Curve | LinkedCurve | None
    source: Trace
    pick: Pick
    name: str
    features_last: bool
    storage: int
    pre_hook: Call | None = None
    hook: Call | None = None
    shape: tuple[int, ...] = ()
    value: Any = None
    visited: Any = None
    overwritten: bool = False
    feeds: bool = False
    absorbed: bool = False
    unknown: str = ""


def tensors_in(value: Any) -> Iterator[Tensor]:
    """All tensors in nested lists, tuples and dictionaries."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from tensors_in(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from tensors_in(item)
