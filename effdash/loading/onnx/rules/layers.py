"""Operators with weights: they become modules."""

from typing import Any, Final

import numpy as np

from effdash.loading.onnx.rules.padding import padded, window_of
from effdash.loading.onnx.step import Rule, Step
from effdash.loading.onnx.values import Array, Flow, Numbers, Value


def _module(
    step: Step, op: str, flow: Flow, attributes: dict[str, Any], weights: dict[str, Array], *places: int
) -> Flow:
    """A module made of the inputs at these places."""
    values = [step.inputs[place] if step.has(place) else None for place in places]
    return step.drawing.module(
        op,
        flow,
        attributes,
        weights,
        hints=[step.proto.name, *(step.name_of(place) for place in places)],
        sources=[value for value in values if isinstance(value, Numbers)],
        hint=step.hint,
    )


def _bias(step: Step, place: int) -> dict[str, Array]:
    return {"bias": step.array(place, "bias").reshape(-1)} if step.has(place) else {}


def _convolution(step: Step) -> Value:
    flow, weight = step.flow(), step.array(1, "weights")
    dims = weight.ndim - 2
    if not 1 <= dims <= 3:
        step.refuse(f"goes along {dims} dimensions; effdash knows 1 to 3")
    window = window_of(step, flow, weight.shape[2:])
    if not window.is_even:
        flow = padded(step, flow, window.begins, window.ends, 0.0)
    groups = int(step.attribute("group", 1))
    attributes = {
        "in_channels": weight.shape[1] * groups,
        "out_channels": weight.shape[0],
        "kernel_size": list(weight.shape[2:]),
        "stride": window.strides,
        "padding": window.begins if window.is_even else [0] * dims,
        "dilation": window.dilations,
        "groups": groups,
        "bias": step.has(2),
        "padding_mode": "zeros",
    }
    return _module(step, f"conv{dims}d", flow, attributes, {"weight": weight, **_bias(step, 2)}, 1, 2)


def _transposed(step: Step) -> Value:
    flow, weight = step.flow(), step.array(1, "weights")
    dims = weight.ndim - 2
    if not 1 <= dims <= 3 or step.rank(flow) != dims + 2:
        step.refuse(f"goes along {dims} dimensions of a tensor of the shape {step.shape(flow)}")
    sides = list(weight.shape[2:])
    strides = [int(one) for one in step.attribute("strides", [1] * dims)]
    dilations = [int(one) for one in step.attribute("dilations", [1] * dims)]
    more = [int(one) for one in step.attribute("output_padding", [0] * dims)]
    whole = [
        stride * (size - 1) + (side - 1) * dilation + 1
        for stride, size, side, dilation in zip(strides, step.shape(flow)[2:], sides, dilations, strict=True)
    ]
    begins, ends = _cut(step, dims, strides, whole, more)
    groups = int(step.attribute("group", 1))
    # What stands over at the end is cut off less, or computed further than the kernel reaches.
    padding = [min(begin, end) for begin, end in zip(begins, ends, strict=True)]
    if min(padding) < 0:
        padding = [0] * dims
    kept = [end - begin for begin, end in zip(padding, ends, strict=True)]
    further = [max(one - cut, 0) for one, cut in zip(more, kept, strict=True)]
    attributes = {
        "in_channels": weight.shape[0],
        "out_channels": weight.shape[1] * groups,
        "kernel_size": sides,
        "stride": strides,
        "padding": padding,
        "output_padding": further,
        "groups": groups,
        "bias": step.has(2),
        "dilation": dilations,
    }
    found = _module(
        step, f"conv_transpose{dims}d", flow, attributes, {"weight": weight, **_bias(step, 2)}, 1, 2
    )
    sizes = [
        all_ + one - begin - end for all_, one, begin, end in zip(whole, more, begins, ends, strict=True)
    ]
    starts = [begin - pad for begin, pad in zip(begins, padding, strict=True)]
    shape = step.shape(found)[2:]
    if sizes == list(shape) and not any(starts):
        return found
    if any(start < 0 or start + size > side for start, size, side in zip(starts, sizes, shape, strict=True)):
        step.refuse("is padded in a way that effdash does not know")
    whole_items: list[list[int | None]] = [[None, None, None]] * 2
    items = [[start, start + size, None] for start, size in zip(starts, sizes, strict=True)]
    return step.does("index", found, items=[*whole_items, *items])


def _cut(
    step: Step, dims: int, strides: list[int], whole: list[int], more: list[int]
) -> tuple[list[int], list[int]]:
    """How much of its whole result a transposed convolution cuts off at the beginnings and the ends."""
    way = str(step.attribute("auto_pad", "NOTSET"))
    wanted = step.attribute("output_shape", None)
    if wanted is None and way in ("SAME_UPPER", "SAME_LOWER"):
        wanted = [size * stride for size, stride in zip(step.shape(step.flow())[2:], strides, strict=True)]
    if wanted is None:
        pads = (
            [int(one) for one in step.attribute("pads", [0] * 2 * dims)]
            if way == "NOTSET"
            else [0] * 2 * dims
        )
        return pads[:dims], pads[dims:]
    begins, ends = [], []
    for place, (size, side) in enumerate(zip(wanted[-dims:], whole, strict=True)):
        total = side + more[place] - int(size)
        if total < 0:  # more is wanted than there is: it is computed further
            more[place] -= total
            total = 0
        less, rest = total // 2, total - total // 2
        begins.append(less if way == "SAME_UPPER" else rest)
        ends.append(total - begins[-1])
    return begins, ends


