"""Calls of torch however they are spelt: one operator, which computes what torch does."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from effdash.models.graph import OPAQUE, OPERATORS, run_graph
from tests.models.graphs import STEPS, Spelt, is_the_same

SPELLINGS: dict[str, tuple[int, list[Callable[[Tensor], Tensor]]]] = {
    "relu": (
        4,
        [
            lambda h: h.relu().mean((2, 3)),
            lambda h: torch.relu_(h).mean([2, 3]),
            lambda h: functional.relu(h, inplace=True).mean(dim=(2, 3)),
            lambda h: torch.mean(nn.functional.relu_(h), (2, 3)),
        ],
    ),
    "flatten": (
        144,
        [
            lambda h: h.relu().flatten(1),
            lambda h: torch.flatten(h.relu(), start_dim=1),
            lambda h: h.relu().view(h.size(0), -1),
            lambda h: h.relu().reshape((h.shape[0], -1)),
            lambda h: h.relu().view(-1, h.size(1) * h.size(2) * h.size(3)),
            lambda h: torch.reshape(h.relu(), (h.size()[0], h.size(1) * h.size(2) * h.size(3))),
        ],
    ),
    "pooling": (
        16,
        [
            lambda h: functional.max_pool2d(h.relu(), 3).flatten(1),
            lambda h: functional.max_pool2d(h.relu(), kernel_size=(3, 3), stride=3).flatten(1),
            lambda h: torch.max_pool2d(h.relu(), 3).flatten(1),
        ],
    ),
    "numbers": (
        144,
        [
            lambda h: (2 * h.relu() + 1).flatten(1),
            lambda h: (torch.mul(2, h.relu()).add(1)).flatten(1),
        ],
    ),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_all_spellings_are_one(name: str) -> None:
    reads, spellings = SPELLINGS[name]
    x = torch.randn(3, 1, 6, 6)
    graphs = [is_the_same(Spelt(steps, reads), x) for steps in spellings]
    steps = [[(node.op, node.attributes) for node in graph.nodes] for graph in graphs]
    first = steps[0]
    if name == "numbers":  # which of the two is a method says where the number stood
        steps = [[op for op, _ in one] for one in steps]
        first = steps[0]
    assert steps == [first] * len(steps)
    assert OPAQUE not in [node.op for node in graphs[0].nodes]


@pytest.mark.parametrize("name", STEPS)
def test_every_operator_computes_what_torch_does(name: str) -> None:
    reads, steps = STEPS[name]
    graph = is_the_same(Spelt(steps, reads), torch.randn(3, 1, 6, 6))
    assert OPAQUE not in [node.op for node in graph.nodes]


@pytest.mark.parametrize(
    "op", [op for op, known in OPERATORS.items() if known.activation and known.function and op != "clamp"]
)
def test_module_and_function_of_an_activation_are_one(op: str) -> None:
    defaults = {"rrelu": {"lower": 0.1, "upper": 0.3}, "threshold": {"threshold": 0.1, "value": 0.0}}
    made_of = OPERATORS[op].module
    assert made_of is not None
    module = made_of(**defaults.get(op, {}))
    x = torch.randn(3, 1, 6, 6)
    graph = is_the_same(Spelt(nn.Sequential(module, nn.Flatten()), 144), x)
    (node,) = [node for node in graph.nodes if node.op == op]
    values = run_graph(graph, Spelt(nn.Sequential(module, nn.Flatten()), 144).eval(), x)
    called = OPERATORS[op].function
    assert called is not None
    assert torch.equal(called(values[node.inputs[0]], **node.attributes), values[node.name])
