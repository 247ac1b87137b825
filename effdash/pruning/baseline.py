"""The network before pruning, as compensation looks at it: its batch norms folded, its sums, its moments.

All of it depends on the original alone and is made once, when it is first needed.
"""

import copy
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd

from effdash.models.graph import Node, apply_node
from effdash.pruning.flats import FLATS, Flat
from effdash.pruning.least_squares import NormalEquations
from effdash.pruning.moments import gather, gather_channels
from effdash.pruning.reference import Reference
from effdash.pruning.size import WEIGHTED
from effdash.pruning.surgery import Weighted, weighted, with_bias

MOST_COLUMNS: Final = 4096
"""The moments of a consumer with more input columns than this are gathered anew for those that stay."""

PASSING: Final = frozenset({"identity", "dropout"})
"""Operators that hand on what they get, in eval mode."""


class Baseline:
    """Use `Baseline.of`."""

    def __init__(self, reference: Reference) -> None:
        self.reference = reference
        self.nodes = {node.name: node for node in reference.graph.nodes}
        self.weights = torch.from_numpy(reference.weights / reference.weights.sum())
        self.readers = Counter(name for node in reference.graph.nodes for name in node.inputs)
        self.readers[reference.graph.output] += 1
        self.users = Counter(str(node.path) for node in reference.graph.nodes)
        self.model = copy.deepcopy(reference.model)
        self.folded = self._fold()
        self._outputs: dict[str, Tensor] = {}
        self._equations: dict[str, NormalEquations] = {}
        self._mixing: dict[str, NormalEquations] = {}

    @classmethod
    def of(cls, reference: Reference) -> "Baseline":
        """The one of a reference, which lives as long as that."""
        if "baseline" not in reference.derived:
            reference.derived["baseline"] = cls(reference)
        baseline: Baseline = reference.derived["baseline"]
        return baseline

    def module(self, node: Node) -> Weighted:
        """The linear layer or convolution of a node, batch norms folded into it."""
        return weighted(self.model, node.path)

    # ------------------------------------------------------------------ its structure

    def solvable(self, node: Node) -> bool:
        """Whether it is a linear layer or convolution with weights of its own, seen by the reference."""
        return node.path in self.reference.inputs and self.users[str(node.path)] == 1

    def passes(self, node: Node) -> bool:
        """Whether it hands on what it gets."""
        return node.op in PASSING or node.name in self.folded

    @cached_property
    def sums(self) -> dict[str, str]:
        """Solvable nodes whose output does nothing but go into a sum of two, with that sum's node."""
        found = {}
        for node in self.reference.graph.nodes:
            if node.op != "add" or len(node.inputs) != 2 or not self._same_shapes(node):
                continue
            for name in node.inputs:
                source = self.source(name)
                if source is not None and getattr(self.module(source), "groups", 1) == 1:
                    found[source.name] = node.name
        return found

    def source(self, name: str) -> Node | None:
        """The solvable node whose value is the value of node `name` and goes nowhere else."""
        node = self.nodes[name]
        while self.readers[node.name] == 1:
            if self.solvable(node):
                return node
            if not self.passes(node):
                return None
            node = self.nodes[node.inputs[0]]
        return None

    def flat(self, name: str) -> Flat | None:
        """The activation behind a node that cuts off, where nothing else reads the node's value.

        In networks with sums alone: in chains, dense and convolutional, heeding it cost three times the time
        of a rebuild and gained nothing.
        """
        if not self.sums:
            return None
        node = self.nodes[name]
        while self.readers[node.name] == 1 and node.name in self._reader:
            node = self._reader[node.name]
            if node.op in FLATS:
                return FLATS[node.op]
            if not self.passes(node):
                return None
        return None

    @cached_property
    def _reader(self) -> dict[str, Node]:
        """Of every node that reads something, by what it reads: the last one, where there are several."""
        return {name: node for node in self.reference.graph.nodes for name in node.inputs}

    def _same_shapes(self, node: Node) -> bool:
        first, second = (self._example_shapes[name] for name in node.inputs)
        return first is not None and first == second

    @cached_property
    def _example_shapes(self) -> dict[str, Any]:
        values = dict(self._walk(self.reference.example))
        return {name: value.shape if isinstance(value, Tensor) else None for name, value in values.items()}

    def _fold(self) -> frozenset[str]:
        """Folds batch norms into the layers right before them; they become `nn.Identity`. Their nodes."""
        folded = []
        for node in self.reference.graph.nodes:
            if node.op != "batch_norm" or self.users[str(node.path)] != 1:
                continue
            path, before = str(node.path), self.nodes[node.inputs[0]]
            norm = self.model.get_submodule(path)
            if self._takes_in(before) and isinstance(norm, _BatchNorm) and norm.running_var is not None:
                fold(self.module(before), norm)
                parent, _, name = path.rpartition(".")
                setattr(self.model.get_submodule(parent), name, nn.Identity())
                folded.append(node.name)
        return frozenset(folded)

    def _takes_in(self, node: Node) -> bool:
        """Whether it is a linear layer or convolution whose output only the norm behind it reads."""
        is_alone = self.users[str(node.path)] == 1 and self.readers[node.name] == 1
        return node.op in WEIGHTED and is_alone

    # ------------------------------------------------------------------ what it computes

    def output(self, node: Node) -> Tensor:
        """What a solvable node gives in the original, its batch norm folded in."""
        path = node.path
        assert path is not None
        norm = self._norm_of.get(node.name)
        if norm is None:
            return self.reference.outputs[path]
        if path not in self._outputs:
            self._outputs[path] = self.reference.model.get_submodule(norm)(self.reference.outputs[path])
        return self._outputs[path]

    @cached_property
    def _norm_of(self) -> dict[str, str]:
        return {self.nodes[name].inputs[0]: str(self.nodes[name].path) for name in self.folded}

    @cached_property
    def values(self) -> dict[str, Tensor]:
        """The values of sums with a solvable term, and of what goes into batch norms that were not folded."""
        wanted = set(self.sums.values())
        for node in self.reference.graph.nodes:
            if node.op == "batch_norm" and node.name not in self.folded:
                wanted.add(node.inputs[0])
        return {name: value for name, value in self._walk(self.reference.X) if name in wanted}

    def value(self, name: str) -> Tensor:
        """The value of any node."""
        if name not in self.values:
            self.values[name] = next(value for node, value in self._walk(self.reference.X) if node == name)
        return self.values[name]

    def _walk(self, x: Tensor) -> Iterator[tuple[str, Any]]:
        """Names and values of all nodes in order, each let go after its last use."""
        left = self.readers.copy()
        values: dict[str, Any] = {}
        for node in self.reference.graph.nodes:
            value = x if not values else apply_node(node, self.model, [values[name] for name in node.inputs])
            values[node.name] = value
            yield node.name, value
            for name in node.inputs:
                left[name] -= 1
                if not left[name]:
                    values.pop(name, None)

    # ------------------------------------------------------------------ its moments

    def equations(self, node: Node) -> NormalEquations | None:
        """The moments of all input columns of a solvable node; `None` where they are too many to keep."""
        path = str(node.path)
        module = self.module(node)
        inputs = self.reference.inputs[path]
        columns = module.weight[0].numel()
        if columns > MOST_COLUMNS or (isinstance(module, _ConvNd) and module.groups > 1):
            return None
        if path not in self._equations:
            self._equations[path] = gather([module], [inputs], None, self.weights)
        return self._equations[path]

    def mixing(self, node: Node) -> NormalEquations:
        """The moments of the channels that go into a convolution, by themselves."""
        path = str(node.path)
        if path not in self._mixing:
            inputs = self.reference.inputs[path]
            self._mixing[path] = gather_channels(inputs, None, self.weights)
        return self._mixing[path]


def fold(module: Weighted, norm: _BatchNorm) -> None:
    """Moves a batch norm in eval mode into the linear layer or convolution before it, in place."""
    assert norm.running_var is not None and norm.running_mean is not None
    with torch.no_grad():
        scale = torch.rsqrt(norm.running_var + norm.eps)
        if norm.weight is not None:
            scale = scale * norm.weight
        bias = with_bias(module)
        bias.sub_(norm.running_mean).mul_(scale)
        if norm.bias is not None:
            bias.add_(norm.bias)
        module.weight.mul_(scale.view(-1, *[1] * (module.weight.dim() - 1)))
