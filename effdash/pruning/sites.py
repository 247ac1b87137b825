"""Which tensor of a graph is a layer's pre-activation, and where its units are in it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor, nn

from effdash.models.graph import OPAQUE, OPERATORS, Graph, Node
from effdash.observe import Layer, record_preactivations
from effdash.observe.untouched import untouched
from effdash.vocab import UserError

_BENDING: Final = frozenset({OPAQUE, "maximum", "minimum", "gt", "ge", "lt", "le", "mul", "where"})
"""As in `z * (z > 0)`; a step that is not looked into may hold anything."""


@dataclass(frozen=True)
class Place:
    """A node's result that is a layer's pre-activation, its units along dimension `axis`."""

    node: str
    axis: int


def place_layers(
    model: nn.Module, graph: Graph, values: Mapping[str, Any], example: Tensor, layers: Sequence[Layer]
) -> dict[str, Place | None]:
    """By layer, where it is in the graph; `None` where it is inside an opaque step.

    Both were run on `example`: a layer is the first application of a nonlinearity, after the layer before,
    to just the values that were observed.

    Raises:
        UserError: `layers` are not those of the model.
    """
    with untouched(model), record_preactivations(model) as record:
        model(example)
    if [layer.name for layer in record.layers] != [layer.name for layer in layers]:
        raise UserError(
            f"the layers {', '.join(layer.name for layer in layers)} are not those of the model: it has "
            f"{', '.join(layer.name for layer in record.layers)}"
        )
    makers = _makers(graph)
    candidates = list(_applications(graph))
    found: dict[str, Place | None] = {}
    after = 0
    for layer, z in zip(record.layers, record.preactivations, strict=True):
        fitting = [
            (number, Place(name, axis))
            for number, name in enumerate(candidates[after:], start=after)
            if (axis := _unit_axis(values[name], z)) is not None
        ]
        # Where values coincide (weights of zero), the name decides.
        own = layer.name.split("#")[0]
        named = [entry for entry in fitting if own in makers[entry[1].node]]
        matching = named or fitting
        if matching:
            number, found[layer.name] = matching[0]
            after = number + 1
        else:
            found[layer.name] = None
    return found


def _applications(graph: Graph) -> Iterator[str]:
    """What nonlinearities, or steps that may hold or begin some, are applied to, in order."""
    for node in graph.nodes:
        if node.op in _BENDING or OPERATORS[node.op].activation:
            yield from node.inputs


def _unit_axis(value: Any, z: Tensor) -> int | None:
    """The dimension of `value` along which `z` (sample, unit, ...) has its units, where they are the same."""
    if not isinstance(value, Tensor) or value.dtype != z.dtype or value.dim() != z.dim() or z.dim() < 2:
        return None
    if value.shape == z.shape and _equal(value, z):
        return 1
    last = value.movedim(-1, 1)
    return value.dim() - 1 if last.shape == z.shape and _equal(last, z) else None


def _equal(one: Tensor, other: Tensor) -> bool:
    return torch.equal(one, other) or torch.allclose(one, other, rtol=1e-5, atol=1e-8, equal_nan=True)


def _makers(graph: Graph) -> dict[str, set[str]]:
    """By node, the modules with parameters that its result comes out of, without others in between."""
    makers: dict[str, set[str]] = {}
    for node in graph.nodes:
        if node.path is not None and _names_its_result(node):
            makers[node.name] = {node.path}
        else:
            makers[node.name] = set().union(*(makers[name] for name in node.inputs))
    return makers


def _names_its_result(node: Node) -> bool:
    return node.op == OPAQUE or (OPERATORS[node.op].function is None and node.op != "dropout")
