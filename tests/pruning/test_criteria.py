"""Every criterion against the same written out, or on units whose order is known."""

import copy
from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy import linalg
from scipy.stats import spearmanr
from torch import Tensor, nn
from torch.nn import functional

from effdash.pruning.candidates import Candidates
from effdash.pruning.criteria import CRITERIA, METHODS
from effdash.pruning.elimination import Ranking
from effdash.pruning.exact import exact_removals
from effdash.pruning.reference import Reference


class Small(nn.Module):
    """A convolution, a flatten, a dense layer: a channel of the first has 3 columns in the second."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(1, 5, 3)
        self.fc = nn.Linear(15, 6)
        self.out = nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(torch.relu(self.fc(torch.relu(self.conv(x)).flatten(1))))


@pytest.fixture(scope="module")
def reference() -> Reference:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        model = Small().double()
        X = torch.randn(60, 1, 5, dtype=torch.float64)
    with torch.no_grad():
        model.conv.bias += 0.5
        model.fc.bias += 0.5
    return Reference.prepare(model, (X, torch.arange(60) % 3, None, None))


def ranked(reference: Reference, method: str, number: int) -> Ranking:
    exact = exact_removals(reference)
    assert not any(exact.values())
    return CRITERIA[method].rank(Candidates.after(reference, number, exact[number]))


def scores(ranking: Ranking) -> dict[int, float]:
    return dict(zip(ranking.order.tolist(), ranking.costs.tolist(), strict=True))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("number", [0, 1])
def test_all_but_one_go_each_once_and_always_the_same_way(
    reference: Reference, method: str, number: int
) -> None:
    ranking = ranked(reference, method, number)
    channels = reference.groups[number].channels
    assert len(set(ranking.order.tolist())) == channels - 1
    assert set(ranking.order.tolist()) < set(range(channels))
    assert ranking.costs.shape == (channels - 1,)
    assert (ranking.costs >= 0).all()
    again = ranked(reference, method, number)
    np.testing.assert_array_equal(ranking.order, again.order)


@pytest.mark.parametrize(
    ("method", "size"),
    [
        ("l1", lambda W: W.abs().flatten(1).sum(1)),
        ("l2", lambda W: W.flatten(1).norm(dim=1)),
    ],
)
@pytest.mark.parametrize("path", ["conv", "fc"])
def test_weight_magnitude(
    reference: Reference, method: str, size: Callable[[Tensor], Tensor], path: str
) -> None:
    expected = size(reference.model.get_submodule(path).weight)
    ranking = ranked(reference, method, ["conv", "fc"].index(path))
    assert ranking.order.tolist() == expected.argsort()[:-1].tolist()
    assert scores(ranking) == {u: pytest.approx(float(expected[u])) for u in ranking.order.tolist()}


def test_mean_activation(reference: Reference) -> None:
    conv = torch.relu(reference.model.conv(reference.X))
    expected = conv.abs().mean(dim=(0, 2))
    ranking = ranked(reference, "activation", 0)
    assert scores(ranking) == {u: pytest.approx(float(expected[u])) for u in ranking.order.tolist()}


@pytest.mark.parametrize("with_labels", [True, False])
def test_taylor_is_one_backward_a_sample(reference: Reference, with_labels: bool) -> None:
    labels = torch.arange(60) % 3 if with_labels else torch.from_numpy(reference.decisions)
    asked = reference
    if not with_labels:
        asked = Reference.prepare(reference.model, reference.X)
    expected = torch.zeros(5, dtype=torch.float64)
    for x, y in zip(reference.X, labels, strict=True):
        a = torch.relu(reference.model.conv(x[None])).detach().requires_grad_()
        logits = reference.model.out(torch.relu(reference.model.fc(a.flatten(1))))
        functional.cross_entropy(logits, y[None]).backward()
        expected += (a * a.grad).detach().sum(dim=(0, 2)).abs() / 60
    ranking = ranked(asked, "taylor", 0)
    assert scores(ranking) == {u: pytest.approx(float(expected[u])) for u in ranking.order.tolist()}


def test_pivoted_qr_is_scipys(reference: Reference) -> None:
    activations = torch.relu(reference.model.conv(reference.X)).movedim(1, -1).flatten(0, 1).numpy()
    r, pivots = linalg.qr(activations, mode="r", pivoting=True)
    ranking = ranked(reference, "pivoted-qr", 0)
    assert ranking.order.tolist() == pivots[:0:-1].tolist()
    np.testing.assert_allclose(ranking.costs, r.diagonal()[:0:-1] ** 2 / len(reference.X) / 3, rtol=1e-6)


def test_pairwise_merge_takes_the_most_alike_pair_and_of_it_the_quieter(reference: Reference) -> None:
    ranking = ranked(reference, "pairwise-order", 1)
    told = torch.relu(reference.outputs["fc"])
    rho = np.array([[spearmanr(told[:, a], told[:, b]).statistic for b in range(6)] for a in range(6)])
    w = reference.weights / reference.weights.sum()
    spread = [np.cov(told[:, u].numpy(), aweights=w, bias=True) for u in range(6)]
    left = list(range(6))
    for gone, cost in zip(ranking.order.tolist(), ranking.costs, strict=True):
        pairs = [(rho[a, b], a, b) for a in left for b in left if a < b]
        alike, a, b = max(pairs)
        assert cost == pytest.approx(1 - alike)
        assert gone == min(a, b, key=lambda unit: spread[unit])
        left.remove(gone)


def one_layer(h: Callable[[Tensor], Tensor], width: int) -> nn.Module:
    """`width` units that a fixed function makes of one input, all heard alike by two classes."""

    class Fixed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(width, width, bias=False)
            self.out = nn.Linear(width, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.out(torch.relu(self.fc(h(x))))

    model = Fixed().double()
    with torch.no_grad():
        nn.init.eye_(model.fc.weight)
        model.out.weight[0] = 1.0
        model.out.weight[1] = -1.0
    return model


def test_permutation_takes_a_bent_copy_for_the_same_order() -> None:
    """Unit 1 is a power of unit 0; unit 2 follows it less closely, in value as in order."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        X = torch.rand(80, 2, dtype=torch.float64)

    def units(x: Tensor) -> Tensor:
        a, b = x.T
        return torch.stack([a, a**6, a + 0.35 * b], dim=1)

    ranking = ranked(Reference.prepare(one_layer(units, 3), X), "permutation", 0)
    assert ranking.order[0] in (0, 1)
    assert ranking.costs[0] < 1e-3 * ranking.costs[1]


