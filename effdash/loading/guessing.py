"""A network guessed from weights alone: a plain stack, with what cannot be seen said in sentences."""

from dataclasses import dataclass
from math import isqrt, prod
from typing import Final

import torch
from torch import Tensor

from effdash.loading.drawing import Plan, drawn
from effdash.loading.guess_words import sentences
from effdash.loading.parts import NAME_IT, Part, PartKind, parts_of
from effdash.loading.pooling import Way, averaging, ways
from effdash.loading.stack import Stack, stacked
from effdash.loading.weights import Weights
from effdash.models.graph import Graph, GraphModel
from effdash.vocab import UserError

GUESSABLE_ACTIVATIONS: Final = ("relu", "leaky_relu", "elu", "selu", "gelu", "silu", "tanh", "sigmoid")
"""Activations that stand in no file of weights."""

Shape = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Guess:
    """A network made of weights, the shape of a sample, and what to confirm."""

    model: GraphModel
    graph: Graph
    input_shape: Shape
    sentences: tuple[str, ...]


def guessed(
    weights: Weights, name: str, *, activation: str, input_shape: Shape | None, chosen: int | None = None
) -> Guess:
    """The plain stack that these weights are of.

    Args:
        activation: What stands between the layers, where no PReLU does.
        input_shape: Of a sample, where it is known; without it, convolutions are refused.
        chosen: Of several ways to pad and pool that fit, the number of the one meant, counted from 1.

    Raises:
        UserError: they are of no plain stack; the shape is missing or does not fit; no way or more than one
            to pool fits; the activation is none that can be guessed.
    """
    if activation not in GUESSABLE_ACTIVATIONS:
        raise UserError(
            f"activation {activation!r} cannot be guessed with; these can: {', '.join(GUESSABLE_ACTIVATIONS)}"
        )
    parts = parts_of(weights.tensors, name)
    stack = stacked(parts, name, in_order=weights.in_order)
    shape = _input_shape(stack, name, input_shape)
    plan = Plan(stack, activation, _way(stack, name, shape, chosen), shape, _shared_prelu(stack, name))
    graph = drawn(plan)
    # What could not be read again is not opened.
    Graph.from_json(graph.to_json())
    model = GraphModel(graph, _just_those(graph, weights.tensors, stack))
    return Guess(model, graph, shape, tuple(sentences(plan)))


def _input_shape(stack: Stack, name: str, given: Shape | None) -> Shape:
    first = stack.steps[0].layer
    if first.kind is PartKind.DENSE:
        if given is not None and prod(given) != first.shape[1]:
            raise UserError(
                f"{name} takes samples of {first.shape[1]} numbers, as {first.path} reads them; those given "
                f"have shape {given}"
            )
        return given or (first.shape[1],)
    channels, dims = first.shape[1], first.dims
    if given is None:
        raise UserError(
            f"the shape of a sample is not in {name}, and its convolutions need it: give the data, or "
            f"input_shape (on the command line --input-shape {_example(channels, dims)})"
        )
    if len(given) == 1:
        side = isqrt(given[0] // channels)
        given = (channels, side, side) if dims == 2 and channels * side**2 == given[0] else given
    if len(given) != dims + 1 or given[0] != channels:
        raise UserError(
            f"{name} takes samples of {channels} channels and {dims} further dimensions, as {first.path} "
            f"reads them; those given have shape {given}"
        )
    return given


def _example(channels: int, dims: int) -> str:
    return ",".join(map(str, (channels, *((28,) * dims))))


def _way(stack: Stack, name: str, shape: Shape, chosen: int | None) -> Way | None:
    """How the convolutions pad and pool; `None` where there are none."""
    convolutions, dense = stack.convolutions, stack.dense
    if not convolutions:
        return None
    kernels = [step.layer.shape[2:] for step in convolutions]
    if not dense:
        return averaging(kernels)
    first = dense[0]
    found = ways(kernels, shape[1:], first.positions)
    reads = f"{first.layer.path} reads {first.layer.shape[1]} numbers of a sample of shape {shape}"
    if not found:
        raise UserError(
            f"pooling cannot be seen in weights, and none that effdash tries fits {name}, where {reads}: "
            f"{NAME_IT}"
        )
    if chosen is not None and not 1 <= chosen <= len(found):
        raise UserError(f"architecture 'stack:way={chosen}': {name} has ways from 1 to {len(found)}")
    if chosen is None and len(found) > 1:
        listed = "; ".join(f"{number}: {way.words()}" for number, way in enumerate(found, start=1))
        raise UserError(
            f"pooling cannot be seen in weights, and {len(found)} ways fit {name}, where {reads} "
            f"({listed}): say which, as in architecture 'stack:way=1', or name the architecture"
        )
    return found[0 if chosen is None else chosen - 1]


def _shared_prelu(stack: Stack, name: str) -> Part | None:
    """The one PReLU that stands after every layer; `None`: each has its own, or there is none."""
    hidden = stack.hidden
    slopes = [step.prelu for step in hidden if step.prelu is not None]
    if len(slopes) in (0, len(hidden)):
        return None
    if len(slopes) == 1 and slopes[0].width == 1:
        return slopes[0]
    raise UserError(
        f"{name} has {len(slopes)} PReLU layers for {len(hidden)} layers, and weights do not show what "
        f"stands after the others: {NAME_IT}"
    )


def _just_those(graph: Graph, tensors: dict[str, Tensor], stack: Stack) -> dict[str, Tensor]:
    """The tensors that the graph has: not those of other heads, but counters that files leave out."""
    paths = {node.path for node in graph.nodes if node.path is not None}
    found = {key: value for key, value in tensors.items() if key.rpartition(".")[0] in paths}
    for step in stack.steps:
        if step.norm is not None:
            found.setdefault(f"{step.norm.path}.num_batches_tracked", torch.zeros((), dtype=torch.int64))
    return found
