"""A graph while it is drawn step by step, each tried without memory on two numbers of samples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from effdash.loading.onnx.values import Array, Flow, Numbers
from effdash.models.graph import OPERATORS, Node, apply_node
from effdash.models.graph.operator import as_tuples
from effdash.vocab import UserError

MOST_ELEMENTS: Final = 500_000_000
"""Of all steps' results for one sample together."""
MOST_AT_ONCE: Final = 100_000_000
"""Of one step's result for one sample."""

_NOWHERE: Final = torch.nn.Module()


@dataclass(eq=False)
class Holder:
    """A module or constant of the network: its tensors, and what it might be called, best first."""

    weights: dict[str, Tensor]
    hints: list[str]
    sources: tuple[Numbers, ...] = ()
    """The numbers of the file that it was made of, the same ones for modules that are one."""


@dataclass(eq=False)
class Drawing:
    """The steps so far. Nodes and paths have numbers for names until the end."""

    sizes: tuple[int, int]
    """The numbers of samples that the steps are tried with."""
    is_for_fixed: bool
    """Whether the file was written for just the first of these."""
    input_shape: tuple[int, ...]
    input_name: str
    nodes: dict[str, Node] = field(default_factory=dict)
    holders: dict[str, Holder] = field(default_factory=dict)
    hints: dict[str, str] = field(default_factory=dict)
    """What nodes might be called."""
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._results: dict[str, tuple[Any, Any]] = {}
        self._elements = 0
        self.work = 0
        """Multiplications, or numbers looked at, for the first number of samples."""
        self.input = "n0"
        self.hints[self.input] = self.input_name
        self.nodes[self.input] = Node(self.input, "input", (), {})
        self._keep(self.input, tuple(self._empty((size, *self.input_shape)) for size in self.sizes))

    def shapes(self, flow: Flow) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Of a result, for either number of samples."""
        first, second = self._results[flow.node]
        return tuple(first.shape), tuple(second.shape)

    def is_floating(self, flow: Flow) -> bool:
        return bool(self._results[flow.node][0].is_floating_point())

    def step(self, op: str, inputs: Sequence[Flow], attributes: Mapping[str, Any], hint: str) -> Flow:
        """One step that has no tensors of its own."""
        return self._add(op, inputs, attributes, None, hint)

    def module(
        self,
        op: str,
        given: Flow,
        attributes: Mapping[str, Any],
        weights: Mapping[str, Array],
        *,
        hints: Sequence[str],
        sources: Sequence[Numbers],
        hint: str,
    ) -> Flow:
        """A step by a module that has these tensors."""
        tensors = {key: _floats(value) for key, value in weights.items()}
        if op == "batch_norm":
            tensors["num_batches_tracked"] = torch.tensor(0)
        path = f"m{len(self.holders)}"
        self.holders[path] = Holder(tensors, list(hints), tuple(sources))
        return self._add(op, [given], attributes, path, hint)

    def buffer(self, numbers: Numbers) -> Flow:
        """Fixed numbers as a step."""
        path = f"m{len(self.holders)}"
        self.holders[path] = Holder({"": _floats(numbers.first)}, [numbers.name], (numbers,))
        return self._add("buffer", [], {"shape": list(numbers.first.shape)}, path, "constant")

    def note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)

    def _add(
        self, op: str, inputs: Sequence[Flow], attributes: Mapping[str, Any], path: str | None, hint: str
    ) -> Flow:
        node = Node(f"n{len(self.nodes)}", op, tuple(flow.node for flow in inputs), dict(attributes), path)
        self._check(node)
        given = [self._results[name] for name in node.inputs]
        results = tuple(self._tried(node, [values[which] for values in given]) for which in (0, 1))
        self.nodes[node.name] = node
        self.hints[node.name] = hint
        self._keep(node.name, results)
        return Flow(node.name)

    def _tried(self, node: Node, inputs: list[Any]) -> Any:
        operator = OPERATORS[node.op]
        with torch.no_grad():
            if operator.is_parameter:
                return self._empty(tuple(node.attributes["shape"]))
            if node.path is None:
                return apply_node(node, _NOWHERE, inputs)
            assert operator.module is not None
            with torch.device("meta"):
                module = operator.module(**as_tuples(node.attributes)).eval()
            wanted = {key: tuple(value.shape) for key, value in module.state_dict().items()}
            found = {key: tuple(value.shape) for key, value in self.holders[str(node.path)].weights.items()}
            if wanted != found:
                raise ValueError(f"its weights have the shapes {found}, and {wanted} would fit")
            return module(*inputs)

    def _check(self, node: Node) -> None:
        for key, check in OPERATORS[node.op].attributes.items():
            if not check.fits(node.attributes[key]):
                raise ValueError(f"its {key} is {node.attributes[key]!r:.80}, not {check.words}")

    def _keep(self, name: str, results: tuple[Any, ...]) -> None:
        first, second = results
        self._results[name] = (first, second)
        size = prod(first.shape) if isinstance(first, Tensor) else 0
        self._elements += size
        self.work += size * self._reads(self.nodes[name])
        if size > MOST_AT_ONCE * self.sizes[0] or self._elements > MOST_ELEMENTS * self.sizes[0]:
            raise UserError(
                f"its steps are too large: a sample may take {MOST_ELEMENTS:,} numbers, and a step of it "
                f"{MOST_AT_ONCE:,}"
            )

    def _reads(self, node: Node) -> int:
        """How many numbers go into one number of a result."""
        if node.op == "matmul":
            return int(self._results[node.inputs[0]][0].shape[-1])
        if "kernel_size" in node.attributes and node.path is None:
            return prod(node.attributes["kernel_size"])
        weight = self.holders[node.path].weights.get("weight") if node.path is not None else None
        return 1 if weight is None else prod(weight.shape[1:])

    def _empty(self, shape: tuple[int, ...]) -> Tensor:
        return torch.empty(shape, device="meta")


def _floats(array: Array) -> Tensor:
    return torch.tensor(np.ascontiguousarray(array, dtype=np.float32)).reshape(array.shape)
