"""Operators that lay numbers out anew."""

from collections.abc import Sequence
from math import prod
from typing import Final

import numpy as np

from effdash.loading.onnx.step import Rule, Step
from effdash.loading.onnx.values import MOST_SPREAD, Flow, Value, listed

MOST_SAMPLES: Final = 2**31 - 2
"""An end behind it is behind any number of samples."""


def _targets(step: Step, flow: Flow, place: int, key: str) -> tuple[list[int], list[int]]:
    """The sizes that a step names, for either number of samples.

    Where the file is written for a fixed number of samples, that number among them follows it.
    """
    if key in step.attributes:
        first = second = [int(side) for side in step.attributes[key]]
    else:
        numbers = step.numbers(place, key)
        first, second = listed(numbers.first), listed(numbers.second)
    samples = step.drawing.sizes[0]
    shapes = step.drawing.shapes(flow)
    follows = (
        step.drawing.is_for_fixed and shapes[0][:1] == (samples,) and first[:1] == second[:1] == [samples]
    )
    if follows:
        second = [shapes[1][0], *second[1:]]
    return first, second


def _whole(shape: tuple[int, ...], wanted: list[int], keeps_zero: bool) -> list[int]:
    """Sizes without 0 (as it was) and -1 (what is left)."""
    sides = [shape[at] if side == 0 and not keeps_zero else side for at, side in enumerate(wanted)]
    if sides.count(-1) == 1:
        rest = -prod(sides)
        if rest <= 0 or prod(shape) % rest:
            raise ValueError(f"shape {wanted} does not fit {list(shape)}")
        sides[sides.index(-1)] = prod(shape) // rest
    if prod(sides) != prod(shape) or min(sides, default=1) < 0:
        raise ValueError(f"shape {wanted} does not fit {list(shape)}")
    return sides


def _reshape(step: Step) -> Value:
    flow = step.flow()
    keeps_zero = bool(step.attribute("allowzero", 0))
    shapes = step.drawing.shapes(flow)
    targets = _targets(step, flow, 1, "shape")
    first, second = (_whole(shape, to, keeps_zero) for shape, to in zip(shapes, targets, strict=True))
    return reshaped(step, flow, first, second)


def reshaped(step: Step, flow: Flow, first: list[int], second: list[int]) -> Flow:
    """Laid out by whole sizes for either number of samples, as few of them named as will do."""
    before = step.drawing.shapes(flow)
    if (tuple(first), tuple(second)) == before:
        return flow
    rank = len(before[0])
    sizes: list[int] = []
    for place, (one, other) in enumerate(zip(first, second, strict=True)):
        if place < rank and (one, other) == (before[0][place], before[1][place]):
            sizes.append(0)
        elif one == other:
            sizes.append(one)
        elif -1 not in sizes:
            sizes.append(-1)
        else:
            step.refuse("names two sizes that change with the number of samples")
    kept = len(sizes) - 1
    if 1 <= kept < rank and sizes[:kept] == [0] * kept and prod(before[0][:kept]) > 0:
        return step.does("flatten", flow, start_dim=kept, end_dim=-1)
    return step.does("reshape", flow, shape=sizes)


def _flatten(step: Step) -> Value:
    flow = step.flow()
    rank = step.rank(flow)
    axis = int(step.attribute("axis", 1))
    axis = axis + rank if axis < 0 else axis
    first, second = ([prod(shape[:axis]), prod(shape[axis:])] for shape in step.drawing.shapes(flow))
    return reshaped(step, flow, first, second)


def _transpose(step: Step) -> Value:
    flow = step.flow()
    rank = step.rank(flow)
    dims = [step.front(int(dim), rank) for dim in step.attribute("perm", range(rank - 1, -1, -1))]
    return flow if dims == list(range(rank)) else step.does("permute", flow, dims=dims)


def _squeeze(step: Step) -> Value:
    flow = step.flow()
    shape = step.shape(flow)
    axes = step.ints("axes", 1)
    if axes is None:
        axes = [at for at, side in enumerate(shape) if side == 1 and not step.counts_samples(flow, at)]
    for axis in sorted({step.front(axis, len(shape)) for axis in axes}, reverse=True):
        if step.counts_samples(flow, axis):
            step.refuse("takes the dimension of the samples away")
        flow = step.does("squeeze", flow, dim=axis)
    return flow


