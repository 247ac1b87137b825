"""From what a consumer gets, and its weights, to what elimination and the exact stages look at."""

from typing import Final

import numpy as np
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from effdash.pruning.consumers import Consumer, inputs_at, outgoing_weights, unit_axis
from effdash.pruning.patches import Convolution, zero_padded
from effdash.pruning.stages import Heard

MOST_BLOCKS: Final = 4
"""With more columns a channel, such as the positions of a flattened image, these count as observations."""

Columns = Int64[np.ndarray, "channels column"]


def hear(consumer: Consumer, inputs: Float[Tensor, "n *input"], columns: Columns) -> Heard:
    """What a consumer hears of some channels, which are these columns of its weights.

    A row is a sample at a position; of a sample all positions follow each other.
    """
    picked = inputs_at(consumer, columns)
    by_position = inputs.movedim(unit_axis(consumer), -1)[..., picked.ravel()]
    padded = isinstance(consumer, Convolution) and zero_padded(consumer)
    return Heard(by_position.reshape(-1, *picked.shape).numpy(), padded)


def blocks_of(columns: int) -> int:
    """As how many a channel of so many columns counts in a Gram matrix."""
    return columns if columns <= MOST_BLOCKS else 1


def gram_of(heard: Heard, weights: Float64[np.ndarray, " n"]) -> Float64[np.ndarray, "channels b channels b"]:
    """The weighted Gram matrix of the columns, centred; `weights` of the samples, whatever their sum.

    With many columns a channel these are further observations, each centred by itself: b = 1, else b = k.
    """
    rows, channels, k = heard.columns.shape
    w = np.repeat(weights / weights.sum(), rows // len(weights)) * (len(weights) / rows)
    flat = heard.columns.reshape(rows, channels * k)
    centred = (flat - w @ flat) * np.sqrt(w)[:, None]
    if blocks_of(k) == k:
        return (centred.T @ centred).reshape(channels, k, channels, k)
    observations = centred.reshape(rows, channels, k).swapaxes(1, 2).reshape(rows * k, channels)
    return (observations.T @ observations / k)[:, None, :, None]


def sends_of(
    consumer: Consumer, columns: Columns, metric: Float64[np.ndarray, "output output"]
) -> Float64[np.ndarray, "channels b channels b"]:
    """`W M W'` of the outgoing weights W of every column, summed over the kernel, in blocks as `gram_of`."""
    picked = inputs_at(consumer, columns)
    channels, k = picked.shape
    blocks = blocks_of(k)
    W = outgoing_weights(consumer)[picked.ravel()]
    W = W.reshape(channels * blocks, -1, W.shape[-1])
    sends = (W @ metric).reshape(len(W), -1) @ W.reshape(len(W), -1).T
    return sends.reshape(channels, blocks, channels, blocks)
