"""The articles' network: dense layers, all of the same width."""

from math import prod

from torch import nn

from effdash.models.chain import Chain, Shape


class Rectangular(Chain):
    """`depth` dense layers `fc1`, `fc2`, … of `width` units, then `out`."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(
            shape,
            prefix="fc",
            inputs=prod(shape.input_shape),
            producer=nn.Linear,
            normalization=nn.BatchNorm1d,
        )
        self.out = nn.Linear(shape.width * shape.activation.outputs, shape.n_classes)
