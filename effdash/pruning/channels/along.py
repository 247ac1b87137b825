"""Operators that work along other dimensions than the channels', or along these: then they lock them."""

from effdash.pruning.channels.book import Book, Channels, Rule, Step, lost

_WHOLE = ([None, None, None], [0, None, None], [None, None, 1], [0, None, 1])
"""Slices that take everything."""


def keeps_rule(step: Step, book: Book) -> Channels | None:
    return step.channels


def spatial_rule(dims: int | None) -> Rule:
    """Something along the last `dims` dimensions (`None`: all after the second)."""

    def rule(step: Step, book: Book) -> Channels | None:
        channels = step.channels
        first = 2 if dims is None else step.rank - dims
        if channels is not None and channels.axis >= first:
            return lost(step, book, f"is mixed by {step.node.name}")
        return channels

    return rule


def pad_rule(step: Step, book: Book) -> Channels | None:
    channels, pad = step.channels, step.node.attributes["pad"]
    if channels is None:
        return None
    place = 2 * (step.rank - 1 - channels.axis)
    if any(pad[place : place + 2]):
        return lost(step, book, f"is padded by {step.node.name}")
    return channels


def softmax_rule(step: Step, book: Book) -> Channels | None:
    if step.channels is not None and step.dim() == step.channels.axis:
        book.lock(step.channels, f"is normalised with all others by {step.node.name}")
    return step.channels


def reduction_rule(step: Step, book: Book) -> Channels | None:
    channels, dims = step.channels, step.dims()
    if channels is None:
        return None
    if channels.axis in dims:
        return lost(step, book, f"is taken together with all others by {step.node.name}")
    if step.node.attributes["keepdim"]:
        return channels
    return channels.at(channels.axis - sum(dim < channels.axis for dim in dims))


def split_rule(step: Step, book: Book) -> Channels | None:
    if step.channels is not None and step.dim() == step.channels.axis:
        return lost(step, book, f"is told by its place in {step.node.name}")
    return step.channels


def index_rule(step: Step, book: Book) -> Channels | None:
    channels = step.channels
    if channels is None:
        return None
    before, axis = 0, 0
    for item in step.node.attributes["items"]:
        if item is None:
            axis += 1
            continue
        if before == channels.axis:
            return (
                channels.at(axis)
                if item in _WHOLE
                else lost(step, book, f"is told by its place in {step.node.name}")
            )
        before += 1
        axis += isinstance(item, list)
    return channels.at(axis + channels.axis - before)
