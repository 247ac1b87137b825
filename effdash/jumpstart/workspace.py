"""Value and gradient of the regularizer for layers of given shapes, in buffers that are used again."""

from collections.abc import Iterator, Sequence
from math import prod
from typing import Final

import torch
from torch import Tensor

from effdash.jumpstart.stack import POINT_AXIS, UNIT_AXIS, Stack
from effdash.jumpstart.terms import Terms

STACK_LIMIT: Final = 1 << 16
"""Cells of a stack, at most: beyond, its buffers leave the processor's cache and stacking stops paying."""


class Workspace:
    """The stacks of a network, and vectors of shape `(sign, term)` over the extremes of all of them.

    It holds the values of one forward pass at a time. `stamp` is a new object for each, so that whoever comes
    back for them can see whether they are still there.
    """

    def __init__(
        self, shapes: Sequence[torch.Size], terms: Terms, dtype: torch.dtype, device: torch.device
    ) -> None:
        self.stamp = object()
        self._is_norm = terms.aggregation == "norm"
        n_unit_entries = sum(shape[1] for shape in shapes)
        n_point_entries = sum(shape[0] for shape in shapes)
        unit_weight, point_weight = terms.entry_weights(n_unit_entries, n_point_entries)
        kinds = [(UNIT_AXIS, unit_weight)] * terms.unit + [(POINT_AXIS, point_weight)] * terms.point
        n_terms = n_unit_entries * terms.unit + n_point_entries * terms.point
        stacked = list(_stackable(shapes))
        largest = max(len(layers) * prod(shapes[layers[0]][:2]) for layers in stacked)

        empty = torch.empty(0, dtype=dtype, device=device)
        scratch = empty.new_empty(2 * len(kinds) * largest)
        self._extremes, self._hinges, self._pull, self._weights = empty.new_empty(4, 2, n_terms).unbind(0)
        self._margin = empty.new_tensor(terms.margin)
        self.stacks: list[Stack] = []
        start = 0
        for layers in stacked:
            stack = Stack(layers, shapes[layers[0]], len(kinds), scratch)
            for axis, weight in kinds:
                stop = start + stack.n_extremes(axis)
                part = slice(start, stop)
                stack.add_terms(axis, self._extremes[:, part], self._hinges[:, part], self._pull[:, part])
                self._weights[:, part] = weight
                start = stop
            self.stacks.append(stack)
        self._weights.mul_(empty.new_tensor(terms.signs).unsqueeze(1))
        self._slopes = self._weights * empty.new_tensor([[-1], [1]])
        self._flat_hinges, self._flat_weights = self._hinges.view(-1), self._weights.view(-1)

    def measure(self, preactivations: Sequence[Tensor]) -> Tensor:
        """The loss, without a graph. Keeps what `gradients` needs."""
        self.stamp = object()
        for stack in self.stacks:
            stack.gather(preactivations)
        torch.sub(self._margin, self._extremes, out=self._hinges).clamp_min_(0)
        if self._is_norm:
            return self._entries().norm()
        return torch.dot(self._flat_hinges, self._flat_weights)

    def gradients(self, preactivations: Sequence[Tensor], upstream: Tensor) -> list[Tensor | None]:
        """The gradient by each pre-activation of the loss last measured, times `upstream`.

        `None` stands for a gradient that is 0 because every term of the layer's stack is satisfied.
        """
        torch.gt(self._hinges, 0, out=self._pull).mul_(self._slopes).mul_(upstream)
        if self._is_norm:
            entries = self._entries()
            norm = entries.norm().clamp_min(torch.finfo(entries.dtype).tiny)
            self._pull.mul_(entries / norm)
        gradients: list[Tensor | None] = [None] * len(preactivations)
        for stack in self.stacks:
            violated = stack.violated_terms()
            if violated:
                for layer, gradient in zip(
                    stack.layers, stack.scatter(violated, preactivations), strict=True
                ):
                    gradients[layer] = gradient
        return gradients

    def _entries(self) -> Tensor:
        """`U` and `P`, concatenated: both signs of a unit or a point in one entry."""
        return (self._hinges * self._weights).sum(0)


def _stackable(shapes: Sequence[torch.Size]) -> Iterator[list[int]]:
    """The layers in lists, each of one batch size and width, with positions or without."""
    alike: dict[tuple[int, int, bool], list[int]] = {}
    for layer, (samples, units, *positions) in enumerate(shapes):
        alike.setdefault((samples, units, bool(positions)), []).append(layer)
    for (samples, units, _), layers in alike.items():
        length = max(1, STACK_LIMIT // (samples * units))
        for start in range(0, len(layers), length):
            yield layers[start : start + length]
