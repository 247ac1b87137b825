"""Which numbers along a tensor's dimension are channels that go or stay together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from effdash.models.graph import Node

Ids = Int64[np.ndarray, " place"]


@dataclass(frozen=True, eq=False)
class Channels:
    """The channel that every place along dimension `axis` of a tensor belongs to."""

    axis: int
    ids: Ids

    def at(self, axis: int) -> "Channels":
        return Channels(axis, self.ids)


@dataclass(frozen=True, eq=False)
class Membership:
    """Which channel each unit of a layer, row or column of a module's weights belongs to."""

    kind: str
    name: str
    ids: Ids


class Book:
    """All channels there are: which of them are one (union-find), which are locked and why, who has them."""

    def __init__(self, shared: Mapping[str, str]) -> None:
        self.memberships: list[Membership] = []
        self._shared = shared
        self._parents: list[int] = []
        self._reasons: dict[int, str] = {}

    def fresh(self, count: int) -> Ids:
        start = len(self._parents)
        self._parents.extend(range(start, start + count))
        return np.arange(start, start + count, dtype=np.int64)

    def unite(self, first: Ids, second: Ids) -> None:
        """Place by place."""
        for one, other in zip(first.tolist(), second.tolist(), strict=True):
            a, b = self._root(one), self._root(other)
            if a == b:
                continue
            kept, gone = min(a, b), max(a, b)
            self._parents[gone] = kept
            if gone in self._reasons:
                reason = self._reasons.pop(gone)
                self._reasons.setdefault(kept, reason)

    def lock(self, channels: Channels | None, reason: str) -> None:
        if channels is not None:
            for one in np.unique(channels.ids).tolist():
                self._reasons.setdefault(self._root(one), reason)

    def joins(self, kind: str, name: str, ids: Ids) -> None:
        """`kind`: `sites`, `outputs` or `inputs`. What is used in several places is locked instead."""
        if name in self._shared and kind != "sites":
            self.lock(Channels(0, ids), self._shared[name])
        else:
            self.memberships.append(Membership(kind, name, ids))

    def roots(self, ids: Ids) -> Ids:
        """One name for all channels that are one."""
        return np.array([self._root(one) for one in ids.tolist()], dtype=np.int64)

    def reason(self, root: int) -> str | None:
        return self._reasons.get(root)

    def _root(self, one: int) -> int:
        parents = self._parents
        while parents[one] != one:
            parents[one] = parents[parents[one]]
            one = parents[one]
        return one


@dataclass(frozen=True, eq=False)
class Step:
    """A node of the graph with what comes in: channels (`None`: not followed) and shapes."""

    node: Node
    inputs: tuple[Channels | None, ...]
    shapes: tuple[tuple[int, ...], ...]
    words: tuple[str, ...]
    """What each input comes from, for a sentence."""

    @property
    def channels(self) -> Channels | None:
        return self.inputs[0]

    @property
    def rank(self) -> int:
        return len(self.shapes[0])

    def dim(self, key: str = "dim") -> int:
        return int(self.node.attributes[key]) % self.rank

    def dims(self, key: str = "dim") -> list[int]:
        return [dim % self.rank for dim in self.node.attributes[key]]


Rule = Callable[[Step, Book], Channels | None]


def lost(step: Step, book: Book, reason: str) -> Channels | None:
    """Locks all that comes in; of what comes out nothing is known."""
    for channels in step.inputs:
        book.lock(channels, reason)
    return None
