"""The modules and parameters that a graph names, made at their paths."""

from collections.abc import Mapping
from typing import Any, Final

import torch
from torch import nn

from effdash.models.graph.description import Graph, Node
from effdash.models.graph.operator import as_tuples
from effdash.models.graph.operators import OPERATORS
from effdash.vocab import UserError

CANNOT_BE: Final = (
    KeyError,
    TypeError,
    ValueError,
    RuntimeError,
    OverflowError,
    AttributeError,
    IndexError,
    NotImplementedError,
    ZeroDivisionError,
)
"""What torch raises at a module or a step that is described wrongly."""


def last_line(error: Exception) -> str:
    """The last line of what an error says, which with torch is the one that says it."""
    lines = str(error).strip().splitlines()
    return lines[-1].strip()[:300] if lines else type(error).__name__


def skeleton(graph: Graph) -> nn.Module:
    """The modules and parameters that a graph names, at their paths, without memory.

    Raises:
        UserError: one of them cannot be.
    """
    model = nn.Module()
    build_modules(model, graph)
    return model


def build_modules(model: nn.Module, graph: Graph) -> None:
    """Puts what `skeleton` makes into `model`."""
    try:
        _build(model, graph)
    except CANNOT_BE as error:
        raise UserError(f"the graph describes a module that cannot be: {last_line(error)}") from None


def module_of(op: str, attributes: Mapping[str, Any]) -> nn.Module:
    """The module that an operator is with these attributes, without memory."""
    make = OPERATORS[op].module
    assert make is not None
    with torch.device("meta"):
        return make(**as_tuples(attributes))


def _build(model: nn.Module, graph: Graph) -> None:
    parameters: dict[str, Node] = {}
    made: set[str] = set()
    for node in graph.nodes:
        operator = OPERATORS[node.op]
        if node.path is None:
            continue
        if operator.is_parameter:
            parameters[node.path] = node
        elif node.path not in made:
            made.add(node.path)
            parent, name = _place(model, node.path)
            parent.add_module(name, module_of(node.op, node.attributes))
    for path, node in parameters.items():
        parent, name = _place(model, path)
        if name in {**parent._parameters, **parent._buffers}:
            continue  # of a module that is used as well
        tensor = torch.empty(tuple(node.attributes["shape"]), device="meta")
        if node.op == "buffer":
            parent.register_buffer(name, tensor)
        else:
            parent.register_parameter(name, nn.Parameter(tensor))


def _place(model: nn.Module, path: str) -> tuple[nn.Module, str]:
    """The module in which `path` stands, made where it is missing, and the name in it."""
    *outer, name = path.split(".")
    for part in outer:
        if part not in model._modules:
            model.add_module(part, nn.Module())
        inner = model._modules[part]
        assert inner is not None
        model = inner
    return model, name