def test_margin_spares_what_the_narrow_decisions_hang_on() -> None:
    """Two independent units, equally loud; the first tells the classes apart, the second moves both alike."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        X = torch.rand(80, 2, dtype=torch.float64)
    model = one_layer(lambda x: x, 2)
    with torch.no_grad():
        model.out.weight[:, 1] = 5.0
        model.out.bias[:] = torch.tensor([-0.5, 0.5])
    reference = Reference.prepare(model, X)
    assert ranked(reference, "margin", 0).order.tolist() == [1]
    assert ranked(reference, "margin", 0).costs[0] == pytest.approx(0, abs=1e-12)


def test_units_speak_for_the_twins_that_were_merged_into_them() -> None:
    """What they send is what they send in the network in which somebody merged them by hand."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 3)).double()
        X = torch.randn(40, 3, dtype=torch.float64)
    with torch.no_grad():
        model[0].weight[3] = 0.25 * model[0].weight[1]
        model[0].bias[3] = 0.25 * model[0].bias[1]
        merged = copy.deepcopy(model)
        merged[2].weight[:, 1] += 0.25 * merged[2].weight[:, 3]
        merged[2].weight[:, 3] = 0
    reference = Reference.prepare(model, X)
    exact = exact_removals(reference)[0]
    assert [(one.channel, one.heir) for one in exact] == [(3, 1)]
    intake = Candidates.after(reference, 0, exact).intakes[0]
    by_hand = Candidates.after(Reference.prepare(merged, X), 0, exact).intakes[0]
    np.testing.assert_allclose(intake.sends, by_hand.sends, rtol=1e-9)
