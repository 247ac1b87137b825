"""A network from an ONNX file as a graph of effdash's own, checked against onnxruntime."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from effdash.loading.onnx.checking import check_rows, check_shape, difference_from_onnxruntime, seeded_samples
from effdash.loading.onnx.converting import KNOWN, draw
from effdash.loading.onnx.drawing import MOST_AT_ONCE, Drawing
from effdash.loading.onnx.file import FLOATS, MOST_BYTES, OnnxFile, check_installed, read_file
from effdash.loading.onnx.naming import named
from effdash.loading.onnx.tensors import type_name
from effdash.loading.onnx.tidying import made_plainer
from effdash.models.graph import Graph, GraphModel, node_shapes
from effdash.models.graph.building import CANNOT_BE, last_line
from effdash.vocab import UserError

MOST_WORK: Final = 10**11
"""Multiplications for one sample, beyond which a network is not tried."""
_SAMPLES: Final = 2
"""How many samples a network that takes any number is tried on."""


@dataclass(frozen=True, eq=False)
class OnnxNetwork:
    """What an ONNX file holds, in effdash's own operators; float32."""

    graph: Graph
    weights: dict[str, Tensor] = field(repr=False)
    input_name: str
    input_shape: tuple[int, ...]
    """Of one sample."""
    output_name: str
    notes: tuple[str, ...]
    """What a person should know of how the file was read, a sentence each."""
    difference: float | None
    """The largest from onnxruntime's answers to seeded samples; `None` where it is not installed."""

    def model(self) -> GraphModel:
        """The network, in evaluation mode; it shares the weights."""
        return GraphModel(self.graph, self.weights)


def read_onnx(
    source: Path | bytes, *, name: str = "", input_shape: tuple[int, ...] | None = None
) -> OnnxNetwork:
    """Reads an ONNX file; nothing in it is executed but the operators that effdash knows.

    Args:
        source: The file, or what it holds. Weights in other files are read only from the folder of a path.
        name: What the file is called in messages; by itself the path's name.
        input_shape: Of one sample, where the file leaves sides of it open.

    Raises:
        UserError: it is no ONNX file, or a part of one; it has an operator that is not known (named with its
            node), several inputs, or sides that are open; its answers are plainly not those of onnxruntime.
    """
    words = name or (source.name if isinstance(source, Path) else "the ONNX file")
    check_installed()
    try:
        content, folder = _content(source)
        return _network(read_file(content, folder, KNOWN), input_shape)
    except UserError as error:
        raise UserError(f"{words} cannot be opened: {error}") from error


def _content(source: Path | bytes) -> tuple[bytes, Path | None]:
    if isinstance(source, Path):
        if not source.is_file():
            raise UserError("there is no such file")
        size = source.stat().st_size
    else:
        size = len(source)
    if size > MOST_BYTES:
        raise UserError(f"it has {size:,} bytes; a file of this format has at most {MOST_BYTES:,}")
    return (source.read_bytes(), source.parent) if isinstance(source, Path) else (source, None)


def _network(file: OnnxFile, input_shape: tuple[int, ...] | None) -> OnnxNetwork:
    fixed_count, shape = _input(file.input, input_shape)
    count = fixed_count or _SAMPLES
    drawing = Drawing((count, count + 1), fixed_count > 0, shape, file.input.name)
    _note_file(file, fixed_count, drawing)
    graph, weights = named(drawing, *made_plainer(drawing, draw(file, drawing)))
    graph = Graph.from_json(graph.to_json())
    node_shapes(graph, shape)
    model = GraphModel(graph, weights)
    # A file may be written for any number of samples, and all of them are tried at once.
    share = max(_SAMPLES, fixed_count) / count
    if share * drawing.work > _SAMPLES * MOST_WORK or share * drawing.largest > _SAMPLES * MOST_AT_ONCE:
        difference, notes = None, ["it takes so much to compute that nothing checked how the file was read"]
    else:
        difference, notes = _check(file, model, shape, fixed_count)
    for note in notes:
        drawing.note(note)
    return OnnxNetwork(graph, weights, file.input.name, shape, file.output, tuple(drawing.notes), difference)


