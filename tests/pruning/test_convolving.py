"""In float32 convolutions give nearly the same, and nothing of it stays in a network."""

import copy
import pickle

import pytest
import torch
from torch import nn

from effdash.pruning.consumers import output_metrics
from effdash.pruning.convolving import convolved, convolving_swiftly
from effdash.pruning.patches import Convolution
from effdash.pruning.plan import plan_removals
from effdash.pruning.rebuilding import rebuilt
from effdash.pruning.reference import Reference
from tests.pruning.planting import drawn

CONVOLUTIONS: dict[str, Convolution] = {
    "strided": nn.Conv1d(4, 6, 3, stride=2),
    "circular": nn.Conv2d(4, 6, 3, padding=1, padding_mode="circular"),
    "grouped": nn.Conv2d(4, 6, 3, groups=2, bias=False),
    "dilated": nn.Conv3d(4, 6, 2, dilation=2),
}


@pytest.mark.parametrize("name", CONVOLUTIONS)
@torch.no_grad()
def test_a_convolution_gives_the_same_to_a_millionth(name: str) -> None:
    convolution = copy.deepcopy(CONVOLUTIONS[name]).double()
    x = torch.randn(5, 4, *[7] * len(convolution.kernel_size), dtype=torch.float64)
    exactly, found = convolution(x), convolved(convolution, x)
    assert found.dtype == torch.float64
    assert 0 < (found - exactly).abs().max() <= 1e-6 * exactly.abs().max()


@pytest.mark.parametrize("kind", ["residual", "grouped", "pre-activation"])
def test_metrics_are_those_of_the_network_in_float64(kind: str) -> None:
    model, X = drawn(kind, seed=0)
    reference = Reference.prepare(model, X)
    few = {"probes": 3, "seed": 0}
    exactly = output_metrics(reference.model, X, reference.weights, reference.consumers, **few)
    swift = convolving_swiftly(reference.model)
    assert {p.dtype for p in swift.parameters()} == {torch.float32, torch.float64}
    found = output_metrics(swift, X, reference.weights, reference.consumers, **few)
    for path in reference.consumers:
        scale = torch.from_numpy(exactly[path]).abs().max()
        assert torch.from_numpy(found[path] - exactly[path]).abs().max() <= 1e-5 * scale


def test_nothing_of_it_stays() -> None:
    model, X = drawn("residual", seed=1)
    reference = Reference.prepare(model, X)
    path = plan_removals(reference)
    result = rebuilt(reference, path.removals[: path.exact + 4]).model
    for network in (reference.model, result):
        for module in network.modules():
            assert "forward" not in vars(module)
            assert not module._forward_hooks and not module._forward_pre_hooks
        assert {p.dtype for p in network.parameters()} == {torch.float64}
    with torch.no_grad():
        said = result(X)
        for again in (copy.deepcopy(result), pickle.loads(pickle.dumps(result))):
            torch.testing.assert_close(again(X), said, rtol=0, atol=0)
