"""One node of an ONNX graph with what it is given, as the rules see it."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from effdash.loading.onnx.drawing import Drawing
from effdash.loading.onnx.file import node_words
from effdash.loading.onnx.tensors import array_of
from effdash.loading.onnx.values import Array, Flow, Numbers, Value, listed, tidy
from effdash.vocab import UserError

Rule = Callable[["Step"], Value | list[Value]]
"""What a node gives; a list where it gives several."""


@dataclass(frozen=True, eq=False)
class Step:
    """`None` among the inputs: one that is left out."""

    proto: Any
    opset: int
    inputs: Sequence[Value | None]
    attributes: Mapping[str, Any]
    drawing: Drawing

    @property
    def kind(self) -> str:
        return str(self.proto.op_type)

    @property
    def hint(self) -> str:
        """What its node might be called."""
        return str(self.proto.name or self.proto.op_type)

    def refuse(self, why: str) -> NoReturn:
        raise UserError(f"{node_words(self.proto)} {why}")

    # ------------------------------------------------------------------ what it is given

    def has(self, place: int) -> bool:
        return place < len(self.inputs) and self.inputs[place] is not None

    def given(self, place: int) -> Value:
        if not self.has(place):
            self.refuse(f"lacks its input {place}")
        value = self.inputs[place]
        assert value is not None
        return value

    def flow(self, place: int = 0) -> Flow:
        """What the network computes, or numbers as a step of it."""
        value = self.given(place)
        if isinstance(value, Flow):
            return value
        if not value.is_fixed:
            self.refuse("computes with the number of samples, which effdash does not follow")
        if value.first.dtype == np.bool_:
            self.refuse("is given fixed truths, which effdash does not follow")
        return self.drawing.buffer(value)

    def numbers(self, place: int, what: str) -> Numbers:
        """Numbers that are known beforehand, or those that change with the number of samples alone."""
        value = self.given(place)
        if isinstance(value, Flow):
            self.refuse(f"computes its {what} from the data, which effdash does not follow")
        return value

    def array(self, place: int, what: str) -> Array:
        """Fixed numbers."""
        numbers = self.numbers(place, what)
        if not numbers.is_fixed:
            self.refuse(f"computes its {what} from the number of samples, which effdash does not follow")
        return numbers.first

    def name_of(self, place: int) -> str:
        value = self.inputs[place] if self.has(place) else None
        return value.name if isinstance(value, Numbers) else ""

    def number(self, place: int, what: str) -> float:
        array = self.array(place, what)
        if array.size != 1:
            self.refuse(f"has {array.size:,} numbers for its {what}; effdash reads one for all")
        return tidy(array.reshape(-1)[0])

    # ------------------------------------------------------------------ attributes

    def attribute(self, key: str, default: Any) -> Any:
        return self.attributes.get(key, default)

    def ints(self, key: str, place: int, what: str = "") -> list[int] | None:
        """Whole numbers that are an attribute in older operator sets and an input in newer ones."""
        if key in self.attributes:
            return [int(value) for value in self.attributes[key]]
        if not self.has(place):
            return None
        return listed(self.array(place, what or key))

    # ------------------------------------------------------------------ shapes and steps

    def shape(self, flow: Flow) -> tuple[int, ...]:
        return self.drawing.shapes(flow)[0]

    def rank(self, flow: Flow) -> int:
        return len(self.shape(flow))

    def axis(self, flow: Flow, key: str = "axis", default: int = 0) -> int:
        """A dimension counted from the front."""
        return self.front(int(self.attribute(key, default)), self.rank(flow))

    def counts_samples(self, flow: Flow, axis: int) -> bool:
        """Whether the size of a dimension changes with the number of samples."""
        first, second = self.drawing.shapes(flow)
        return first[axis] != second[axis]

    def front(self, axis: int, rank: int) -> int:
        if not -rank <= axis < rank:
            self.refuse(f"works along dimension {axis} of {rank}")
        return axis % rank

    def does(self, op: str, *flows: Flow, **attributes: Any) -> Flow:
        return self.drawing.step(op, flows, attributes, self.hint)

    def with_number(self, op: str, flow: Flow, number: float, *, first: bool = False) -> Flow:
        """Arithmetic with a number, which `first` puts in front."""
        if not math.isfinite(number):
            self.refuse(f"computes with {number}, which effdash does not follow")
        return self.does(op, flow, number=number, number_first=first)


def attributes_of(proto: Any) -> dict[str, Any]:
    """A node's attributes as plain values; tensors as arrays, floats in as few digits as will do.

    Raises:
        UserError: one is no value, such as a graph.
    """
    from onnx import AttributeProto

    found: dict[str, Any] = {}
    for attribute in proto.attribute:
        kind = attribute.type
        if attribute.ref_attr_name:
            raise UserError(f"{node_words(proto)} takes {attribute.name!r:.80} from a function around it")
        if kind == AttributeProto.FLOAT:
            found[attribute.name] = tidy(np.float32(attribute.f))
        elif kind == AttributeProto.INT:
            found[attribute.name] = attribute.i
        elif kind == AttributeProto.STRING:
            found[attribute.name] = attribute.s.decode("utf-8", "replace")
        elif kind == AttributeProto.INTS:
            found[attribute.name] = list(attribute.ints)
        elif kind == AttributeProto.FLOATS:
            found[attribute.name] = [tidy(np.float32(value)) for value in attribute.floats]
        elif kind == AttributeProto.STRINGS:
            found[attribute.name] = [value.decode("utf-8", "replace") for value in attribute.strings]
        elif kind == AttributeProto.TENSOR:
            found[attribute.name] = array_of(attribute.t, None)
        else:
            raise UserError(f"{node_words(proto)} has an attribute {attribute.name!r:.80} that is no value")
    return found
