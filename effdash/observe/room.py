"""How many samples fit into a batch, so that memory does not grow with the width of a network."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from torch import Tensor, nn

from effdash.observe.layers import Layer

MOST_ENTRIES: Final = 1 << 24
"""Of one layer's pre-activations for one batch: 64 MB in float32."""


def may_be_wide(model: nn.Module, X: Tensor | np.ndarray, batch_size: int) -> bool:
    """Whether a batch of so many samples could take more, judged by shapes alone."""
    widest = max((len(parameter) for parameter in model.parameters() if parameter.ndim), default=1)
    positions = math.prod(X.shape[2:]) if X.ndim > 2 else 1
    largest = max(widest * positions, math.prod(X.shape[1:]))
    return largest * min(len(X), batch_size) > MOST_ENTRIES


def fitting(layers: Sequence[Layer], batch_size: int) -> int:
    """The largest batch up to `batch_size` whose layers have room; 1 at least."""
    largest = max(layer.units * math.prod(layer.positions) for layer in layers)
    return max(1, min(batch_size, MOST_ENTRIES // largest))
