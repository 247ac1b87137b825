"""What consumers hear, send and mean to the logits, against the same written out sample by sample."""

import copy

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from effdash.pruning.consumers import inputs_at, outgoing_weights, output_metrics, overheard
from effdash.pruning.intake import MOST_BLOCKS, gram_of, hear, sends_of

CONSUMERS = {
    "linear": (nn.Linear(6, 4), (6,)),
    "linear over positions": (nn.Linear(6, 4), (3, 6)),
    "convolution": (nn.Conv2d(6, 4, (3, 2), padding=1), (6, 4, 4)),
    "grouped convolution": (nn.Conv1d(6, 4, 3, groups=2), (6, 5)),
}


@pytest.mark.parametrize("kind", CONSUMERS)
def test_what_goes_out_of_an_input_is_what_the_layer_does_with_it(kind: str) -> None:
    """The layer of an input that is 1 in one channel, everywhere, and 0 elsewhere."""
    layer, shape = CONSUMERS[kind]
    layer = layer.double()
    weights = outgoing_weights(layer)
    axis = -1 if isinstance(layer, nn.Linear) else 1
    for channel in range(6):
        x = torch.zeros(1, *shape, dtype=torch.float64)
        x.movedim(axis, -1)[..., channel] = 1
        answer = layer(x) - layer(torch.zeros_like(x))
        middle = answer.movedim(axis, -1).flatten(0, -2)
        middle = middle[len(middle) // 2] if not kind.startswith("conv") else answer[0, :, 2, 2]
        np.testing.assert_allclose(weights[channel].sum(axis=0), middle.detach().numpy(), atol=1e-12)


def test_a_column_of_a_grouped_convolution_is_an_input_in_each_group() -> None:
    layer, _ = CONSUMERS["grouped convolution"]
    np.testing.assert_array_equal(inputs_at(layer, np.array([[0], [2]])), [[0, 3], [2, 5]])


def test_rows_are_samples_at_positions() -> None:
    x = torch.arange(2 * 6 * 2 * 2, dtype=torch.float64).view(2, 6, 2, 2)
    columns = hear(nn.Conv2d(6, 1, 1), x, np.array([[4], [1]])).columns
    assert columns.shape == (8, 2, 1)
    np.testing.assert_array_equal(columns[5, :, 0], x[1, [4, 1], 0, 1])


@pytest.mark.parametrize("k", [1, 2, MOST_BLOCKS + 1])
def test_the_gram_matrix_is_the_weighted_covariance(k: int) -> None:
    draw = np.random.default_rng(0)
    x = torch.from_numpy(draw.normal(size=(20, 3 * k)))
    weights = draw.uniform(size=20)
    columns = np.arange(3 * k).reshape(3, k)
    gram = gram_of(hear(nn.Linear(3 * k, 1), x, columns), weights)
    covariance = np.cov(x.numpy().T, aweights=weights, bias=True).reshape(3, k, 3, k)
    if k > MOST_BLOCKS:
        covariance = np.einsum("ikjk->ij", covariance)[:, None, :, None] / k
    np.testing.assert_allclose(gram, covariance, atol=1e-12)


@pytest.mark.parametrize("k", [1, 2, MOST_BLOCKS + 1])
def test_what_is_sent_is_the_weights_in_the_metric(k: int) -> None:
    draw = np.random.default_rng(0)
    layer = nn.Linear(3 * k, 4).double()
    half = draw.normal(size=(4, 4))
    metric = half @ half.T
    W = layer.weight.detach().numpy().T
    sent = (W @ metric @ W.T).reshape(3, k, 3, k)
    if k > MOST_BLOCKS:
        sent = np.einsum("ikjk->ij", sent)[:, None, :, None]
    np.testing.assert_allclose(sends_of(layer, np.arange(3 * k).reshape(3, k), metric), sent, atol=1e-12)


class Twice(nn.Module):
    """A convolution and a layer over positions, with an activation that writes over what it gets."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(2, 3, 2)
        self.fc = nn.Linear(3, 5)
        self.out = nn.Linear(5, 3)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.relu_(self.conv(x)).movedim(1, -1)
        return self.out(torch.relu_(self.fc(h)).mean(1))


def drawn(model: nn.Module, *shape: int) -> tuple[nn.Module, Tensor]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        for parameter in model.parameters():
            nn.init.normal_(parameter, std=0.5)
        return model.double().eval().requires_grad_(False), torch.randn(*shape, dtype=torch.float64)


def test_metrics_are_sums_of_jacobians_written_out() -> None:
    """With as many directions as the tests take, each is one vector-Jacobian product a sample."""
    model, X = drawn(Twice(), 6, 2, 5)
    s = np.random.default_rng(0).uniform(0.5, 2, size=6)
    found = output_metrics(model, X, s, ["conv", "fc", "out"], probes=3, seed=7)
    draw = torch.Generator().manual_seed(7)
    directions = [torch.randn(6, 3, generator=draw, dtype=torch.float64) for _ in range(3)]
    for path, axis in (("conv", 1), ("fc", -1), ("out", -1)):
        slow = 0.0
        for sample, weight in enumerate(s):
            kept: list[Tensor] = []

            def keep(_: str, output: Tensor, kept: list[Tensor] = kept) -> Tensor:
                kept.append(output.detach().requires_grad_())
                return kept[0].clone()

            logits = overheard(model, [path], on_output=keep)(X[sample : sample + 1])
            for v in directions:
                centred = v[sample] - v[sample].mean()
                gradient = torch.autograd.grad(logits[0] @ centred, kept[0], retain_graph=True)[0]
                flat = gradient.movedim(axis, -1).reshape(-1, gradient.shape[axis])
                slow = slow + weight / 6 / 3 * (flat.T @ flat).numpy()
        np.testing.assert_allclose(found[path], slow, rtol=1e-9, atol=1e-12)


def test_only_differences_between_classes_count() -> None:
    model, X = drawn(Twice(), 6, 2, 5)
    metric = output_metrics(model, X, np.ones(6), ["out"], probes=8, seed=0)["out"]
    np.testing.assert_allclose(metric @ np.ones(3), 0, atol=1e-12)


def test_listening_leaves_the_model_alone() -> None:
    """So that another thread may run it, or copy it, meanwhile."""
    model, X = drawn(Twice(), 6, 2, 5)

    def fail(path: str, given: Tensor) -> None:
        raise KeyError(path)

    listening = overheard(model, ["fc"], on_input=fail)
    with pytest.raises(KeyError):
        listening(X)
    assert model(X).shape == (6, 3)
    assert copy.deepcopy(model)(X).shape == (6, 3)
    assert all(a is b for a, b in zip(model.parameters(), listening.parameters(), strict=True))