def _check(
    file: OnnxFile, model: GraphModel, shape: tuple[int, ...], fixed_count: int
) -> tuple[float | None, list[str]]:
    """The difference from onnxruntime, and what is to say of what the network answers."""
    X = seeded_samples(max(_SAMPLES, fixed_count), shape)
    try:
        with torch.no_grad():
            answers = model(X)
    except CANNOT_BE as error:
        raise UserError(f"its steps do not fit each other: {last_line(error)}") from None
    notes = []
    last = model._effdash_graph[model._effdash_graph.output].op
    if last in ("softmax", "log_softmax"):
        notes.append(f"its last step is a {last}, so that it answers probabilities, no logits")
    check_shape(X, answers)
    if fixed_count > 1:
        check_rows(model, X, answers)
        X, answers = X[:fixed_count], answers[:fixed_count]
    try:
        difference, more = difference_from_onnxruntime(file.proto, file.output, X, answers, fixed_count or 1)
    except UserError:
        check_rows(model, X, answers)
        raise
    if difference is None and fixed_count <= 1:
        check_rows(model, X, answers)
    return difference, [*notes, *more]


def _input(given: Any, wanted: tuple[int, ...] | None) -> tuple[int, tuple[int, ...]]:
    """For how many samples a file was written (0: any number), and the shape of one."""
    words = f"its input {given.name!r:.80}"
    if not given.type.HasField("tensor_type"):
        raise UserError(f"{words} is no tensor")
    tensor = given.type.tensor_type
    kind = type_name(tensor.elem_type)
    if kind not in FLOATS:
        raise UserError(f"{words} is of the type {kind}; effdash knows networks of floating numbers")
    if not tensor.HasField("shape"):
        if wanted is None:
            raise UserError(f"{words} has no shape in the file; give that of a sample as input_shape")
        return 0, wanted
    sides = [_side(dim) for dim in tensor.shape.dim]
    if not sides:
        raise UserError(f"{words} is a single number, not samples")
    first, *rest = sides
    if wanted is not None:
        fits = len(wanted) == len(rest) and all(
            side == here if isinstance(side, int) else here > 0
            for side, here in zip(rest, wanted, strict=True)
        )
        if not fits:
            raise UserError(f"{words} takes samples of {_words(rest)}, and input_shape is {_words(wanted)}")
        return first if isinstance(first, int) else 0, tuple(wanted)
    open_ones = [repr(side) for side in rest if isinstance(side, str)]
    if open_ones:
        raise UserError(
            f"{words} leaves {', '.join(open_ones)} open in samples of {_words(rest)}; give input_shape"
        )
    return first if isinstance(first, int) else 0, tuple(side for side in rest if isinstance(side, int))


def _side(dim: Any) -> int | str:
    """A side's size, or its name where it is open."""
    if dim.HasField("dim_value") and dim.dim_value > 0:
        return int(dim.dim_value)
    return str(dim.dim_param)[:80] or "?"


def _words(sides: Any) -> str:
    return " x ".join(map(str, sides)) or "single numbers"


def _note_file(file: OnnxFile, fixed_count: int, drawing: Drawing) -> None:
    kind = type_name(file.input.type.tensor_type.elem_type)
    if kind != "FLOAT":
        drawing.note(f"its numbers are {kind.lower()} in the file and float32 here")
    if fixed_count:
        samples = "one sample" if fixed_count == 1 else f"{fixed_count} samples"
        drawing.note(f"the file is written for {samples} at a time; here it takes any number")
    others = [repr(name)[:80] for name in file.outputs[1:]]
    if others:
        drawing.note(
            f"it has {len(file.outputs)} outputs, of which {file.output!r:.80} is read, not "
            f"{', '.join(others)[:300]}"
        )
