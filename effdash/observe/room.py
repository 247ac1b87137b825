"""How many samples fit into a batch, so that memory does not grow with the width of a network."""

import math
from collections.abc import Sequence
from typing import Final

from torch import nn

from effdash.observe.layers import Layer

MOST_ENTRIES: Final = 1 << 24
"""Of one layer's pre-activations for one batch: 64 MB in float32."""


def may_be_wide(model: nn.Module, batch: Sequence[int]) -> bool:
    """Whether a batch of this shape, (sample, *feature), could take more, judged by shapes alone."""
    widest = max((len(parameter) for parameter in model.parameters() if parameter.ndim), default=1)
    samples, *feature = batch
    return samples * max(widest * math.prod(feature[1:]), math.prod(feature)) > MOST_ENTRIES


def fitting(layers: Sequence[Layer], batch_size: int) -> int:
    """The largest batch up to `batch_size` whose layers have room; 1 at least."""
    largest = max(layer.units * math.prod(layer.positions) for layer in layers)
    return max(1, min(batch_size, MOST_ENTRIES // largest))
