"""Branches with a way around them: where all units of a layer may go, because a sum carries on without it."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, Int64
from torch import Tensor, nn

from effdash.models.graph import OPAQUE, Graph, GraphModel, Node, apply_node, evaluating, rewired, run_graph
from effdash.pruning.candidates import Candidates
from effdash.pruning.consumers import same_tensors
from effdash.pruning.reference import Reference
from effdash.pruning.removal import Removal
from effdash.pruning.sites import place_layers
from effdash.pruning.size import WEIGHTED
from effdash.pruning.stages import Stage
from effdash.pruning.structure import Group
from effdash.pruning.surgery import weighted

_NOTHING: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, eq=False)
class Branch:
    """What leads to one side of a sum alone, and says the same of every sample once it is empty.

    `groups` are the channels that only live in it. Where one of them goes, none of `layers` is any more, also
    not one whose channels live on in what the sum gives. `end` is the last layer with weights before the sum.
    """

    groups: frozenset[int]
    layers: tuple[str, ...]
    sum: str
    side: str
    way: str
    """What goes into the sum around it."""
    end: Node
    nodes: frozenset[str]


def branches_of(reference: Reference) -> tuple[Branch, ...]:
    """All branches of a network, the innermost first. Made once."""
    if "branches" not in reference.derived:
        found = sorted(_branches(reference), key=lambda branch: len(branch.nodes))
        reference.derived["branches"] = tuple(found)
    branches: tuple[Branch, ...] = reference.derived["branches"]
    return branches


def has_branches(reference: Reference) -> bool:
    """Whether there is anything that could go as a whole, as a way leads around it."""
    return bool(branches_of(reference))


def branch_around(reference: Reference, number: int) -> Branch | None:
    """The innermost branch that empties with a group, if there is one."""
    return next((branch for branch in branches_of(reference) if number in branch.groups), None)


def last_of(candidates: Candidates, order: Int64[np.ndarray, " removals"]) -> Removal:
    """The removal of the one of a group's channels that all others went before, its branch with it.

    Its cost is that of the branch: what the margins lose where nobody takes over what it says.
    """
    left = np.setdiff1d(np.arange(len(candidates.channels)), order)
    assert len(left) == 1
    channel = int(candidates.channels[left[0]])
    heard = [(one.columns[:, left[0]], one.padded) for one in candidates.heard()]
    if not any(columns.any() for columns, _ in heard):
        return Removal(candidates.number, channel, Stage.DEAD)
    if all((columns == columns[0]).all() and not padded for columns, padded in heard):
        return Removal(candidates.number, channel, Stage.CONSTANT)
    cost = sum(float(np.vdot(intake.gram, intake.sends)) for intake in candidates.intakes)
    return Removal(
        candidates.number, channel, Stage.REDUNDANT, cost=cost, joint_order=math.nan, pair_order=math.nan
    )


def vanished(reference: Reference, removals: Iterable[Removal]) -> tuple[Branch, ...]:
    """The branches that these removals empty, without those inside another one that goes."""
    left = [group.channels for group in reference.groups]
    for removal in removals:
        left[removal.group] -= 1
    found = {branch_around(reference, number) for number, count in enumerate(left) if not count}
    branches = [branch for branch in found if branch is not None]
    assert len(branches) == len(found), "a layer vanished that nothing leads around"
    return tuple(branch for branch in branches if not any(branch.sum in other.nodes for other in branches))


def along_with(
    branches: Sequence[Branch], removals: Sequence[Removal], groups: Sequence[Group]
) -> dict[int, list[tuple[str, int]]]:
    """By step, from 1: the units of layers that go with a branch, beside those that are removed by then."""
    if not branches:
        return {}
    left = [group.channels for group in groups]
    ends: dict[int, int] = {}
    gone = set()
    for step, removal in enumerate(removals, start=1):
        left[removal.group] -= 1
        if not left[removal.group]:
            ends[removal.group] = step
        sites = groups[removal.group].sites
        gone |= {(name, unit) for name, units in sites.items() for unit in units[removal.channel].tolist()}
    found: dict[int, list[tuple[str, int]]] = {}
    for branch in branches:
        units = {
            (name, unit)
            for group in groups
            for name in group.sites.keys() & set(branch.layers)
            for unit in group.sites[name].ravel().tolist()
        }
        at = [ends[number] for number in branch.groups if number in ends]
        if not at:
            continue
        found.setdefault(min(at), []).extend(sorted(units - gone))
        gone |= units
    return found


def _branches(reference: Reference) -> Iterator[Branch]:
    graph = reference.graph
    if not any(_is_sum(node) for node in graph.nodes):
        return
    model = same_tensors(reference.model)
    with evaluating(model):
        values = run_graph(graph, model, reference.example)
    places = place_layers(model, graph, values, reference.example, reference.layers)
    for node in graph.nodes:
        if not _is_sum(node):
            continue
        for side, way in (node.inputs, node.inputs[::-1]):
            nodes = _only_for(graph, node.name, side)
            unknown = any(graph[name].op == OPAQUE for name in nodes)
            if unknown or graph.nodes[0].name in nodes or values[side].shape != values[way].shape:
                continue
            layers = tuple(
                name for name, place in places.items() if place is not None and place.node in nodes
            )
            groups = _groups_in(reference, nodes, layers)
            end = _end(reference, side, nodes, groups)
            if groups and end is not None and values[end.name].shape == values[side].shape:
                yield Branch(groups, layers, node.name, side, way, end, nodes)


def _is_sum(node: Node) -> bool:
    return node.op == "add" and len(set(node.inputs)) == 2


def _only_for(graph: Graph, total: str, side: str) -> frozenset[str]:
    """The nodes that lead to the output through this side of a sum alone."""
    alive: set[str] = set()
    waiting = [graph.output]
    nodes = {node.name: node for node in graph.nodes}
    while waiting:
        name = waiting.pop()
        if name not in alive:
            alive.add(name)
            waiting += [given for given in nodes[name].inputs if (name, given) != (total, side)]
    return frozenset(nodes) - alive


def _groups_in(reference: Reference, nodes: frozenset[str], layers: Sequence[str]) -> frozenset[int]:
    """The groups that live in these nodes alone; none where one of them has to stay."""
    paths = {str(node.path) for node in reference.graph.nodes if node.name in nodes}
    found = {
        number
        for number, group in enumerate(reference.groups)
        if group.sites and set(group.sites) <= set(layers) and paths >= {*group.outputs, *group.inputs}
    }
    return frozenset(found) if found <= set(reference.prunable) else frozenset()


def _end(reference: Reference, side: str, nodes: frozenset[str], groups: frozenset[int]) -> Node | None:
    """The last layer with weights before a side of a sum, if the side hangs on these groups alone."""
    heard: dict[str, int] = {}
    for number in groups:
        for path, columns in reference.groups[number].inputs.items():
            heard[path] = heard.get(path, 0) + columns.size
    silent: dict[str, Node | None] = {}
    for node in reference.graph.nodes:
        is_heard = node.path in heard
        if node.name not in nodes or (is_heard and _columns(reference.model, node) != heard[str(node.path)]):
            continue
        before = [silent[name] for name in node.inputs if name in silent]
        all_silent = bool(before) and len(before) == len(node.inputs)
        if is_heard or (all_silent and node.op in WEIGHTED):
            silent[node.name] = node
        elif all_silent:
            silent[node.name] = before[0] if len(before) == 1 else None
    return silent.get(side)


def _columns(model: nn.Module, node: Node) -> int:
    return weighted(model, node.path).weight.shape[1]


# ---------------------------------------------------------------------- without them


def silent_value(model: nn.Module, graph: Graph, branch: Branch) -> Float[Tensor, "channel *one"]:
    """What an emptied branch of `model` adds to every sample: what follows of its last layer's bias."""
    layer = weighted(model, branch.end.path)
    bias = layer.weight.new_zeros(len(layer.weight)) if layer.bias is None else layer.bias.detach()
    values = {branch.end.name: bias.view(1, -1, *[1] * (layer.weight.dim() - 2))}
    for node in graph.nodes:
        if node.name in branch.nodes and values.keys() >= set(node.inputs) and node.inputs:
            values[node.name] = apply_node(node, model, [values[name] for name in node.inputs])
    return values[branch.side][0]


