"""A drawn graph made plainer: biases go into their layers, activations computed by steps become one."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from effdash.loading.onnx.drawing import Drawing, Holder
from effdash.loading.onnx.values import Flow, fixed
from effdash.models.graph import OPERATORS, Node, apply_node
from effdash.models.graph.description import reachable

Nodes = dict[str, Node]

_MOST_STEPS: Final = 12
"""Of an activation that is computed step by step."""
_CLOSE: Final = 2e-6
_KNOWN: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("gelu", {"approximate": "none"}),
    ("gelu", {"approximate": "tanh"}),
    ("silu", {}),
    ("mish", {}),
    ("hardswish", {}),
    ("hardsigmoid", {}),
    ("softplus", {"beta": 1.0, "threshold": 20.0}),
    ("softsign", {}),
    ("logsigmoid", {}),
    ("tanhshrink", {}),
    ("relu6", {}),
)
_STEPS: Final = frozenset(
    {"add", "sub", "mul", "div", "pow", "maximum", "minimum", "neg", "abs", "sqrt", "exp", "log", "erf"}
    | {op for op, known in OPERATORS.items() if known.activation and known.function is not None}
)
_HAVE_BIAS: Final = {"linear": "out_features"} | {
    f"conv{way}{dims}d": "out_channels" for way in ("", "_transpose") for dims in (1, 2, 3)
}


def made_plainer(drawing: Drawing, output: str) -> tuple[Nodes, str]:
    """The nodes that the output needs, and the output.

    What is computed stays the same but for rounding, as the activations' constants are given in few digits.
    """
    nodes, output = _with_biases(drawing, dict(drawing.nodes), output)
    nodes = _with_activations(drawing, reachable(nodes, output))
    nodes = reachable(nodes, output)
    return _with_one_module_each(drawing, nodes), output


def _renamed(nodes: Nodes, names: dict[str, str]) -> Nodes:
    return {
        key: replace(node, inputs=tuple(names.get(name, name) for name in node.inputs))
        for key, node in nodes.items()
    }


# ---------------------------------------------------------------------------- biases


def _with_biases(drawing: Drawing, nodes: Nodes, output: str) -> tuple[Nodes, str]:
    """A constant that is added to what a layer without bias gives, one number a unit, is its bias."""
    nodes = reachable(nodes, output)
    users = Counter(name for node in nodes.values() for name in node.inputs)
    users[output] += 1
    instead: dict[str, str] = {}
    for node in list(nodes.values()):
        if node.op != "add":
            continue
        for place, given in enumerate(node.inputs):
            layer = nodes[given]
            added = _added(drawing, nodes, node, place)
            if added is None or users[given] != 1 or not _is_bias(drawing, layer, added.weights[""]):
                continue
            nodes[given] = replace(layer, attributes={**layer.attributes, "bias": True})
            holder = drawing.holders[str(layer.path)]
            holder.weights["bias"] = added.weights[""].reshape(-1)
            holder.hints += added.hints
            holder.sources += added.sources
            instead[node.name] = given
            break
    return _renamed(nodes, instead), instead.get(output, output)


def _added(drawing: Drawing, nodes: Nodes, total: Node, place: int) -> Holder | None:
    """What a sum adds to its input at `place`, where that is a constant."""
    if len(total.inputs) == 1:
        number = np.array(total.attributes["number"], dtype=np.float32)
        return Holder({"": torch.from_numpy(number)}, [], (fixed(number),))
    other = nodes[total.inputs[1 - place]]
    return drawing.holders[str(other.path)] if other.op == "buffer" else None


def _is_bias(drawing: Drawing, layer: Node, value: Tensor) -> bool:
    """Whether a layer has no bias yet, and a constant is one number for each of its units."""
    if layer.op not in _HAVE_BIAS or layer.attributes["bias"]:
        return False
    count = int(layer.attributes[_HAVE_BIAS[layer.op]])
    rank = len(drawing.shapes(Flow(layer.name))[0])
    axis = rank - 1 if layer.op == "linear" else 1
    aligned = (1,) * (rank - value.dim()) + tuple(value.shape)
    return aligned == tuple(count if place == axis else 1 for place in range(rank))


# ---------------------------------------------------------------------------- activations


def _with_activations(drawing: Drawing, nodes: Nodes) -> Nodes:
    """Steps on single numbers that compute a known activation, however spelt, are that activation."""
    found: Counter[str] = Counter()
    nodes = dict(nodes)
    places = {name: place for place, name in enumerate(nodes)}
    for node in list(nodes.values()):
        if node.op not in _STEPS or node.path is not None:
            continue
        for root in _roots(nodes, node):
            steps = _between(nodes, root, node.name)
            steps.sort(key=lambda step: places[step.name])
            known = _known(steps, root, node.name) if len(steps) > 1 else None
            if known is not None:
                op, attributes = known
                nodes[node.name] = Node(node.name, op, (root,), dict(attributes))
                found[op] += 1
                break
    for op, count in found.items():
        where = "one place computes" if count == 1 else f"{count} places compute"
        drawing.note(f"{where} {op} by single steps, which became the activation {op}")
    return nodes


def _roots(nodes: Nodes, end: Node) -> Iterator[str]:
    """What a step might compute of, the farthest first."""
    seen, waiting = [end.name], list(end.inputs)
    while waiting and len(seen) <= _MOST_STEPS:
        name = waiting.pop(0)
        if name not in seen:
            seen.append(name)
            if nodes[name].op in _STEPS and nodes[name].path is None:
                waiting += nodes[name].inputs
    yield from reversed(seen[1:])


def _between(nodes: Nodes, root: str, end: str) -> list[Node]:
    """The steps from `root` to `end`; none where another tensor is read as well."""
    inside: dict[str, Node] = {}
    waiting = [end]
    while waiting:
        name = waiting.pop()
        if name == root or name in inside:
            continue
        node = nodes[name]
        if node.op not in _STEPS or node.path is not None or len(inside) == _MOST_STEPS:
            return []
        inside[name] = node
        waiting += node.inputs
    return list(inside.values())


def _known(steps: list[Node], root: str, end: str) -> tuple[str, dict[str, Any]] | None:
    """The activation that gives the same on a grid."""
    grid = _grid()
    values = {root: grid}
    for node in steps:
        values[node.name] = apply_node(node, torch.nn.Module(), [values[name] for name in node.inputs])
    for (op, attributes), expected in zip(_KNOWN, _expected(), strict=True):
        if torch.allclose(values[end], expected, rtol=_CLOSE, atol=_CLOSE):
            return op, dict(attributes)
    return None


@cache
def _grid() -> Tensor:
    return torch.linspace(-15, 15, 241, dtype=torch.float64)


@cache
def _expected() -> list[Tensor]:
    found = []
    for op, attributes in _KNOWN:
        function = OPERATORS[op].function
        assert function is not None
        found.append(function(_grid(), **attributes))
    return found


# ---------------------------------------------------------------------------- modules


def _with_one_module_each(drawing: Drawing, nodes: Nodes) -> Nodes:
    """Steps with the same numbers of the file are steps of one module."""
    first: dict[tuple[object, ...], str] = {}
    shared: dict[str, str] = {}
    for node in nodes.values():
        if node.path is None:
            continue
        sources = drawing.holders[node.path].sources
        key = (node.op, repr(sorted(node.attributes.items())), *map(id, sources))
        shared[node.path] = first.setdefault(key, node.path) if sources else node.path
    return {
        name: node if node.path is None else replace(node, path=shared[node.path])
        for name, node in nodes.items()
    }