def _unsqueeze(step: Step) -> Value:
    flow = step.flow()
    axes = step.ints("axes", 1) or []
    rank = step.rank(flow) + len(axes)
    for axis in sorted(step.front(axis, rank) for axis in axes):
        flow = step.does("unsqueeze", flow, dim=axis)
    return flow


def _concat(step: Step) -> Value:
    flows = [step.flow(place) for place in range(len(step.inputs)) if step.has(place)]
    return flows[0] if len(flows) == 1 else step.does("cat", *flows, dim=step.axis(flows[0]))


def selected(step: Step, flow: Flow, axis: int, places: Sequence[int]) -> Flow:
    """Some places along a dimension, as a slice where they follow each other."""
    if step.counts_samples(flow, axis):
        step.refuse("takes some of the samples")
    if not 1 <= len(places) <= MOST_SPREAD:
        step.refuse(f"takes {len(places):,} places; effdash knows 1 to {MOST_SPREAD:,}")
    size = step.shape(flow)[axis]
    counted = [step.front(place, size) for place in places]
    if counted == list(range(size)):
        return flow
    if counted == list(range(counted[0], counted[0] + len(counted))):
        ends = [counted[0] or None, None if counted[-1] + 1 == size else counted[-1] + 1, None]
        return step.does("index", flow, items=[[None, None, None]] * axis + [ends])
    return step.does("index_select", flow, dim=axis, index=counted)


def _slice(step: Step) -> Value:
    flow = step.flow()
    starts, ends = step.ints("starts", 1) or [], step.ints("ends", 2) or []
    axes = step.ints("axes", 3) or list(range(len(starts)))
    steps = step.ints("steps", 4) or [1] * len(starts)
    items: list[list[int | None]] = [[None, None, None]] * step.rank(flow)
    shape = step.shape(flow)
    for start, end, given, stride in zip(starts, ends, axes, steps, strict=True):
        axis = step.front(given, len(shape))
        size = shape[axis]
        stop = None if stride < 0 and end < -size else end
        taken = range(size)[slice(start, stop, stride)]
        samples = step.counts_samples(flow, axis)
        if taken == range(size) and (not samples or end > MOST_SAMPLES):
            continue
        if samples:
            step.refuse("takes some of the samples")
        if not taken:
            step.refuse("takes nothing")
        if stride < 0:
            flow = selected(step, flow, axis, taken)
        else:
            items[axis] = [
                taken.start or None,
                None if taken.stop >= size else taken.stop,
                stride if stride > 1 else None,
            ]
    while items and items[-1] == [None, None, None]:
        items = items[:-1]
    return step.does("index", flow, items=items) if items else flow


