"""Convolutions with pooling between them; with skip connections and batch normalization, a ResNet."""

from math import ceil, isqrt

from torch import Tensor, nn

from effdash.models.chain import Chain, Shape, ends_of_blocks
from effdash.vocab import UserError

SMALLEST_SIDE = 8
SMALLEST_POOLED = 2


class Convolutional(Chain):
    """`depth` padded 3x3 convolutions `conv1`, `conv2`, … of `width` channels, then `out` on what is left.

    In between, 2x2 maxima halve the image as often as its shorter side stays at 2 or more, spread evenly over
    the layers and never inside a block that a skip connection goes around. Flat input is laid out as a square
    of one channel.

    Raises:
        UserError: the input is no image, or has a side of less than 8.
    """

    def __init__(self, shape: Shape) -> None:
        channels, height, width = image_shape(shape.input_shape)
        super().__init__(
            shape,
            prefix="conv",
            inputs=channels,
            producer=convolution,
            normalization=nn.BatchNorm2d,
        )
        self.image_shape = (channels, height, width)
        self.pooled = pooled_layers(shape.depth, shape.skip, min(height, width))
        self.pool = nn.MaxPool2d(2)
        times = len(self.pooled)
        outputs = shape.width * shape.activation.outputs
        self.out = nn.Linear(outputs * (height >> times) * (width >> times), shape.n_classes)

    def arrange(self, x: Tensor) -> Tensor:
        return x.reshape(x.shape[0], *self.image_shape)

    def between(self, number: int, h: Tensor) -> Tensor:
        return self.pool(h) if number in self.pooled else h


def convolution(inputs: int, outputs: int) -> nn.Module:
    return nn.Conv2d(inputs, outputs, kernel_size=3, padding=1)


def image_shape(input_shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Channels, height and width of an input.

    Raises:
        UserError: it is neither flat and square nor (channel, height, width), or has a side of less than 8.
    """
    if len(input_shape) == 1 and isqrt(input_shape[0]) ** 2 == input_shape[0]:
        side = isqrt(input_shape[0])
        input_shape = (1, side, side)
    if len(input_shape) != 3 or min(input_shape[1:]) < SMALLEST_SIDE:
        raise UserError(
            f"input_shape = {input_shape} is no image that a convolutional network can take; it needs "
            f"(channel, height, width) or a flat square, with sides of at least {SMALLEST_SIDE}"
        )
    channels, height, width = input_shape
    return channels, height, width


def pooled_layers(depth: int, skip: int, side: int) -> frozenset[int]:
    """The numbers of the layers after which the image is halved; layers are counted from 1."""
    ends = ends_of_blocks(depth, skip)
    first_free = max(ends, default=1) + 1
    places = [1, *ends, *range(first_free, depth + 1)]
    most = 0
    while side >> (most + 1) >= SMALLEST_POOLED:
        most += 1
    times = min(most, len(places))
    return frozenset(places[ceil(len(places) * time / times) - 1] for time in range(1, times + 1))
