"""A graph while it is drawn step by step, each tried without memory on two numbers of samples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from effdash.loading.onnx.file import MOST_NUMBERS
from effdash.loading.onnx.values import Array, Flow, Numbers
from effdash.models.graph import OPERATORS, Node
from effdash.models.graph.building import module_of
from effdash.models.graph.running import MOST_ELEMENTS
from effdash.models.graph.sketch import Sketch, Sketched
from effdash.models.graph.sketching import sketch
from effdash.vocab import UserError

MOST_AT_ONCE: Final = 100_000_000
"""Of one step's result for one sample."""


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
        self._numbers = 0
        self.work = 0
        """Multiplications, or numbers looked at, for the first number of samples."""
        self.largest = 0
        """Numbers in the largest result, for the first number of samples."""
        self.input = "n0"
        self.hints[self.input] = self.input_name
        self.nodes[self.input] = Node(self.input, "input", (), {})
        first, second = (Sketch((size, *self.input_shape)) for size in self.sizes)
        self._keep(self.input, (first, second))

    def shapes(self, flow: Flow) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Of a result, for either number of samples."""
        first, second = self._results[flow.node]
        return first.shape, second.shape

    def is_floating(self, flow: Flow) -> bool:
        return bool(self._results[flow.node][0].dtype.is_floating_point)

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
        tensors = {key: self._floats(value) for key, value in weights.items()}
        if op == "batch_norm":
            tensors["num_batches_tracked"] = torch.tensor(0)
        path = f"m{len(self.holders)}"
        self.holders[path] = Holder(tensors, list(hints), tuple(sources))
        return self._add(op, [given], attributes, path, hint)

    def buffer(self, numbers: Numbers) -> Flow:
        """Fixed numbers as a step."""
        path = f"m{len(self.holders)}"
        self.holders[path] = Holder({"": self._floats(numbers.first)}, [numbers.name], (numbers,))
        return self._add("buffer", [], {"shape": list(numbers.first.shape)}, path, "constant")

    def note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)

    def _add(
        self, op: str, inputs: Sequence[Flow], attributes: Mapping[str, Any], path: str | None, hint: str
    ) -> Flow:
        node = Node(f"n{len(self.nodes)}", op, tuple(flow.node for flow in inputs), dict(attributes), path)
        self._check(node)
        if node.path is not None:
            self._check_weights(node, node.path)
        given = [self._results[name] for name in node.inputs]
        first, second = (sketch(node, [values[which] for values in given]) for which in (0, 1))
        self.nodes[node.name] = node
        self.hints[node.name] = hint
        self._keep(node.name, (first, second))
        return Flow(node.name)

    def _check(self, node: Node) -> None:
        for key, check in OPERATORS[node.op].attributes.items():
            if not check.fits(node.attributes[key]):
                raise ValueError(f"its {key} is {node.attributes[key]!r:.80}, not {check.words}")

    def _check_weights(self, node: Node, path: str) -> None:
        if OPERATORS[node.op].is_parameter:
            return
        wanted = {
            key: tuple(value.shape) for key, value in module_of(node.op, node.attributes).state_dict().items()
        }
        found = {key: tuple(value.shape) for key, value in self.holders[path].weights.items()}
        if wanted != found:
            raise ValueError(f"its weights have the shapes {found}, and {wanted} would fit")

    def _keep(self, name: str, results: tuple[Sketched, Sketched]) -> None:
        first, _ = self._results[name] = results
        size = first.elements if isinstance(first, Sketch) else 0
        self._elements += size
        self.largest = max(self.largest, size)
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

    def _floats(self, array: Array) -> Tensor:
        """A copy; the file may use its weights any number of times."""
        self._numbers += array.size
        if self._numbers > MOST_NUMBERS:
            raise UserError(f"the weights of its layers are more than {MOST_NUMBERS:,} numbers")
        return torch.tensor(np.ascontiguousarray(array, dtype=np.float32)).reshape(array.shape)
