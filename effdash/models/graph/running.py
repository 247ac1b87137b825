"""Taking the steps of a graph, with the modules of a network that has them."""

from typing import Any, Final

from torch import Tensor, nn

from effdash.models.graph.building import CANNOT_BE, last_line, skeleton
from effdash.models.graph.description import Graph, Node
from effdash.models.graph.operator import as_tuples
from effdash.models.graph.operators import INPUT, OPAQUE, OPERATORS
from effdash.models.graph.sketch import Sketch
from effdash.models.graph.sketching import sketch
from effdash.vocab import UserError

MOST_ELEMENTS: Final = 500_000_000
"""Of all steps' results for one sample together."""


def apply_node(node: Node, model: nn.Module, inputs: list[Any]) -> Any:
    """One step: the module at `node.path` in `model`, or the function, of the values of `node.inputs`.

    The inputs stay as they are, also where the module works in place. Mostly a tensor; a tuple for `chunk`
    and `split`, whose parts `item` takes.
    """
    if node.op == OPAQUE:
        inputs = [value.clone() if isinstance(value, Tensor) else value for value in inputs]
        return node.attributes["call"](None if node.path is None else model.get_submodule(node.path), inputs)
    operator = OPERATORS[node.op]
    if node.path is None:
        assert operator.function is not None
        return operator.function(*inputs, **as_tuples(node.attributes))
    if operator.is_parameter:
        parent, _, name = node.path.rpartition(".")
        return getattr(model.get_submodule(parent), name)
    module = model.get_submodule(node.path)
    if getattr(module, "inplace", False):
        inputs = [inputs[0].clone()]
    return module(*inputs)


def run_graph(graph: Graph, model: nn.Module, x: Tensor, *, keep: bool = True) -> dict[str, Any]:
    """Every node's value for the input `x`; without `keep` the output's alone, the others being let go."""
    values: dict[str, Any] = {graph.nodes[0].name: x}
    last_use = {} if keep else _last_uses(graph)
    for place, node in enumerate(graph.nodes):
        if node.op != INPUT:
            values[node.name] = apply_node(node, model, [values[name] for name in node.inputs])
        for name in last_use.get(place, ()):
            del values[name]
    return values


def _last_uses(graph: Graph) -> dict[int, list[str]]:
    """After which step which values are not read any more."""
    last = {name: place for place, node in enumerate(graph.nodes) for name in (node.name, *node.inputs)}
    last.pop(graph.output)
    found: dict[int, list[str]] = {}
    for name, place in last.items():
        found.setdefault(place, []).append(name)
    return found


def node_shapes(graph: Graph, input_shape: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    """The shape of every node's result for one sample, found without memory and without weights.

    A node that gives several tensors is left out.

    Raises:
        UserError: the graph describes a module that cannot be, its steps do not fit each other, or they want
            absurdly much memory.
    """
    skeleton(graph)
    elements = 0
    values: dict[str, Any] = {}
    for node in graph.nodes:
        try:
            if node.op == INPUT:
                values[node.name] = Sketch((1, *input_shape))
            else:
                values[node.name] = sketch(node, [values[name] for name in node.inputs])
        except CANNOT_BE as error:
            raise UserError(
                f"node {node.name!r} of the graph cannot be computed: {last_line(error)}"
            ) from None
        value = values[node.name]
        elements += value.elements if isinstance(value, Sketch) else 0
        if elements > MOST_ELEMENTS:
            raise UserError(
                f"node {node.name!r} of the graph is too large: a sample may take {MOST_ELEMENTS:,} numbers"
            )
    return {name: value.shape for name, value in values.items() if isinstance(value, Sketch)}
