"""A plain stack of layers as the steps of a graph."""

from dataclasses import dataclass
from typing import Any

from effdash.loading.parts import Part, PartKind
from effdash.loading.pooling import Way
from effdash.loading.stack import Stack, Step
from effdash.models.activations import ACTIVATIONS
from effdash.models.graph import Graph, Node
from effdash.models.graph.modules import describe_module


@dataclass(frozen=True)
class Plan:
    """All that makes a network of layers.

    `activation` stands between the layers where no PReLU of theirs does, nor one they share, `slopes`;
    `way` is how convolutions pad and pool, `None` where there are none; `shape` is that of a sample.
    """

    stack: Stack
    activation: str
    way: Way | None
    shape: tuple[int, ...]
    slopes: Part | None


def drawn(plan: Plan) -> Graph:
    """The steps of the network."""
    return _Drawing(plan).graph()


class _Drawing:
    """The steps of a graph, as they are written down."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._stack, self._way = plan.stack, plan.way
        self._nodes: list[Node] = []

    def graph(self) -> Graph:
        self._add("x", "input", {})
        first = self._stack.steps[0].layer
        if first.kind is PartKind.DENSE and len(self._plan.shape) > 1:
            self._flatten()
        for number, step in enumerate(self._stack.steps):
            self._step(number, step)
        if not self._stack.dense:
            self._mean(self._stack.convolutions[-1].layer.dims)
        return Graph(tuple(self._nodes), self._nodes[-1].name)

    def _step(self, number: int, step: Step) -> None:
        layer = step.layer
        before = self._stack.steps[number - 1].layer if number else None
        convolving = layer.kind is PartKind.CONVOLUTION
        if before is not None and before.kind is PartKind.CONVOLUTION and not convolving:
            if self._way is not None and self._way.everything:
                self._mean(before.dims)
            else:
                self._flatten()
        if convolving:
            self._convolution(number, step)
        else:
            attributes = {"in_features": layer.shape[1], "out_features": layer.width, "bias": layer.bias}
            self._add(f"layer{number}", "linear", attributes, layer.path)
        if step.norm is not None:
            self._norm(number, step)
        if number < len(self._stack.steps) - 1:
            self._bend(number, step)
        if convolving and self._way is not None and self._way.pools[number] > 1:
            self._pool(number, layer.dims, self._way.pools[number])

    def _convolution(self, number: int, step: Step) -> None:
        layer, dims = step.layer, step.layer.dims
        assert self._way is not None
        attributes = {
            "in_channels": layer.shape[1] * step.groups,
            "out_channels": layer.width,
            "kernel_size": list(layer.shape[2:]),
            "stride": [1] * dims,
            "padding": list(self._way.padding[number]),
            "dilation": [1] * dims,
            "groups": step.groups,
            "bias": layer.bias,
            "padding_mode": "zeros",
        }
        self._add(f"layer{number}", f"conv{dims}d", attributes, layer.path)

    def _norm(self, number: int, step: Step) -> None:
        assert step.norm is not None
        dims = step.layer.dims if step.layer.kind is PartKind.CONVOLUTION else 1
        attributes = {
            "dims": dims,
            "num_features": step.norm.width,
            "eps": 1e-5,
            "momentum": 0.1,
            "affine": step.norm.affine,
            "track_running_stats": True,
        }
        self._add(f"norm{number}", "batch_norm", attributes, step.norm.path)

    def _bend(self, number: int, step: Step) -> None:
        slopes = step.prelu or self._plan.slopes
        if slopes is not None:
            self._add(f"act{number}", "prelu", {"num_parameters": slopes.width}, slopes.path)
            return
        described = describe_module(ACTIVATIONS[self._plan.activation].make())
        assert described is not None
        self._add(f"act{number}", described[0], described[1])

    def _pool(self, number: int, dims: int, side: int) -> None:
        attributes = {
            "kernel_size": [side] * dims,
            "stride": [side] * dims,
            "padding": [0] * dims,
            "dilation": [1] * dims,
            "ceil_mode": False,
        }
        self._add(f"pool{number}", f"max_pool{dims}d", attributes)

    def _flatten(self) -> None:
        self._add("flat", "flatten", {"start_dim": 1, "end_dim": -1})

    def _mean(self, dims: int) -> None:
        self._add("mean", "mean", {"dim": list(range(2, dims + 2)), "keepdim": False})

    def _add(self, name: str, op: str, attributes: dict[str, Any], path: str | None = None) -> None:
        inputs = (self._nodes[-1].name,) if self._nodes else ()
        self._nodes.append(Node(name, op, inputs, attributes, path))
