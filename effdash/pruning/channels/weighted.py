"""What layers with weights do to the channels that enter them."""

import numpy as np

from effdash.pruning.channels.book import Book, Channels, Step


def linear_rule(step: Step, book: Book) -> Channels:
    path = str(step.node.path)
    channels = step.channels
    if channels is not None and channels.axis == step.rank - 1:
        book.joins("inputs", path, channels.ids)
    else:
        book.lock(channels, f"is mixed along its positions by {path}")
    rows = book.fresh(int(step.node.attributes["out_features"]))
    book.joins("outputs", path, rows)
    return Channels(step.rank - 1, rows)


def convolution_rule(step: Step, book: Book) -> Channels:
    attributes, path = step.node.attributes, str(step.node.path)
    groups = int(attributes["groups"])
    rows = book.fresh(int(attributes["out_channels"]))
    channels = step.channels
    if channels is not None and channels.axis != 1:
        book.lock(channels, f"is mixed along its positions by {path}")
        channels = None
    read = int(attributes["in_channels"]) // groups
    if groups > 1 and read == 1:
        _depthwise(channels, rows.reshape(groups, -1), path, book)
    elif groups > 1:
        # The j-th channel of every group stands behind the same column of the weights.
        for group in rows.reshape(groups, -1)[1:]:
            book.unite(rows[: len(group)], group)
        if channels is not None:
            columns = channels.ids.reshape(groups, read)
            for group in columns[1:]:
                book.unite(columns[0], group)
            book.joins("inputs", path, columns[0])
    elif channels is not None:
        book.joins("inputs", path, channels.ids)
    book.joins("outputs", path, rows)
    return Channels(1, rows)


def _depthwise(channels: Channels | None, rows: np.ndarray, path: str, book: Book) -> None:
    """A channel and the rows (group, row) made of it alone are one."""
    for row in rows.T:
        if channels is None:
            book.lock(Channels(0, row), f"is made by {path} of one channel that is not followed")
        else:
            book.unite(channels.ids, row)


def _per_channel(step: Step, book: Book) -> Channels | None:
    """Parameters, one a channel along dimension 1."""
    path, channels = str(step.node.path), step.channels
    if channels is None:
        return None
    if channels.axis != 1:
        book.lock(channels, f"is not the dimension that {path} goes along")
    else:
        book.joins("outputs", path, channels.ids)
    return channels


def prelu_rule(step: Step, book: Book) -> Channels | None:
    return _per_channel(step, book) if step.node.attributes["num_parameters"] > 1 else step.channels


def batch_norm_rule(step: Step, book: Book) -> Channels | None:
    attributes = step.node.attributes
    has_tensors = attributes["affine"] or attributes["track_running_stats"]
    return _per_channel(step, book) if has_tensors else step.channels


def layer_norm_rule(step: Step, book: Book) -> Channels | None:
    channels = step.channels
    first = step.rank - len(step.node.attributes["normalized_shape"])
    if channels is not None and channels.axis >= first:
        book.lock(channels, f"is normalised with all others by {step.node.path}")
    return channels


def group_norm_rule(step: Step, book: Book) -> Channels | None:
    book.lock(step.channels, f"is normalised with others by {step.node.path}")
    return step.channels


def linked_rule(step: Step, book: Book) -> Channels | None:
    channels = step.channels
    if channels is None or channels.axis != 1:
        return channels
    return Channels(1, np.concatenate([channels.ids, channels.ids]))
