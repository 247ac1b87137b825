"""How much is padded around the sides that a window goes along."""

from collections.abc import Sequence
from dataclasses import dataclass

from effdash.loading.onnx.step import Step
from effdash.loading.onnx.values import Flow

LOWEST = -3.4028234663852886e38
"""The least number of float32: none is smaller, so that it is never the largest."""


@dataclass(frozen=True)
class Window:
    """A kernel that goes along the last dimensions of a tensor; `begins` and `ends`: what is padded."""

    sides: list[int]
    strides: list[int]
    dilations: list[int]
    begins: list[int]
    ends: list[int]

    @property
    def dims(self) -> int:
        return len(self.sides)

    @property
    def is_even(self) -> bool:
        return self.begins == self.ends and min(self.begins, default=0) >= 0


def window_of(step: Step, flow: Flow, sides: Sequence[int]) -> Window:
    """The window of a convolution or pool, with its padding in numbers."""
    dims = len(sides)
    shape = step.shape(flow)
    if len(shape) != dims + 2:
        step.refuse(f"goes along {dims} dimensions of a tensor of the shape {shape}")
    strides = [int(one) for one in step.attribute("strides", [1] * dims)]
    dilations = [int(one) for one in step.attribute("dilations", [1] * dims)]
    pads = [int(one) for one in step.attribute("pads", [0] * 2 * dims)]
    if (
        not (len(strides) == len(dilations) == dims and len(pads) == 2 * dims)
        or min(*strides, *dilations) < 1
    ):
        step.refuse(f"has strides, dilations or padding that are not those of {dims} dimensions")
    way = str(step.attribute("auto_pad", "NOTSET"))
    if way == "NOTSET":
        return Window(list(sides), strides, dilations, pads[:dims], pads[dims:])
    begins, ends = [], []
    for size, side, stride, dilation in zip(shape[2:], sides, strides, dilations, strict=True):
        total = 0
        if way != "VALID":
            total = max((-(-size // stride) - 1) * stride + (side - 1) * dilation + 1 - size, 0)
        less, more = total // 2, total - total // 2
        begins.append(less if way == "SAME_UPPER" else more)
        ends.append(total - begins[-1])
    return Window(list(sides), strides, dilations, begins, ends)


def padded(step: Step, flow: Flow, begins: Sequence[int], ends: Sequence[int], value: float) -> Flow:
    """With so much around the last dimensions."""
    pad: list[int] = []
    for begin, end in zip(reversed(begins), reversed(ends), strict=True):
        pad += [begin, end]
    return step.does("pad", flow, pad=pad, mode="constant", value=value)
