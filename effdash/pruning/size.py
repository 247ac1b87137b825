"""How large a network is: parameters, and multiply-adds for one sample."""

from math import prod
from typing import Any, Final

from torch import Tensor, nn

from effdash.models.graph import Graph, apply_node

WEIGHTED: Final = frozenset({"linear", "conv1d", "conv2d", "conv3d"})


def count_parameters(model: nn.Module) -> int:
    """Numbers that a network learns, tied ones once."""
    return sum(parameter.numel() for parameter in model.parameters())


def count_macs(model: nn.Module, graph: Graph, sample: Tensor) -> int:
    """Multiply-adds of the linear layers and convolutions of `model` for a sample, given as a batch of one.

    Biases, normalizations and activations are not counted, as is the custom.
    """
    values: dict[str, Any] = {}
    total = 0
    for node in graph.nodes:
        value = sample if not values else apply_node(node, model, [values[name] for name in node.inputs])
        values[node.name] = value
        if node.op in WEIGHTED:
            # A row of weights is multiplied with what every number of the output sees.
            weight = model.get_parameter(f"{node.path}.weight")
            total += value.numel() * prod(weight.shape[1:])
    return total
