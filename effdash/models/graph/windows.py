"""What comes out of layers and windows but for its numbers."""

from collections.abc import Sequence
from typing import Any

from effdash.models.graph.sketch import (
    Sizes,
    Sketch,
    check_floating,
    check_mirrored,
    function_of,
    point_like,
    sketch_like,
)


def linear(x: Sketch, *, in_features: int, out_features: int, **_: Any) -> Sketch:
    check_floating(x)
    if x.shape[-1] != in_features:
        raise ValueError(f"it takes {in_features} features, and is given {x.shape}")
    return sketch_like(x, *x.shape[:-1], out_features)


def _sides(x: Sketch, dims: int) -> tuple[int, ...]:
    """What a window goes along: the last dimensions, behind the channels."""
    check_floating(x)
    if x.rank not in (dims + 1, dims + 2):
        raise ValueError(f"it goes along {dims} dimensions behind the channels, and is given {x.shape}")
    return x.shape[-dims:]


def _windowed(x: Sketch, dims: int, sides: Sizes, channels: tuple[int, int] | None = None) -> Sketch:
    """With other sides, and channels that are (taken, given)."""
    taken, given = channels or (x.shape[-dims - 1], x.shape[-dims - 1])
    if x.shape[-dims - 1] != taken:
        raise ValueError(f"it takes {taken} channels, and is given {x.shape}")
    if min(sides) < 1:
        raise ValueError(f"nothing is left of {x.shape}, which is smaller than its window")
    return sketch_like(x, *x.shape[: -dims - 1], given, *sides)


def convolution(
    x: Sketch,
    *,
    in_channels: int,
    out_channels: int,
    kernel_size: Sizes,
    stride: Sizes,
    padding: Sizes | str,
    dilation: Sizes,
    padding_mode: str,
    **_: Any,
) -> Sketch:
    dims = len(kernel_size)
    reach = [gap * (side - 1) + 1 for side, gap in zip(kernel_size, dilation, strict=True)]
    if padding == "same":
        ends = [((one - 1) // 2, one // 2) for one in reach]
    else:
        ends = [(0, 0)] * dims if isinstance(padding, str) else [(one, one) for one in padding]
    sides = _sides(x, dims)
    if padding_mode != "zeros":
        check_mirrored(sides, ends, padding_mode)
    padded = [side + begin + end for side, (begin, end) in zip(sides, ends, strict=True)]
    found = [(side - one) // step + 1 for side, one, step in zip(padded, reach, stride, strict=True)]
    return _windowed(x, dims, found, (in_channels, out_channels))


def transposed_convolution(
    x: Sketch,
    *,
    in_channels: int,
    out_channels: int,
    kernel_size: Sizes,
    stride: Sizes,
    padding: Sizes,
    output_padding: Sizes,
    dilation: Sizes,
    **_: Any,
) -> Sketch:
    dims, found = len(kernel_size), []
    windows = zip(_sides(x, dims), kernel_size, stride, padding, output_padding, dilation, strict=True)
    for side, kernel, step, cut, more, gap in windows:
        if more >= max(step, gap):
            raise ValueError(f"it adds {more} at the end, and less than {max(step, gap)} is possible")
        found.append((side - 1) * step - 2 * cut + gap * (kernel - 1) + more + 1)
    return _windowed(x, dims, found, (in_channels, out_channels))


def pool(
    x: Sketch,
    *,
    kernel_size: Sizes,
    stride: Sizes,
    padding: Sizes,
    ceil_mode: bool,
    dilation: Sizes | None = None,
    **_: Any,
) -> Sketch:
    dims, found = len(kernel_size), []
    gaps = dilation or [1] * dims
    for side, kernel, step, pad, gap in zip(_sides(x, dims), kernel_size, stride, padding, gaps, strict=True):
        if pad > kernel // 2:
            raise ValueError(f"it is padded by {pad}, and {kernel // 2} is the most for a window of {kernel}")
        rest = side + 2 * pad - gap * (kernel - 1) - 1
        count = (rest + (step - 1 if ceil_mode else 0)) // step + 1
        if ceil_mode and (count - 1) * step >= side + pad:  # the last window has to begin inside
            count -= 1
        found.append(count)
    return _windowed(x, dims, found)


def adaptive_pool(x: Sketch, *, output_size: Sequence[int | None]) -> Sketch:
    dims = len(output_size)
    sides = _sides(x, dims)
    return _windowed(
        x, dims, [was if size is None else size for size, was in zip(output_size, sides, strict=True)]
    )


def upsample(x: Sketch, *, size: Any, scale_factor: Any, **how: Any) -> Sketch:
    """`size` and `scale_factor`: one number, or one a side; one of the two is `None`."""
    dims = x.rank - 2
    if (size is None) == (scale_factor is None):
        raise ValueError("it takes either a size or a factor")
    wanted = scale_factor if size is None else size
    each = list(wanted) if isinstance(wanted, list | tuple) else [wanted] * dims
    if len(each) != dims:
        raise ValueError(f"it names {len(each)} sides, and {x.shape} has {dims}")
    function_of("upsample")(point_like(x), size=[1] * dims, scale_factor=None, **how)
    sides = each if size is not None else [int(s * by) for s, by in zip(x.shape[2:], each, strict=True)]
    return _windowed(x, dims, sides)
