"""Pictures made larger or smaller."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from effdash.loading.onnx.rules.layouts import selected
from effdash.loading.onnx.step import Rule, Step
from effdash.loading.onnx.values import Array, Flow, Value, listed

_LINEAR: Final = {3: "linear", 4: "bilinear", 5: "trilinear"}
_MOST_SIDE: Final = 10**4


def _resize(step: Step) -> Value:
    flow = step.flow()
    shape = step.shape(flow)
    is_old = step.kind == "Upsample" or step.opset < 11
    ways = str(step.attribute("coordinate_transformation_mode", "asymmetric" if is_old else "half_pixel"))
    mode = str(step.attribute("mode", "nearest"))
    if (
        step.attribute("antialias", 0)
        or str(step.attribute("keep_aspect_ratio_policy", "stretch")) != "stretch"
    ):
        step.refuse("is smoothed, or keeps its aspect ratio, which effdash does not know")
    scales, sizes = _asked(step, len(shape), is_old)
    if sizes is None:
        assert scales is not None
        sizes = [int(np.floor(side * scale)) for side, scale in zip(shape, scales, strict=True)]
    if sizes == list(shape):
        return flow
    if sizes[:2] != list(shape[:2]) or not 3 <= len(shape) <= 5:
        step.refuse(
            f"makes {list(shape)} into {sizes}; effdash resizes the 1 to 3 dimensions after the units"
        )
    if not all(1 <= side <= _MOST_SIDE for side in sizes[2:]):
        step.refuse(f"makes a picture of {sizes[2:]}; a side may be 1 to {_MOST_SIDE:,}")
    # As torch has it: by a factor where the file names one, since coordinates follow it.
    by = scales[2:] if scales is not None else None
    how = {"size": None, "scale_factor": by} if by is not None else {"size": sizes[2:], "scale_factor": None}
    if mode == "nearest":
        rounding = "floor" if is_old else str(step.attribute("nearest_mode", "round_prefer_floor"))
        return _nearest(step, flow, sizes, by, ways=ways, rounding=rounding)
    if mode == "linear":
        kind = _LINEAR[len(shape)]
    elif mode == "cubic" and len(shape) == 4 and step.attribute("cubic_coeff_a", -0.75) == -0.75:
        kind = "bicubic"
    else:
        step.refuse(f"is of the mode {mode!r:.40}, which effdash does not know for {len(shape)} dimensions")
    if ways == "pytorch_half_pixel" and any(
        to == 1 < side for side, to in zip(shape[2:], sizes[2:], strict=True)
    ):
        step.refuse("makes a side a single point as 'pytorch_half_pixel' does, which effdash does not know")
    aligned = ways == "align_corners"
    if ways not in ("half_pixel", "pytorch_half_pixel", "align_corners") or step.attribute(
        "exclude_outside", 0
    ):
        step.refuse(f"places its points as {ways!r:.40}, which effdash does not know in the mode {mode!r}")
    return step.does("upsample", flow, **how, mode=kind, align_corners=aligned)


def _asked(step: Step, rank: int, is_old: bool) -> tuple[list[float] | None, list[int] | None]:
    """The factors or the sizes that are named, for all dimensions."""
    if "scales" in step.attributes:
        return [float(one) for one in step.attributes["scales"]], None
    places = (1, 9) if is_old else (2, 3)
    axes = [step.front(int(axis), rank) for axis in step.attribute("axes", range(rank))]
    for place in places:
        if not step.has(place):
            continue
        numbers = step.numbers(place, "size")
        if numbers.first.size == 0:
            continue
        # The number of samples is no size to be resized, and may be all that changes.
        listed = numbers.first.reshape(-1).tolist()
        if len(listed) != len(axes):
            step.refuse(f"names {len(listed)} sizes for {len(axes)} dimensions")
        if not np.array_equal(numbers.first.reshape(-1)[1:], numbers.second.reshape(-1)[1:]):
            step.refuse("computes its size from the number of samples, which effdash does not follow")
        before: list[float] = [1.0] * rank if place == places[0] else list(step.shape(step.flow()))
        for axis, value in zip(axes, listed, strict=True):
            before[axis] = value
        return (before, None) if place == places[0] else (None, [int(value) for value in before])
    step.refuse("names no size")


def _nearest(
    step: Step, flow: Flow, sizes: Sequence[int], by: Sequence[float] | None, *, ways: str, rounding: str
) -> Flow:
    """As torch's own where it takes the same points, else by naming the points."""
    shape = step.shape(flow)
    wanted = []
    for place in range(2, len(shape)):
        scale = by[place - 2] if by is not None else sizes[place] / shape[place]
        wanted.append(_points(step, shape[place], sizes[place], scale, ways=ways, rounding=rounding))
    how = (
        {"size": None, "scale_factor": list(by)}
        if by is not None
        else {"size": list(sizes[2:]), "scale_factor": None}
    )
    for mode, shift in (("nearest", 0.0), ("nearest-exact", 0.5)):
        theirs = [
            np.clip(
                np.floor((np.arange(size) + shift) / (by[n] if by is not None else size / side)), 0, side - 1
            )
            for n, (side, size) in enumerate(zip(shape[2:], sizes[2:], strict=True))
        ]
        if all(np.array_equal(one, other) for one, other in zip(wanted, theirs, strict=True)):
            return step.does("upsample", flow, **how, mode=mode, align_corners=None)
    for place, points in enumerate(wanted, start=2):
        flow = selected(step, flow, place, listed(points))
    return flow


def _points(step: Step, side: int, size: int, scale: float, *, ways: str, rounding: str) -> Array:
    """Which point of a side each point of the result is."""
    at = np.arange(size, dtype=np.float64)
    if ways == "asymmetric":
        x = at / scale
    elif ways == "half_pixel" or (ways == "pytorch_half_pixel" and size > 1):
        x = (at + 0.5) / scale - 0.5
    elif ways == "pytorch_half_pixel":
        x = at * 0
    elif ways == "align_corners":
        x = at * (side - 1) / max(size - 1, 1)
    else:
        step.refuse(f"places its points as {ways!r:.40}, which effdash does not know")
    roundings: dict[str, Callable[[Array], Array]] = {
        "floor": np.floor,
        "ceil": np.ceil,
        "round_prefer_floor": lambda x: np.ceil(x - 0.5),
        "round_prefer_ceil": lambda x: np.floor(x + 0.5),
    }
    if rounding not in roundings:
        step.refuse(f"rounds as {rounding!r:.40}, which effdash does not know")
    return np.clip(roundings[rounding](x), 0, side - 1)


RESIZING_RULES: Final[dict[str, Rule]] = {"Resize": _resize, "Upsample": _resize}