def _batch_norm(step: Step) -> Value:
    flow = step.flow()
    if step.attribute("training_mode", 0):
        step.refuse("is in training mode; export the network in evaluation mode")
    rank = step.rank(flow)
    if not 2 <= rank <= 5:
        step.refuse(f"is applied to a tensor of {rank} dimensions; effdash knows 2 to 5")
    keys = ("weight", "bias", "running_mean", "running_var")
    weights = {key: step.array(place, key).reshape(-1) for place, key in enumerate(keys, start=1)}
    attributes = {
        "dims": max(rank - 2, 1),
        "num_features": weights["weight"].size,
        "eps": float(step.attribute("epsilon", 1e-5)),
        "momentum": round(1 - float(step.attribute("momentum", 0.9)), 7),
        "affine": True,
        "track_running_stats": True,
    }
    return _module(step, "batch_norm", flow, attributes, weights, 1, 2, 3, 4)


def _layer_norm(step: Step) -> Value:
    flow = step.flow()
    sides = list(step.shape(flow)[step.axis(flow, default=-1) :])
    scale = np.broadcast_to(step.array(1, "scale"), sides)
    weights = {"weight": scale}
    if step.has(2):
        weights["bias"] = np.broadcast_to(step.array(2, "bias"), sides)
    attributes = {
        "normalized_shape": sides,
        "eps": float(step.attribute("epsilon", 1e-5)),
        "elementwise_affine": True,
        "bias": step.has(2),
    }
    return _module(step, "layer_norm", flow, attributes, weights, 1, 2)


def _group_norm(step: Step) -> Value:
    """Also instance normalization, whose groups are single channels."""
    flow = step.flow()
    channels = step.shape(flow)[1]
    groups = int(step.attribute("num_groups", channels))
    scale, bias = step.array(1, "scale").reshape(-1), step.array(2, "bias").reshape(-1)
    if scale.size == groups != channels:  # operator sets 18 to 20: one a group
        scale, bias = (np.repeat(one, channels // groups) for one in (scale, bias))
    attributes = {
        "num_groups": groups,
        "num_channels": channels,
        "eps": float(step.attribute("epsilon", 1e-5)),
        "affine": True,
    }
    return _module(step, "group_norm", flow, attributes, {"weight": scale, "bias": bias}, 1, 2)


def _linear(step: Step, flow: Flow, weight: Array, bias: Array | None, *places: int) -> Flow:
    """`weight` as torch has it: a row an output."""
    attributes = {"in_features": weight.shape[1], "out_features": weight.shape[0], "bias": bias is not None}
    weights = {"weight": weight} if bias is None else {"weight": weight, "bias": bias}
    return _module(step, "linear", flow, attributes, weights, *places)


def _gemm(step: Step) -> Value:
    flow = step.flow()
    alpha, beta = float(step.attribute("alpha", 1.0)), float(step.attribute("beta", 1.0))
    if step.attribute("transA", 0):
        step.refuse("mixes the samples (transA)")
    weight = step.array(1, "weights")
    weight = weight if step.attribute("transB", 0) else weight.T
    bias = None
    if step.has(2):
        given = step.array(2, "bias")
        if given.size not in (1, len(weight)) or given.shape[-1:] not in ((), (1,), (len(weight),)):
            step.refuse(f"has a bias of the shape {given.shape}, not one an output")
        bias = np.broadcast_to(given.reshape(-1), len(weight)) * np.float32(beta)
    return _linear(step, flow, weight * np.float32(alpha) if alpha != 1 else weight, bias, 1, 2)


def _matmul(step: Step) -> Value:
    second = step.given(1)
    first = step.given(0)
    if not isinstance(first, Flow) or not isinstance(second, Numbers):
        return step.does("matmul", step.flow(0), step.flow(1))
    weight = step.array(1, "weights")
    if weight.ndim == 1:
        return step.does("squeeze", _linear(step, first, weight[None], None, 1), dim=-1)
    if weight.size != weight.shape[-1] * weight.shape[-2] or weight.ndim > max(step.rank(first), 2):
        return step.does("matmul", first, step.flow(1))
    return _linear(step, first, weight.reshape(weight.shape[-2:]).T, None, 1)


LAYER_RULES: Final[dict[str, Rule]] = {
    "Conv": _convolution,
    "ConvTranspose": _transposed,
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
    "GroupNormalization": _group_norm,
    "InstanceNormalization": _group_norm,
    "Gemm": _gemm,
    "MatMul": _matmul,
}
