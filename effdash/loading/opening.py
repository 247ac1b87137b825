"""A model from a file of whatever kind, opened without running anything that it holds."""

from dataclasses import replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final

import torch
from torch import nn

from effdash.data import Dataset
from effdash.loading.architecture import STACK, is_factory, made_by_factory, network_of_ours, way_of_stack
from effdash.loading.guessing import guessed
from effdash.loading.loaded import LoadedModel
from effdash.loading.naming import put_in
from effdash.loading.programs import UNTRUSTED, program_as_onnx
from effdash.loading.recognise import FileKind, kind_of
from effdash.loading.weights import Weights, read_safetensors, read_state_dict
from effdash.models.graph import Graph, GraphModel, NotTraceableError, trace_graph
from effdash.vocab import UserError

if TYPE_CHECKING:
    from effdash.loading.onnx import OnnxNetwork

MOST_BYTES: Final = 4_000_000_000
"""The largest file that is opened."""

Shape = tuple[int, ...]


def load(
    path: str | Path,
    *,
    architecture: str | None = None,
    activation: str = "relu",
    input_shape: Shape | None = None,
    trust: bool = False,
    content: bytes | None = None,
    data: Dataset | None = None,
) -> LoadedModel:
    """A model from an ONNX file, safetensors, a state dict of torch, or a torch.export program.

    Args:
        architecture: What the weights of a state dict belong to: a name of ours with its settings
            (`rectangular:depth=2,width=128`), or `package.module:factory`, whose code is run. `None`: it is
            read from the file or, for plain stacks of Linear, Conv and BatchNorm, guessed; `stack:way=2`
            chooses where several guesses fit.
        activation: What stands between the layers of a guessed network, as weights do not tell.
        input_shape: Of a sample, where the file does not tell; else it is taken from `data`.
        trust: Read a torch.export program, which unpickles.
        content: The bytes of a file that was brought; then `path` is only its name, and nothing that runs
            code is accepted.

    Raises:
        UserError: no such file, an empty, damaged or hostile one, one of a kind that cannot be opened without
            running code, or weights that are not of the architecture.
    """
    file = PurePath(path)
    name = file.name
    if content is not None and (trust or (architecture is not None and is_factory(architecture))):
        raise UserError(
            f"{name} was uploaded, and trust and package.module:factory run code: use the command line or "
            "the library for them"
        )
    brought = _read(Path(path)) if content is None else content
    kind = kind_of(brought, name)
    if kind is FileKind.ONNX or kind is FileKind.PROGRAM:
        if architecture is not None:
            raise UserError(f"{name} holds its architecture itself; leave out architecture {architecture!r}")
        if kind is FileKind.PROGRAM and not trust:
            raise UserError(f"{name} {UNTRUSTED}")
        source = Path(path) if content is None else content
        return _from_onnx(source, kind, PurePath(path), _shapes(input_shape, data))
    weights = (read_safetensors if kind is FileKind.SAFETENSORS else read_state_dict)(brought, name)
    del brought
    loaded = _from_weights(
        weights,
        name,
        architecture=architecture,
        activation=activation,
        input_shape=input_shape,
        data=data,
    )
    return replace(loaded, name=file.stem, kind=str(kind), notes=(*weights.notes, *loaded.notes))


def load_model(
    path: str | Path,
    *,
    architecture: str | None = None,
    activation: str = "relu",
    input_shape: Shape | None = None,
    trust: bool = False,
    content: bytes | None = None,
    data: Dataset | None = None,
) -> nn.Module:
    """The network in a file, in evaluation mode on the CPU; arguments and errors are those of `load`.

    Raises:
        UserError: as `effdash.loading.load`.
    """
    return load(
        path,
        architecture=architecture,
        activation=activation,
        input_shape=input_shape,
        trust=trust,
        content=content,
        data=data,
    ).model


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise UserError(f"{path} is a folder, not a model file" if path.is_dir() else f"{path} is no file")
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise UserError(f"{path} has {size:,} bytes; {MOST_BYTES:,} are the most that effdash opens")
    return path.read_bytes()


def _shapes(given: Shape | None, data: Dataset | None) -> list[Shape | None]:
    """What to try for sides that a file leaves open, in order; `None`: as the file says."""
    if given is not None or data is None:
        return [given]
    return list(dict.fromkeys([None, data.input_shape, data.image_shape or data.input_shape]))


def _from_onnx(
    source: Path | bytes, kind: FileKind, file: PurePath, shapes: list[Shape | None]
) -> LoadedModel:
    if kind is FileKind.PROGRAM:
        assert isinstance(source, Path)
        source = program_as_onnx(source, file.name)
    network = _first_read(source, file.name, shapes)
    return LoadedModel(
        model=GraphModel(network.graph, network.weights),
        graph=network.graph,
        name=file.stem,
        kind=str(kind),
        input_shape=network.input_shape,
        notes=network.notes,
        difference=network.difference,
    )


def _first_read(source: Path | bytes, name: str, shapes: list[Shape | None]) -> "OnnxNetwork":
    """The network with the first of the shapes that it takes; else the first refusal counts."""
    from effdash.loading.onnx import read_onnx

    refusals = []
    for shape in shapes:
        try:
            return read_onnx(source, name=name, input_shape=shape)
        except UserError as error:
            refusals.append(error)
    raise refusals[0]


def _from_weights(
    weights: Weights,
    name: str,
    *,
    architecture: str | None,
    activation: str,
    input_shape: Shape | None,
    data: Dataset | None,
) -> LoadedModel:
    stack = architecture is not None and architecture.partition(":")[0] == STACK
    if architecture is None and weights.graph is not None:
        graph = Graph.from_json(weights.graph)
        return LoadedModel(GraphModel(graph, weights.tensors), graph, name, "", input_shape)
    if architecture is None or stack:
        guess = guessed(
            weights,
            name,
            activation=activation,
            input_shape=input_shape or _shape_for(weights, data),
            chosen=way_of_stack(architecture or STACK),
        )
        return LoadedModel(guess.model, guess.graph, name, "", guess.input_shape, guess=guess.sentences)
    shape = input_shape or (None if data is None else data.input_shape)
    if is_factory(architecture):
        model = made_by_factory(architecture)
        put_in(model, weights.tensors, name=name, network=architecture)
        return LoadedModel(model.eval(), traced(model, shape), name, "", shape)
    model, shape = network_of_ours(
        architecture, weights.tensors, name, activation=activation, input_shape=shape
    )
    return LoadedModel(model, traced(model, shape), name, "", shape)


def _shape_for(weights: Weights, data: Dataset | None) -> Shape | None:
    """Of the data's samples; as images where they are and the first weights are a convolution's."""
    if data is None:
        return None
    convolving = any(tensor.ndim >= 4 for tensor in weights.tensors.values())
    return data.image_shape if convolving and data.image_shape else data.input_shape


def traced(model: nn.Module, input_shape: Shape | None) -> Graph | None:
    """The steps of a live network, where they can be followed and described; else `None`."""
    if input_shape is None:
        return None
    dtype = next((p.dtype for p in model.parameters() if p.is_floating_point()), torch.float32)
    try:
        graph = trace_graph(model, torch.zeros((2, *input_shape), dtype=dtype))
        Graph.from_json(graph.to_json())
    except (NotTraceableError, UserError, RuntimeError, TypeError, ValueError, IndexError):
        return None
    return graph
