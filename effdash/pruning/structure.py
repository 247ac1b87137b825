"""Which channels of a network hang together: what goes when a unit goes, and what cannot go.

Source:
    The idea of dependency groups is that of Fang et al., *DepGraph*, arXiv 2301.12900.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor, nn

from effdash.models.graph import OPAQUE, OPERATORS, Graph, Node, evaluating, run_graph
from effdash.observe import Layer
from effdash.pruning.channels import RULES, Book, Channels, Step
from effdash.pruning.sites import Place, place_layers


@dataclass(frozen=True, eq=False)
class Group:
    """Channels of one kind: channel k of all members goes or stays together, independently of the others.

    Every array is int64 `(channels, k)`. k is 1 but where one channel stands several times: 2 columns for a
    linked unit, height x width columns after a flatten, as many units, rows or columns as there are conv
    groups where a grouped convolution binds them.
    """

    channels: int
    sites: dict[str, np.ndarray]
    """By layer, as `find_layers` names it: the numbers of its units."""
    outputs: dict[str, np.ndarray]
    """By module: the indices along dimension 0 of its tensors (weights, biases, statistics)."""
    inputs: dict[str, np.ndarray]
    """By module: the indices along dimension 1 of its weights; in execution order."""
    locked: str | None
    """Why the channels have to stay, `None` where they may go. Then the other members are not complete."""


def find_groups(model: nn.Module, graph: Graph, example: Tensor, layers: Sequence[Layer]) -> list[Group]:
    """All channels that a layer's units stand for, every unit in exactly one group, in order of the layers.

    What nothing is known of locks the channels that it touches and breaks nothing.

    Args:
        graph: Of `trace_graph(model, example)`.
        example: Some samples with the model's dtype, on its device.
        layers: Of `find_layers(model, example)`.

    Raises:
        UserError: the layers are not those of the model.
    """
    with evaluating(model):
        values = run_graph(graph, model, example)
    places = place_layers(model, graph, values, example, layers)
    book = Book(_shared(model, graph))
    known = _follow(graph, values, book)
    apart = []
    for layer in layers:
        place = places[layer.name]
        channels = None if place is None else known[place.node]
        if channels is None or place is None or channels.axis != place.axis:
            why = _why_apart(graph, place, channels)
            numbers = np.arange(layer.units, dtype=np.int64)[:, None]
            apart.append(Group(layer.units, {layer.name: numbers}, {}, {}, why))
            book.lock(channels, why)
        else:
            book.joins("sites", layer.name, channels.ids)
    order = {layer.name: place for place, layer in enumerate(layers)}
    groups = [*_groups_of(book), *apart]
    return sorted(
        groups, key=lambda group: min((order[name], int(units[0, 0])) for name, units in group.sites.items())
    )


def _follow(graph: Graph, values: Mapping[str, Any], book: Book) -> dict[str, Channels | None]:
    """The channels of every node's result."""
    known: dict[str, Channels | None] = {}
    nodes = {node.name: node for node in graph.nodes}
    for node in graph.nodes:
        step = Step(
            node,
            tuple(known[name] for name in node.inputs),
            tuple(_shape(values[name]) for name in node.inputs),
            tuple(_words(nodes[name]) for name in node.inputs),
        )
        known[node.name] = RULES[node.op](step, book)
    book.lock(known[graph.output], "is an output of the network")
    return known


def _shape(value: Any) -> tuple[int, ...]:
    return tuple(value.shape) if isinstance(value, Tensor) else ()


def _words(node: Node) -> str:
    if node.op == "input":
        return "the input"
    if node.op == OPAQUE:
        return str(node.attributes["what"])
    return node.path or node.name


def _why_apart(graph: Graph, place: Place | None, channels: Channels | None) -> str:
    if place is None:
        return "is inside a part of the network that effdash does not look into"
    if channels is not None:
        return "has its units along a dimension that is not its channels'"
    node = graph[place.node]
    while len(node.inputs) == 1 and node.op != OPAQUE:
        node = graph[node.inputs[0]]
    return f"comes out of {_words(node)}, whose channels effdash does not follow"


def _shared(model: nn.Module, graph: Graph) -> dict[str, str]:
    """By module that is used in two places, or shares a parameter with another: that, in words."""
    used = [node for node in graph.nodes if node.path is not None and _has_weights(node)]
    reasons: dict[str, str] = {}
    for path, count in Counter(node.path for node in used).items():
        if count > 1:
            reasons[str(path)] = f"belongs to {path}, which is used {count} times"
    owners: dict[int, set[str]] = defaultdict(set)
    for path, module in model.named_modules(remove_duplicate=False):
        for parameter in module.parameters(recurse=False):
            owners[id(parameter)].add(path)
    for node in used:
        for parameter in _parameters_at(model, node):
            others = sorted(owners[id(parameter)] - {str(node.path)})
            if others:
                reasons.setdefault(
                    str(node.path), f"belongs to {node.path}, which shares its weights with {others[0]}"
                )
    for node in graph.nodes:
        if node.op == "parameter":
            owner = str(node.path).rpartition(".")[0]
            reasons.setdefault(owner, f"belongs to {owner}, whose weights are used elsewhere as well")
    return reasons


def _parameters_at(model: nn.Module, node: Node) -> list[nn.Parameter]:
    return list(model.get_submodule(str(node.path)).parameters(recurse=False))


def _has_weights(node: Node) -> bool:
    return node.op != OPAQUE and OPERATORS[node.op].function is None and not OPERATORS[node.op].is_parameter


# ---------------------------------------------------------------------------- from channels to groups

Members = dict[tuple[str, str], np.ndarray]
"""By kind and name, the numbers of one channel."""


def _groups_of(book: Book) -> list[Group]:
    members: dict[int, Members] = defaultdict(dict)
    for membership in book.memberships:
        roots = book.roots(membership.ids)
        order = np.argsort(roots, kind="stable")
        found, starts = np.unique(roots[order], return_index=True)
        for root, numbers in zip(found.tolist(), np.split(order, starts[1:]), strict=True):
            members[root][membership.kind, membership.name] = numbers
    alike: dict[Any, list[Members]] = defaultdict(list)
    for root, of_one in members.items():
        if any(kind == "sites" for kind, _ in of_one):
            counts = tuple((key, len(numbers)) for key, numbers in of_one.items())
            alike[counts, _reason(book.reason(root), of_one)].append(of_one)
    return [_group(channels, reason) for (_, reason), channels in alike.items()]


def _reason(reason: str | None, of_one: Members) -> str | None:
    kinds = {kind for kind, _ in of_one}
    if reason is None and "outputs" not in kinds:
        return "comes out of nothing that could be made smaller"
    if reason is None and "inputs" not in kinds:
        return "is read by nothing that effdash knows"
    return reason


def _group(channels: list[Members], locked: str | None) -> Group:
    """Channels with the same members, in the order of their first units."""
    first = next(key for key in channels[0] if key[0] == "sites")
    channels = sorted(channels, key=lambda of_one: int(of_one[first][0]))
    stacked = {
        kind: {
            name: np.stack([of_one[kind, name] for of_one in channels])
            for k, name in channels[0]
            if k == kind
        }
        for kind in ("sites", "outputs", "inputs")
    }
    return Group(len(channels), stacked["sites"], stacked["outputs"], stacked["inputs"], locked)
