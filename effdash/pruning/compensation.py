"""The survivors take over what the removed units said: layers solved anew, front to back, without training.

Source:
    SCIENCE.md 6, compensation.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from effdash.decision import class_logits
from effdash.models.graph import Node, apply_node
from effdash.pruning.baseline import Baseline
from effdash.pruning.branches import Branch, silent_value, vanished, without_branches
from effdash.pruning.convolving import convolved
from effdash.pruning.least_squares import NormalEquations
from effdash.pruning.moments import Goal, columns_of, positions_of, rows_of
from effdash.pruning.patches import Convolution
from effdash.pruning.reference import Reference
from effdash.pruning.removal import Removal
from effdash.pruning.size import WEIGHTED
from effdash.pruning.solving import Unsolved, mixed, solve_layer, solve_sum
from effdash.pruning.stages import Stage
from effdash.pruning.steps import OnPart, unheard
from effdash.pruning.surgery import Cut, Weighted, axis_of, cut_out, hand_over, read_by, weighted

ACROSS: Final = frozenset({"layer_norm", "group_norm", "softmax", "log_softmax"})
"""They set every sample's values against each other, so that what lies beyond does not follow linearly."""


class Fidelity(IntEnum):
    """How a value of the pruned network stands to the original's."""

    EXACT = 0
    """The same, on the channels that stay."""
    ALTERED = 1
    BEYOND = 2
    """Altered, and then normalized across the units of a sample."""


@dataclass(frozen=True, eq=False)
class LastLayer:
    """The layer that gives the logits: what it reads, and what it should say, to solve it again."""

    module: nn.Linear
    columns: Tensor
    """(column, sample)"""
    outputs: Tensor
    """(output, sample), of the original"""


@dataclass(frozen=True, eq=False)
class Rebuilt:
    """A smaller network, in float64 on the CPU, with what it says of the pruning data."""

    model: nn.Module
    logits: np.ndarray
    """Of the pruning data, (n, c) with c >= 2."""
    last: LastLayer | None
    """`None` where the last layer was not solved."""
    notes: tuple[str, ...]


def compensated(reference: Reference, removals: Sequence[Removal], on_part: OnPart = unheard) -> Rebuilt:
    """The network without these units, its layers solved so that they come closest to the original's outputs.

    Batch norms right behind a layer are folded into it. `on_part` is called at each layer.
    """
    with torch.no_grad():
        return _Front(reference, removals).walked(on_part)


