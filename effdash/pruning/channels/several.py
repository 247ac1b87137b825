"""Operators on several tensors: sums, gates, concatenations."""

import numpy as np

from effdash.pruning.channels.book import Book, Channels, Step, lost


def together_rule(step: Step, book: Book) -> Channels | None:
    """Elementwise, with torch's broadcasting; residual sums and gates."""
    if len(step.inputs) == 1:
        return step.channels
    rank = max(map(len, step.shapes))
    first, second = (
        None if one is None else one.at(one.axis + rank - len(shape))
        for one, shape in zip(step.inputs, step.shapes, strict=True)
    )
    one, other = ((1,) * (rank - len(shape)) + shape for shape in step.shapes)
    if first and second and first.axis == second.axis and len(first.ids) == len(second.ids):
        book.unite(first.ids, second.ids)
        return first
    stays = [
        None if channels is None or against[channels.axis] > 1 else channels
        for channels, against in ((first, other), (second, one))
    ]
    for channels, words in ((first, step.words[1]), (second, step.words[0])):
        if channels is not None and (channels not in stays or None not in stays):
            book.lock(channels, f"is combined with {words} by {step.node.name}")
    if None not in stays:
        return None
    return stays[0] or stays[1] or first or second


def cat_rule(step: Step, book: Book) -> Channels | None:
    dim = step.dim()
    axes = {channels.axis for channels in step.inputs if channels is not None}
    if len(axes) != 1:
        return lost(step, book, f"is put beside others of another layout by {step.node.name}")
    (axis,) = axes
    if dim == axis:
        parts = []
        for given, shape, words in zip(step.inputs, step.shapes, step.words, strict=True):
            part = given or Channels(axis, book.fresh(shape[axis]))
            if given is None:
                book.lock(part, f"comes from {words}")
            parts.append(part.ids)
        return Channels(axis, np.concatenate(parts))
    known = [channels for channels in step.inputs if channels is not None]
    for channels in known[1:]:
        book.unite(known[0].ids, channels.ids)
    if len(known) < len(step.inputs):
        book.lock(known[0], f"is put beside something that is not followed by {step.node.name}")
    return known[0]
