"""Operators that lay the numbers of a tensor out anew."""

import numpy as np

from effdash.pruning.channels.book import Book, Channels, Step, lost


def flatten_rule(step: Step, book: Book) -> Channels | None:
    channels, shape = step.channels, step.shapes[0]
    start, end = step.dim("start_dim"), step.dim("end_dim")
    if channels is None:
        return None
    if channels.axis < start:
        return channels
    if channels.axis > end:
        return channels.at(channels.axis - (end - start))
    if start == 0:
        return lost(step, book, f"is laid out together with the samples by {step.node.name}")
    sizes = [1] * (end - start + 1)
    sizes[channels.axis - start] = len(channels.ids)
    spread = np.broadcast_to(channels.ids.reshape(sizes), shape[start : end + 1])
    return Channels(start, spread.reshape(-1))


def reshape_rule(step: Step, book: Book) -> Channels | None:
    channels, shape = step.channels, step.node.attributes["shape"]
    if channels is None:
        return None
    kept = shape[: channels.axis + 1]
    if len(kept) == channels.axis + 1 and not any(kept):
        return channels
    return lost(step, book, f"is laid out in a fixed way by {step.node.name}, which names its size")


def permute_rule(step: Step, book: Book) -> Channels | None:
    channels = step.channels
    return None if channels is None else channels.at(step.dims("dims").index(channels.axis))


def squeeze_rule(step: Step, book: Book) -> Channels | None:
    channels, dim = step.channels, step.dim()
    if channels is None or step.shapes[0][dim] != 1:
        return channels
    if channels.axis == dim:
        return lost(step, book, f"is the only one that {step.node.name} can take away")
    return channels.at(channels.axis - (dim < channels.axis))


def unsqueeze_rule(step: Step, book: Book) -> Channels | None:
    channels = step.channels
    if channels is None:
        return None
    dim = int(step.node.attributes["dim"]) % (step.rank + 1)
    return channels.at(channels.axis + (dim <= channels.axis))
