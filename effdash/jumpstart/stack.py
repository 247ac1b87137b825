"""Layers of one batch size and width, side by side: their extremes, and the way back from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor

UNIT_AXIS: Final = 1
"""A unit's extreme is taken over the samples of `Stack.cells`."""
POINT_AXIS: Final = 3
"""A point's extreme is taken over the units of `Stack.cells`."""
WORTH_LOOKING: Final = 1 << 15
"""Entries of a stack from which on it pays to look whether its terms are satisfied. On an accelerator it
never does: looking would make it wait."""


@dataclass(frozen=True)
class TermGroup:
    """The unit terms or the point terms of one stack, shaped as its `cells` but of size 1 at `axis`."""

    axis: int
    extremes: Tensor
    pull: Tensor
    """The gradient of the loss by z, where z is that extreme; the backward pass fills it in."""
    hinges: np.ndarray | None
    """How far each extreme stays behind the margin; `None` where looking would cost more than it can save."""

    def may_be_violated(self) -> bool:
        return self.hinges is None or bool(self.hinges.any())


class Stack:
    """Buffers for layers that have batch size and width in common.

    A minimum is the maximum of the negated values. So the stack keeps every layer twice, as it is and
    negated (`cells`, shape `(sign, sample, layer, unit)`), and looks for maxima only: half the operations,
    and a small network pays for each operation, whatever its size. Where a layer has positions, a cell is
    the largest of its positions.
    """

    def __init__(self, layers: list[int], shape: torch.Size, n_kinds: int, scratch: Tensor) -> None:
        samples, units, *positions = shape
        self.layers = layers
        self._has_positions = bool(positions)
        self._worth_looking = len(layers) * shape.numel() >= WORTH_LOOKING
        self.cells = scratch.new_empty(2, samples, len(layers), units)
        self.term_groups: list[TermGroup] = []
        self._upright, self._negated = self.cells.unbind(0)
        self._tied = scratch[: n_kinds * self.cells.numel()].view(n_kinds, *self.cells.shape)

    def n_extremes(self, axis: int) -> int:
        """How many extremes a sign has along `axis`."""
        return self._upright.numel() // self.cells.shape[axis]

    def add_terms(self, axis: int, extremes: Tensor, hinges: Tensor, pull: Tensor) -> None:
        """Takes over its part, of shape `(sign, n_extremes)`, of the vectors over all stacks."""
        shape = [*self.cells.shape]
        shape[axis] = 1
        readable = hinges.numpy() if self._worth_looking and hinges.device.type == "cpu" else None
        self.term_groups.append(TermGroup(axis, extremes.view(shape), pull.view(shape), readable))

    def gather(self, preactivations: Sequence[Tensor]) -> None:
        """Fills `cells` and the extremes."""
        members = [preactivations[layer] for layer in self.layers]
        if self._has_positions:
            torch.stack([z.flatten(2).amax(2) for z in members], 1, out=self._upright)
            torch.stack([z.flatten(2).amin(2) for z in members], 1, out=self._negated)
            self._negated.neg_()
        else:
            torch.stack(members, 1, out=self._upright)
            torch.neg(self._upright, out=self._negated)
        for terms in self.term_groups:
            torch.amax(self.cells, terms.axis, keepdim=True, out=terms.extremes)

    def violated_terms(self) -> list[TermGroup]:
        """All terms, but for those that are seen to be satisfied."""
        return [terms for terms in self.term_groups if terms.may_be_violated()]

    def scatter(self, violated: list[TermGroup], preactivations: Sequence[Tensor]) -> Sequence[Tensor]:
        """Hands the pull on every extreme to the entries that tie for it, in equal parts.

        Returns:
            The gradient by each of the stack's layers: fresh tensors, the caller's to keep.
        """
        all_tied = self._tied[: len(violated)]
        for terms, tied in zip(violated, all_tied, strict=True):
            torch.eq(self.cells, terms.extremes, out=tied)
        if not self._has_positions:
            at_largest, at_smallest = _shares(violated, all_tied, all_tied)
            return (at_largest + at_smallest).unbind(1)
        touched = all_tied.sum((0, 1))
        holders = [
            Holders(preactivations[layer], self.cells[:, :, place], touched[:, place])
            for place, layer in enumerate(self.layers)
        ]
        shares = _shares(violated, all_tied, all_tied * torch.stack([layer.counts for layer in holders], 2))
        return [layer.spread(share) for layer, share in zip(holders, shares.unbind(2), strict=True)]


def _shares(violated: list[TermGroup], all_tied: Tensor, all_counts: Tensor) -> Tensor:
    """What each holder of a cell gets, of the shape of the cells; written over `all_tied`.

    Args:
        all_tied: for each of the `violated` terms, 1 where a cell is the extreme and 0 elsewhere.
        all_counts: the same, but with the number of entries that hold the cell's value.
    """
    shares: Tensor | None = None
    for terms, tied, counts in zip(violated, all_tied, all_counts, strict=True):
        share = terms.pull.div_(counts.sum(terms.axis, keepdim=True))
        shares = tied.mul_(share) if shares is None else shares.addcmul_(tied, share)
    assert shares is not None
    return shares


class Holders:
    """The positions of one layer that hold the largest, or the smallest, value of their cell.

    Few cells are an extreme of anything, so only the positions of those that are `touched` are read.
    """

    def __init__(self, z: Tensor, cells: Tensor, touched: Tensor) -> None:
        self._shape = z.shape
        self._picked = touched.flatten().nonzero().squeeze(1)
        values = z.flatten(2).flatten(0, 1).index_select(0, self._picked)
        largest, smallest = cells.flatten(1).index_select(1, self._picked).unsqueeze(2)
        self._holds = cells.new_empty(2, *values.shape)
        torch.eq(values, largest, out=self._holds[0])
        torch.eq(values, smallest.neg_(), out=self._holds[1])
        self.counts = torch.zeros_like(cells)
        self.counts.view(2, -1).index_copy_(1, self._picked, self._holds.sum(2))

    def spread(self, share: Tensor) -> Tensor:
        """The gradient by z: every holder gets its cell's `share`, of shape `(sign, sample, unit)`."""
        at_largest, at_smallest = share.flatten(1).index_select(1, self._picked).unsqueeze(2)
        rows = self._holds[0].mul_(at_largest).addcmul_(self._holds[1], at_smallest)
        gradient = share.new_zeros(self._shape)
        gradient.view(share[0].numel(), -1).index_copy_(0, self._picked, rows)
        return gradient