class _Front:
    """One walk through the pruned network: every value is what the layers solved so far really give.

    Values that are the original's are computed only where somebody needs them.
    """

    def __init__(self, reference: Reference, removals: Sequence[Removal]) -> None:
        self.reference = reference
        self.baseline = Baseline.of(reference)
        self.model = copy.deepcopy(self.baseline.model)
        self.cut = Cut.of(reference.model, reference.groups, removals)
        hand_over(self.model, reference, removals)
        cut_out(self.model, self.cut)
        self.lost = {
            path
            for removal in removals
            if removal.stage is Stage.REDUNDANT
            for path in reference.groups[removal.group].inputs
        }
        self.fidelity: dict[str, Fidelity] = {}
        self.values: dict[str, Any] = {}
        branches = vanished(reference, removals)
        self.branches = {branch.sum: branch for branch in branches}
        self.added: dict[Branch, Tensor | None] = {}
        """What a sum gets instead of a branch that is gone; `None` where the way around gives it."""
        redundant = {removal.group for removal in removals if removal.stage is Stage.REDUNDANT}
        self.missed = {branch for branch in branches if branch.groups & redundant}
        """Branches that said something which those around them take over as well as they can."""
        takers = (self.baseline.source(branch.way) for branch in self.missed)
        self.lost |= {str(node.path) for node in takers if node is not None}
        self.skipped = frozenset[str]().union(*(branch.nodes for branch in branches))
        self.pending: set[str] = set()
        """Nodes that wait for the sum they go into; what they read is `held`."""
        self.held: set[str] = set()
        self.last: LastLayer | None = None
        self.notes: list[str] = []

    def walked(self, on_part: OnPart) -> Rebuilt:
        left = self.baseline.readers.copy()
        for node in self.reference.graph.nodes:
            on_part()
            if node.name in self.branches:
                self._without(self.branches[node.name], node)
            elif node.name not in self.skipped:
                self._step(node)
            for name in node.inputs:
                left[name] -= 1
                if not left[name] and name not in self.held:
                    self.values.pop(name, None)
        logits = class_logits(self._value(self.reference.graph.output)).numpy()
        if self.added:
            self.model = without_branches(self.model, self.reference.graph, self.added)
        return Rebuilt(self.model, logits, self.last, tuple(dict.fromkeys(self.notes)))

    def _step(self, node: Node) -> None:
        before = max((self.fidelity[name] for name in node.inputs), default=Fidelity.EXACT)
        self.fidelity[node.name] = before
        if any(name in self.pending for name in node.inputs):
            self._pass_or_sum(node)
        elif self._is_to_solve(node, before):
            self.fidelity[node.name] = Fidelity.ALTERED
            if node.name in self.baseline.sums:
                self._wait(node)
            else:
                self._solve(node)
                self.values[node.name] = self._applied(node)
                self._remember_last(node)
        elif before is not Fidelity.EXACT:
            self._recalibrate(node)
            self.values[node.name] = self._applied(node)
            if node.op in ACROSS:
                self.fidelity[node.name] = Fidelity.BEYOND

    def _is_to_solve(self, node: Node, before: Fidelity) -> bool:
        if node.op not in WEIGHTED or (before is Fidelity.EXACT and node.path not in self.lost):
            return False
        why = None
        if before is Fidelity.BEYOND and node.path not in self.lost:
            why = "it stands behind a normalization across units"
        elif not self.baseline.solvable(node):
            why = "it is no layer that units could be taken from"
        if why is not None:
            self.notes.append(f"{node.path} hears other values than before and keeps its weights: {why}")
        return why is None

    # ------------------------------------------------------------------ values

    def _value(self, name: str) -> Any:
        """The value of a node; the original's, cut, where nothing that leads to it was solved."""
        if name in self.values:
            return self.values[name]
        assert self.fidelity[name] is Fidelity.EXACT
        node = self.baseline.nodes[name]
        if not node.inputs and node.path is None:
            return self.reference.X
        if self.baseline.solvable(node):
            return self._rows(node, self.baseline.output(node))
        self.values[name] = self._applied(node)
        return self.values[name]

    def _applied(self, node: Node) -> Any:
        given = [self._value(name) for name in node.inputs]
        module = self._module(node) if node.op in WEIGHTED else None
        if isinstance(module, Convolution):
            return convolved(module, given[0])
        return apply_node(node, self.model, given)

    def _input(self, node: Node) -> Tensor:
        """What a solvable node reads."""
        name = node.inputs[0]
        if self.fidelity[name] is not Fidelity.EXACT or name in self.values:
            return self._value(name)
        inputs, kept = self.reference.inputs[str(node.path)], self.cut.columns.get(str(node.path))
        return inputs if kept is None else read_by(self.baseline.module(node), inputs, kept)

    def _rows(self, node: Node, outputs: Tensor) -> Tensor:
        """Of a layer's original outputs those that stay."""
        kept = self.cut.rows.get(str(node.path))
        return outputs if kept is None else outputs.index_select(axis_of(self._module(node), outputs), kept)

    def _module(self, node: Node) -> Weighted:
        return weighted(self.model, node.path)

    # ------------------------------------------------------------------ sums

    def _pass_or_sum(self, node: Node) -> None:
        """Something of what `node` reads is still to be solved: it waits for the sum that it goes into."""
        if self.baseline.passes(node):
            self._wait(node)
            return
        waiting = [name for name in node.inputs if name in self.pending]
        sources = [source for source in map(self.baseline.source, waiting) if source is not None]
        total = self._rows(sources[0], self.baseline.values[node.name])
        rest = next((self._value(name) for name in node.inputs if name not in waiting), None)
        self._solve_sum(sources, Goal(total, rest, self.baseline.flat(node.name)))
        for name in waiting:
            self._arrive(name)
        self.values[node.name] = self._applied(node)

    def _without(self, branch: Branch, node: Node) -> None:
        """A sum that a branch went into: what it said is left to the way around, or is a constant."""
        way, total = branch.way, self._rows(branch.end, self.baseline.value(node.name))
        self.fidelity[node.name] = self.fidelity[way]
        taker = self.baseline.source(way)
        if taker is not None and way in self.pending:
            self._solve_sum([taker], Goal(total, flat=self.baseline.flat(node.name)))
            self._arrive(way)
            self.added[branch], self.values[node.name] = None, self._value(way)
            return
        if branch in self.missed:
            self.fidelity[node.name] = max(self.fidelity[way], Fidelity.ALTERED)
            missing = torch.tensordot(self.baseline.weights, total - self._value(way), 1)
            channels = axis_of(self._module(branch.end), missing[None]) - 1
            constant = missing.mean([dim for dim in range(missing.dim()) if dim != channels], keepdim=True)
            constant = constant if channels == 0 else constant.flatten()
        else:
            constant = silent_value(self.model, self.reference.graph, branch)
        self.added[branch], self.values[node.name] = constant, self._value(way) + constant

    def _wait(self, node: Node) -> None:
        self.pending.add(node.name)
        self.held.update(node.inputs)

    def _arrive(self, name: str) -> None:
        """Computes what waited, from its layer on."""
        node = self.baseline.nodes[name]
        self.pending.discard(name)
        if node.inputs[0] in self.pending:
            self._arrive(node.inputs[0])
        self.values[name] = self._applied(node)

    # ------------------------------------------------------------------ solving

    def _solve(self, node: Node) -> None:
        """Solves a layer so that it gives its original output."""
        layer = self._layer(node)
        self._note_underdetermined([node], [layer])
        goal = Goal(self._rows(node, self.baseline.output(node)), flat=self.baseline.flat(node.name))
        solve_layer(layer, goal, self._known_equations(node), self.baseline.weights)

    def _solve_sum(self, nodes: Sequence[Node], goal: Goal) -> None:
        """Solves layers so that together they give what is missing to a sum."""
        layers = [self._layer(node) for node in nodes]
        self._note_underdetermined(nodes, layers)
        solve_sum(layers, goal, self.baseline.weights)

    def _layer(self, node: Node) -> Unsolved:
        module, x = self._module(node), self._input(node)
        if isinstance(module, nn.Linear):
            return Unsolved(module, x, module.weight)
        original = self.baseline.module(node).weight
        rows = self.cut.rows.get(str(node.path))
        weight = original if rows is None else original[rows]
        originals = self.reference.inputs[str(node.path)]
        known = None
        if self._reads_original(node) and module.groups == 1:
            known = self.baseline.mixing(node).part(self._kept(node, originals.shape[1]))
        prior = mixed(
            module, weight=weight, x=x, originals=originals, known=known, weights=self.baseline.weights
        )
        return Unsolved(module, x, prior)

    def _reads_original(self, node: Node) -> bool:
        return self.fidelity[node.inputs[0]] is Fidelity.EXACT

    def _known_equations(self, node: Node) -> NormalEquations | None:
        """The equations from the original's moments, where the inputs are the original's."""
        moments = self.baseline.equations(node) if self._reads_original(node) else None
        if moments is None:
            return None
        original = self.baseline.module(node)
        weight = original.weight.flatten(1)
        bias = weight.new_zeros(len(weight)) if original.bias is None else original.bias
        rows = self.cut.rows.get(str(node.path))
        if rows is not None:
            weight, bias = weight[rows], bias[rows]
        everything = torch.arange(weight.shape[1]).view(original.weight.shape[1], -1)
        return moments.part(everything[self._kept(node, len(everything))].flatten(), weight, bias)

    def _kept(self, node: Node, inputs: int) -> Tensor:
        """Which of a layer's input columns stay."""
        kept = self.cut.columns.get(str(node.path))
        return torch.arange(inputs) if kept is None else kept

    def _note_underdetermined(self, nodes: Sequence[Node], layers: Sequence[Unsolved]) -> None:
        columns = sum(layer.module.weight[0].numel() for layer in layers)
        rows = len(layers[0].x) * positions_of(layers[0].module, layers[0].x)
        if rows < columns:
            names = " and ".join(str(node.path) for node in nodes)
            self.notes.append(
                f"{names}: compensation is underdetermined, {rows} rows of data for {columns} columns; "
                "what they leave open stays as in the network's own weights"
            )

    # ------------------------------------------------------------------ around it

    def _recalibrate(self, node: Node) -> None:
        """Moves a batch norm's statistics by as much as those of its input have moved."""
        module = None if node.path is None else self.model.get_submodule(node.path)
        if not isinstance(module, _BatchNorm) or module.running_mean is None or module.running_var is None:
            return
        original = self.baseline.values[node.inputs[0]]
        rows = self.cut.rows.get(str(node.path))
        before = original if rows is None else original[:, rows]
        now = self._value(node.inputs[0])
        dims = [0, *range(2, now.dim())]
        module.running_mean += now.mean(dims) - before.mean(dims)
        spread = before.var(dims, correction=0)
        module.running_var *= torch.where(spread > 0, now.var(dims, correction=0) / spread, 1)

    def _remember_last(self, node: Node) -> None:
        source = self.baseline.source(self.reference.graph.output)
        module = self._module(node)
        if source is node and isinstance(module, nn.Linear):
            self.last = LastLayer(
                module,
                columns_of(module, self._input(node)),
                rows_of(module, self._rows(node, self.baseline.output(node))),
            )
