"""Operators that take a window's numbers together."""

from typing import Final

import numpy as np
import torch

from effdash.loading.onnx.rules.padding import LOWEST, Window, padded, window_of
from effdash.loading.onnx.step import Rule, Step
from effdash.loading.onnx.values import Flow, Value, fixed
from effdash.models.graph import OPERATORS


def _window(step: Step, flow: Flow) -> Window:
    sides = [int(side) for side in step.attributes["kernel_shape"]]
    if not 1 <= len(sides) <= 3 or min(sides) < 1:
        step.refuse(f"goes along {len(sides)} dimensions; effdash knows 1 to 3")
    return window_of(step, flow, sides)


def _fits_torch(window: Window) -> bool:
    """torch pads both ends alike, and by no more than half the window."""
    halves = (2 * begin <= side for begin, side in zip(window.begins, window.sides, strict=True))
    return window.is_even and all(halves)


def _max_pool(step: Step) -> Value:
    flow = step.flow()
    window = _window(step, flow)
    padding = window.begins
    if not _fits_torch(window):
        flow = padded(step, flow, window.begins, window.ends, LOWEST)
        padding = [0] * window.dims
    return step.does(
        f"max_pool{window.dims}d",
        flow,
        kernel_size=window.sides,
        stride=window.strides,
        padding=padding,
        dilation=window.dilations,
        ceil_mode=bool(step.attribute("ceil_mode", 0)),
    )


def _average_pool(step: Step) -> Value:
    flow = step.flow()
    window = _window(step, flow)
    if any(dilation > 1 for dilation in window.dilations):
        step.refuse("averages with gaps (dilations), which effdash does not know")
    counts_padding, ceil = bool(step.attribute("count_include_pad", 0)), bool(step.attribute("ceil_mode", 0))
    op, fits = f"avg_pool{window.dims}d", _fits_torch(window)
    attributes = {
        "kernel_size": window.sides,
        "stride": window.strides,
        "padding": window.begins if fits else [0] * window.dims,
        "ceil_mode": ceil,
        "count_include_pad": counts_padding,
    }
    if fits:
        return step.does(op, flow, **attributes)
    if ceil:
        step.refuse("averages windows that stand over at ends padded unevenly, which effdash does not know")
    shape = step.shape(flow)
    found = step.does(op, padded(step, flow, window.begins, window.ends, 0.0), **attributes)
    if counts_padding:
        return found
    # Of every window, which share is no padding: it depends on sizes alone.
    pad = [one for ends in zip(reversed(window.begins), reversed(window.ends), strict=True) for one in ends]
    inside = torch.nn.functional.pad(torch.ones((1, 1, *shape[2:])), pad)
    average = OPERATORS[op].function
    assert average is not None
    share = average(inside, **attributes).clamp_min(torch.finfo(torch.float32).tiny)
    correction = step.drawing.buffer(fixed((1 / share).numpy().astype(np.float32)))
    return step.does("mul", found, correction, number=None, number_first=False)


def _global_pool(op: str) -> Rule:
    def rule(step: Step) -> Value:
        flow = step.flow()
        dims = step.rank(flow) - 2
        if not 1 <= dims <= 3:
            step.refuse(f"takes {dims} dimensions together; effdash knows 1 to 3")
        return step.does(f"{op}{dims}d", flow, output_size=[1] * dims)

    return rule


POOLING_RULES: Final[dict[str, Rule]] = {
    "MaxPool": _max_pool,
    "AveragePool": _average_pool,
    "GlobalAveragePool": _global_pool("adaptive_avg_pool"),
    "GlobalMaxPool": _global_pool("adaptive_max_pool"),
}
