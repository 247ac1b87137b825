"""Operators that tell sizes, and those that do nothing."""

from typing import Final

import numpy as np

from effdash.loading.onnx.step import Rule, Step
from effdash.loading.onnx.tensors import type_name
from effdash.loading.onnx.values import Numbers, Value


def _shape(step: Step) -> Value:
    start, end = step.attribute("start", 0), step.attribute("end", None)
    first, second = (np.array(shape, dtype=np.int64)[start:end] for shape in step.drawing.shapes(step.flow()))
    return Numbers(first, second)


def _size(step: Step) -> Value:
    first, second = (np.array(np.prod(shape), dtype=np.int64) for shape in step.drawing.shapes(step.flow()))
    return Numbers(first, second)


def _same(step: Step) -> Value:
    return step.given(0)


def _dropout(step: Step) -> Value:
    if step.has(2) and bool(step.array(2, "training mode").any()):
        step.refuse("is in training mode; export the network in evaluation mode")
    return step.given(0)


def _cast(step: Step) -> Value:
    kind = type_name(int(step.attributes["to"]))
    if kind not in ("FLOAT", "DOUBLE", "FLOAT16", "BFLOAT16"):
        step.refuse(f"makes {kind} of what the network computes, which effdash does not follow")
    return step.flow()


SIZE_RULES: Final[dict[str, Rule]] = {
    "Shape": _shape,
    "Size": _size,
    "Identity": _same,
    "CastLike": _same,
    "Dropout": _dropout,
    "Cast": _cast,
}