def _split(step: Step) -> list[Value]:
    flow = step.flow()
    axis, many = step.axis(flow), len(step.proto.output)
    if step.counts_samples(flow, axis):
        step.refuse("takes some of the samples")
    sizes = step.ints("split", 1)
    if sizes is None:
        whole = step.shape(flow)[axis]
        side = -(-whole // int(step.attribute("num_outputs", many)))
        sizes = [max(min(side, whole - side * place), 0) for place in range(many)]
    if len(sizes) != many:
        step.refuse(f"names {len(sizes)} sizes for {many} parts")
    parts = step.does("split", flow, split_size_or_sections=sizes, dim=axis)
    return [step.does("item", parts, index=place) for place in range(many)]


def _gather(step: Step) -> Value:
    flow, places = step.flow(), step.array(1, "places")
    axis = step.axis(flow)
    if places.size == 0:
        step.refuse("takes nothing")
    if places.ndim == 0 and not step.counts_samples(flow, axis):
        item = step.front(int(places), step.shape(flow)[axis])
        return step.does("index", flow, items=[*([[None, None, None]] * axis), item])
    found = selected(step, flow, axis, listed(places))
    if places.ndim == 1:
        return found
    first, second = ([*s[:axis], *places.shape, *s[axis + 1 :]] for s in step.drawing.shapes(found))
    return reshaped(step, found, first, second)


_PADDINGS: Final = {"constant": "constant", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}


def _pad(step: Step) -> Value:
    flow = step.flow()
    rank = step.rank(flow)
    pads = step.ints("pads", 1, "padding") or []
    axes = [step.front(axis, rank) for axis in (step.ints("axes", 3) or range(len(pads) // 2))]
    mode = str(step.attribute("mode", "constant"))
    if mode not in _PADDINGS or len(pads) != 2 * len(axes):
        step.refuse(
            f"pads {len(axes)} dimensions by {len(pads)} numbers as {mode!r:.40}, which effdash does not know"
        )
    ends = {axis: [pads[at], pads[at + len(axes)]] for at, axis in enumerate(axes)}
    padded = [axis for axis in ends if any(ends[axis])]
    if not padded:
        return flow
    if any(step.counts_samples(flow, axis) for axis in padded):
        step.refuse("adds samples")
    first = min(padded)
    if mode != "constant":  # torch wants all dimensions after the units
        first = min(2, rank - 1)
        if min(padded) < first:
            step.refuse("repeats values along the units, which effdash does not know")
    value = step.number(2, "value") if step.has(2) else float(step.attribute("value", 0.0))
    pad = [end for axis in range(rank - 1, first - 1, -1) for end in ends.get(axis, [0, 0])]
    return step.does("pad", flow, pad=pad, mode=_PADDINGS[mode], value=value if mode == "constant" else None)


def _expand(step: Step) -> Value:
    flow = step.flow()
    shapes = step.drawing.shapes(flow)
    targets = _targets(step, flow, 1, "shape")
    first, second = (np.broadcast_shapes(shape, tuple(to)) for shape, to in zip(shapes, targets, strict=True))
    if (first, second) == shapes:
        return flow
    before = [((1,) * (len(first) - len(shape)) + shape) for shape in shapes]
    sizes = []
    for place, (one, other) in enumerate(zip(first, second, strict=True)):
        if (one, other) == (before[0][place], before[1][place]) and place >= len(first) - len(shapes[0]):
            sizes.append(-1)
        elif one == other:
            sizes.append(one)
        else:
            step.refuse("repeats something for every sample, which effdash does not follow")
    return step.does("expand", flow, shape=sizes)


def _tile(step: Step) -> Value:
    flow = step.flow()
    for axis, count in enumerate(step.ints("repeats", 1) or []):
        if count != 1 and (step.counts_samples(flow, axis) or not 1 <= count <= 1000):
            step.refuse(f"repeats dimension {axis} {count} times, which effdash does not follow")
        if count > 1:
            flow = step.does("cat", *[flow] * count, dim=axis)
    return flow


def _blocks(*, back: bool) -> Rule:
    """Blocks of a picture as channels, or the other way round."""

    def rule(step: Step) -> Value:
        flow, side = step.flow(), int(step.attributes["blocksize"])
        first, second = step.drawing.shapes(flow)
        _, channels, height, width = first
        crd = str(step.attribute("mode", "DCR")) == "CRD"
        if back:
            inner = [channels // side**2]
            split = [*inner, side, side] if crd else [side, side, *inner]
            cut = [*split, height, width]
            dims = [0, 1, 4, 2, 5, 3] if crd else [0, 3, 4, 1, 5, 2]
            after = [channels // side**2, height * side, width * side]
        else:
            cut = [channels, height // side, side, width // side, side]
            dims = [0, 1, 3, 5, 2, 4] if crd else [0, 3, 5, 1, 2, 4]
            after = [channels * side**2, height // side, width // side]
        flow = reshaped(step, flow, [first[0], *cut], [second[0], *cut])
        flow = step.does("permute", flow, dims=dims)
        return reshaped(step, flow, [first[0], *after], [second[0], *after])

    return rule


LAYOUT_RULES: Final[dict[str, Rule]] = {
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Transpose": _transpose,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Concat": _concat,
    "Slice": _slice,
    "Split": _split,
    "Gather": _gather,
    "Pad": _pad,
    "Expand": _expand,
    "Tile": _tile,
    "DepthToSpace": _blocks(back=True),
    "SpaceToDepth": _blocks(back=False),
}
