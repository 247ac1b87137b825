"""Layers put one after the other: in the file's order, or in the one in which their shapes fit."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from effdash.loading.parts import NAME_IT, Part, PartKind
from effdash.vocab import UserError

MOST_TRIES: Final = 20_000


@dataclass(frozen=True)
class Step:
    """A dense layer or convolution with the norm and the PReLU after it.

    `positions` is how many places of the convolution before it a dense layer reads, one number of each
    channel and place.
    """

    layer: Part
    groups: int = 1
    positions: int = 1
    norm: Part | None = None
    prelu: Part | None = None


@dataclass(frozen=True)
class Stack:
    """The layers in order. `heads` are others that read what the last one reads; `sorted`: put in order."""

    steps: tuple[Step, ...]
    heads: tuple[Part, ...] = ()
    sorted: bool = False

    @property
    def convolutions(self) -> list[Step]:
        return [step for step in self.steps if step.layer.kind is PartKind.CONVOLUTION]

    @property
    def hidden(self) -> tuple[Step, ...]:
        """All steps but the one that answers."""
        return self.steps[:-1]

    @property
    def dense(self) -> list[Step]:
        return [step for step in self.steps if step.layer.kind is PartKind.DENSE]


def stacked(parts: Sequence[Part], name: str, *, in_order: bool) -> Stack:
    """The layers one after the other.

    Args:
        in_order: Whether they come in the order in which they were made.

    Raises:
        UserError: they do not fit one after the other in any order.
    """
    if not any(part.weighted for part in parts):
        raise UserError(f"{name} holds no weights of a Linear or Conv layer: {NAME_IT}")
    natural = sorted(parts, key=lambda part: natural_key(part.path))
    orders = [parts, natural] if in_order else [natural]
    for order in orders:
        found = _chained(order)
        if found is not None:
            return Stack(found.steps, found.heads, sorted=order is not parts)
    found = _fitted(natural)
    if found is not None:
        return Stack(found.steps, found.heads, sorted=True)
    raise UserError(f"{name} is no plain stack of layers: {_where_it_breaks(orders[0])}; {NAME_IT}")


def natural_key(text: str) -> list[tuple[int, int | str]]:
    """`fc2` before `fc10`."""
    return [(0, int(word)) if word.isdigit() else (1, word) for word in re.findall(r"\d+|\D+", text)]


@dataclass
class _Chain:
    """Layers put one after the other so far."""

    steps: list[Step] = field(default_factory=list)
    heads: list[Part] = field(default_factory=list)

    def add(self, part: Part) -> bool:
        """Whether the layer fits after those there are; then it is there."""
        if part.weighted:
            return self._weighted(part)
        if not self.steps or self.heads:
            return False
        last = self.steps[-1]
        if part.kind is PartKind.NORM and last.norm is None and last.prelu is None:
            self.steps[-1] = Step(last.layer, last.groups, last.positions, norm=part)
            return part.width == last.layer.width
        if part.kind is PartKind.PRELU and last.prelu is None:
            self.steps[-1] = Step(last.layer, last.groups, last.positions, last.norm, prelu=part)
            return part.width in (1, last.layer.width)
        return False

    def _weighted(self, part: Part) -> bool:
        step = None if self.heads else after(self.steps[-1].layer if self.steps else None, part)
        if step is not None:
            self.steps.append(step)
            return True
        # One more answer, read from what the last layer reads.
        last = self.steps[-1]
        before = self.steps[-2].layer if len(self.steps) > 1 else None
        if before is None or last.norm or last.prelu or after(before, part) is None:
            return False
        self.heads.append(part)
        return True


def after(before: Part | None, part: Part) -> Step | None:
    """A layer with weights as it reads what one gives; `None`: it cannot. `before` `None`: the input."""
    if before is None:
        return Step(part)
    reads = part.shape[1]
    if part.kind is PartKind.DENSE:
        if before.kind is PartKind.DENSE:
            return Step(part) if reads == before.width else None
        return Step(part, positions=reads // before.width) if reads % before.width == 0 else None
    if before.kind is PartKind.DENSE or before.dims != part.dims:
        return None
    if reads == before.width:
        return Step(part)
    depthwise = reads == 1 and part.width == before.width
    return Step(part, groups=before.width) if depthwise else None


def _chained(parts: Sequence[Part]) -> Stack | None:
    """The layers in just this order; `None` where they do not fit."""
    chain = _Chain()
    if all(chain.add(part) for part in parts):
        return Stack(tuple(chain.steps), tuple(chain.heads))
    return None


def _fitted(parts: Sequence[Part]) -> Stack | None:
    """The first order in which they fit, where names do not tell it: shapes of layers, names of the rest."""
    layers = [part for part in parts if part.weighted]
    # Convolutions come first: nothing that is dense is read by one.
    layers.sort(key=lambda part: part.kind is PartKind.DENSE)
    tries = 0

    def continued(order: list[Part], left: list[Part]) -> list[Part] | None:
        nonlocal tries
        tries += 1
        if not left:
            return order
        for part in left if tries < MOST_TRIES else ():
            if not order or after(order[-1], part) is not None:
                found = continued([*order, part], [one for one in left if one is not part])
                if found is not None:
                    return found
        return None

    order = continued([], layers)
    return None if order is None else _chained(_with_the_rest(order, parts))


def _with_the_rest(order: Sequence[Part], parts: Sequence[Part]) -> list[Part]:
    """Norms and PReLUs behind the layers that they seem to belong to."""
    behind: dict[str, list[Part]] = {part.path: [] for part in order}
    for kind in (PartKind.NORM, PartKind.PRELU):
        free = list(order)
        for part in (one for one in parts if one.kind is kind):
            fitting = [layer for layer in free if part.width in (layer.width, 1)]
            if not fitting:
                return list(parts)
            owner = max(fitting, key=lambda layer: _likeness(layer.path, part.path))
            behind[owner.path].append(part)
            free = free[free.index(owner) + 1 :]
    return [one for layer in order for one in (layer, *behind[layer.path])]


def _likeness(path: str, other: str) -> tuple[bool, int]:
    """How much two names speak of one layer: by the numbers in them, then by how they begin."""
    alike = next((place for place, (a, b) in enumerate(zip(path, other, strict=False)) if a != b), len(path))
    return re.findall(r"\d+", path) == re.findall(r"\d+", other), alike


def _where_it_breaks(parts: Sequence[Part]) -> str:
    chain = _Chain()
    for part in parts:
        before = chain.steps[-1].layer if chain.steps else None
        if not chain.add(part):
            if before is None:
                return f"it begins with {part.path}, a {part.kind} layer"
            return f"{part.path} {part.shape} cannot read what {before.path} {before.shape} gives"
    return "its layers do not follow each other"