def without_branches(
    model: nn.Module, graph: Graph, added: Mapping[Branch, Float[Tensor, "channel *one"] | None]
) -> GraphModel:
    """The network whose sums get a constant instead of what a branch gave, or go on with the way around.

    The constant stands where the branch's last layer had its bias. Modules are those of `model`.
    """
    gone = _NOTHING.union(*(branch.nodes for branch in added))
    by_sum = {branch.sum: (branch, constant) for branch, constant in added.items()}
    nodes: list[Node] = []
    for node in graph.nodes:
        if node.name in gone:
            continue
        if node.name not in by_sum:
            nodes.append(node)
            continue
        branch, constant = by_sum[node.name]
        if constant is None:
            nodes.append(Node(node.name, "identity", (branch.way,), {}))
            continue
        path = f"{branch.end.path}.bias"
        _hold(model, path, constant)
        nodes.append(Node(branch.side, "parameter", (), {"shape": list(constant.shape)}, path))
        nodes.append(node)
    return rewired(model, Graph(tuple(nodes), graph.output))


def _hold(model: nn.Module, path: str, constant: Tensor) -> None:
    """Puts a parameter in the place of a module that had one of this name."""
    place, _, name = path.rpartition(".")
    holder = nn.Module()
    holder.register_parameter(name, nn.Parameter(constant.clone(), requires_grad=False))
    outer, _, inner = place.rpartition(".")
    setattr(model.get_submodule(outer), inner, holder)
