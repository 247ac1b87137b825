"""What a convolution sees at each of its positions, written out: its columns, as in a dense layer."""

from collections.abc import Iterator
from itertools import product

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

Convolution = nn.Conv1d | nn.Conv2d | nn.Conv3d


def zero_padded(convolution: Convolution) -> bool:
    """Whether its border sees zeros, so that a constant channel is none to it."""
    padded = any(convolution._reversed_padding_repeated_twice)
    return padded and convolution.padding_mode == "zeros"


def patches(
    convolution: Convolution, x: Float[Tensor, "sample channel *position"]
) -> Float[Tensor, "column row"]:
    """The columns are channels x kernel, in the order of its weights; the rows samples x output positions.

    `x` may hold any of its channels, such as those of one of its groups.
    """
    padding = convolution._reversed_padding_repeated_twice
    mode = "constant" if convolution.padding_mode == "zeros" else convolution.padding_mode
    padded = functional.pad(x, padding, mode=mode) if any(padding) else x
    sizes = [
        (size - dilation * (kernel - 1) - 1) // stride + 1
        for size, dilation, kernel, stride in zip(
            padded.shape[2:],
            convolution.dilation,
            convolution.kernel_size,
            convolution.stride,
            strict=True,
        )
    ]
    offsets = list(product(*map(range, convolution.kernel_size)))
    columns = x.new_empty(x.shape[1], len(offsets), x.shape[0], *sizes)
    by_channel = padded.transpose(0, 1)
    for number, offset in enumerate(offsets):
        window = tuple(
            slice(start * dilation, start * dilation + stride * (size - 1) + 1, stride)
            for start, dilation, stride, size in zip(
                offset, convolution.dilation, convolution.stride, sizes, strict=True
            )
        )
        columns[:, number] = by_channel[:, :, *window]
    return columns.view(x.shape[1] * len(offsets), -1)


def channels_first(values: Float[Tensor, "sample channel *position"]) -> Float[Tensor, "channel row"]:
    """One row a channel, samples x positions one after the other, as `patches` counts them."""
    return values.transpose(0, 1).flatten(1)


def batches(samples: int, elements_a_sample: int, elements: int = 1 << 20) -> Iterator[slice]:
    """Slices of the samples that hold about `elements` numbers each: what fits a processor's cache."""
    step = max(1, elements // max(1, elements_a_sample))
    for start in range(0, samples, step):
        yield slice(start, min(start + step, samples))


def evenly(samples: int, most: int) -> slice:
    """At most `most` of the samples, spread evenly over them."""
    return slice(0, samples, -(-samples // max(1, most)))
