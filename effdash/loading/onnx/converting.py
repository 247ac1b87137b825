"""The nodes of an ONNX file, one after the other, as steps of a graph."""

from dataclasses import replace
from typing import Any, Final

import numpy as np

from effdash.loading.onnx.drawing import Drawing
from effdash.loading.onnx.file import OnnxFile, node_words
from effdash.loading.onnx.folding import FOLDS, MOST_FOLDED, Fold, Given
from effdash.loading.onnx.rules import RULES
from effdash.loading.onnx.step import Step, attributes_of
from effdash.loading.onnx.values import Array, Flow, Numbers, Value, fixed
from effdash.models.graph.building import CANNOT_BE, last_line
from effdash.vocab import UserError

KNOWN: Final = frozenset(RULES) | frozenset(FOLDS)

_FAILS: Final = (*CANNOT_BE, AssertionError, MemoryError, RecursionError)


def draw(file: OnnxFile, drawing: Drawing) -> str:
    """Draws all that the output needs; the name of the node that gives it.

    Raises:
        UserError: a node cannot be converted; the message names it.
    """
    values: dict[str, Value] = {name: fixed(array, name) for name, array in file.arrays.items()}
    values[file.input.name] = Flow(drawing.input)
    room = _Room()
    for node in file.nodes:
        given = [values[name] if name else None for name in _known_names(node, values)]
        try:
            results = _results(node, given, file.opset, drawing, room)
        except UserError as error:
            words = node_words(node)
            raise error if str(error).startswith("operator ") else UserError(f"{words}: {error}") from None
        except _FAILS as error:
            raise UserError(f"{node_words(node)} cannot be computed: {last_line(error)}") from None
        for name, result in zip(node.output, results, strict=False):
            values[name] = result
    answer = values.get(file.output)
    if not isinstance(answer, Flow):
        raise UserError(f"its output {file.output!r:.80} does not depend on its input")
    if not drawing.is_floating(answer):
        raise UserError(f"its output {file.output!r:.80} is not of floating numbers")
    return answer.node


def _known_names(node: Any, values: dict[str, Value]) -> list[str]:
    """What a node reads, without inputs left out at the end."""
    names = list(node.input)
    for name in names:
        if name and name not in values:
            raise UserError(
                f"{node_words(node)} reads {name!r:.80}, which nothing gives that effdash follows"
            )
    while names and not names[-1]:
        names.pop()
    return names


class _Room:
    """How many numbers were folded so far."""

    def __init__(self) -> None:
        self._taken = 0

    def take(self, result: Array, given: list[Array | None]) -> None:
        is_new = not any(array is not None and np.may_share_memory(result, array) for array in given)
        self._taken += result.size if is_new else 0
        if self._taken > MOST_FOLDED:
            raise UserError(f"its constants would be more than {MOST_FOLDED:,} numbers")


def _results(node: Any, given: list[Value | None], opset: int, drawing: Drawing, room: _Room) -> list[Value]:
    attributes = attributes_of(node)
    fold = FOLDS.get(node.op_type)
    if fold is not None and not any(isinstance(value, Flow) for value in given):
        return _folded(fold, node, given, room, Given([], attributes, opset, len(node.output)))
    if node.op_type not in RULES:
        raise UserError(f"{node_words(node)} is not known where it is given what the network computes")
    result = RULES[node.op_type](Step(node, opset, given, attributes, drawing))
    return result if isinstance(result, list) else [result]


def _folded(
    fold: Fold, node: Any, given: list[Value | None], room: _Room, without_arrays: Given
) -> list[Value]:
    numbers = [value for value in given if isinstance(value, Numbers)]
    names = {value.name for value in numbers if value.name}
    # A constant is called by its own name, what is made of one alone by that one's.
    name = node.output[0] if not given else names.pop() if len(names) == 1 else ""
    sides: list[list[Array]] = []
    is_fixed = all(value.is_fixed for value in numbers)
    for which in ("first",) if is_fixed else ("first", "second"):
        arrays = [None if value is None else getattr(value, which) for value in given]
        with np.errstate(all="ignore"):
            found = fold(replace(without_arrays, arrays=arrays))
        results = [np.asarray(one) for one in (found if isinstance(found, list) else [found])]
        for result in results:
            room.take(result, arrays)
        sides.append(results)
    if is_fixed and len(sides[0]) == 1:
        for value in numbers:
            if sides[0][0] is value.first:
                return [value]
    return [Numbers(one, other, name) for one, other in zip(sides[0], sides[-1], strict=True)]
