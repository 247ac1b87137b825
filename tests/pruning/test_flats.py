"""Behind an activation that cuts off, what is cut off need not be told."""

import copy
from math import inf

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from effdash.pruning.baseline import Baseline
from effdash.pruning.flats import FLATS, Flat
from effdash.pruning.moments import Goal
from effdash.pruning.rebuilding import rebuilt
from effdash.pruning.reference import Reference
from effdash.pruning.removal import Removal
from effdash.pruning.solving import Unsolved, solve_layer
from effdash.pruning.stages import Stage
from tests.pruning.planting import drawn


def behind(flat: Flat, values: Tensor) -> Tensor:
    return values.clamp(flat.low, flat.high)


@pytest.mark.parametrize("op", FLATS)
@settings(derandomize=True, deadline=None)
@given(seed=st.integers(0, 1000), with_rest=st.booleans())
def test_the_nearest_is_the_same_behind_and_nearer_than_any_other(
    op: str, seed: int, with_rest: bool
) -> None:
    flat = FLATS[op]
    draw = torch.Generator().manual_seed(seed)
    given, wanted, rest = (4 * torch.randn(3, 7, generator=draw) for _ in range(3))
    shift = rest if with_rest else torch.zeros(3, 7)
    nearest = flat.nearest(given, wanted, rest if with_rest else None)
    torch.testing.assert_close(behind(flat, nearest + shift), behind(flat, wanted + shift))
    others = torch.linspace(-20, 20, 2001)[:, None, None]
    same = (behind(flat, others + shift) - behind(flat, wanted + shift)).abs() < 1e-6
    distances = torch.where(same, (others - given).abs(), torch.tensor(inf))
    assert ((nearest - given).abs() <= distances.amin(0) + 1e-5).all()


def test_activations_are_known_behind_layers_and_sums_that_nothing_else_reads() -> None:
    model, X = drawn("residual", seed=0)
    baseline = Baseline.of(Reference.prepare(model, X))
    assert {name for name in baseline.nodes if baseline.flat(name) is not None} >= {
        "add",
        "conv",
        "blocks_0_conv1",
    }
    model, X = drawn("pre-activation", seed=0)
    baseline = Baseline.of(Reference.prepare(model, X))
    assert baseline.flat("add") is None  # the next sum reads it as well
    assert baseline.flat("inner_0") == FLATS["relu"]


@pytest.mark.parametrize("kind", ["dense", "padded", "grouped", "concatenated"])
def test_without_sums_none_is_heeded(kind: str) -> None:
    model, X = drawn(kind, seed=0)
    baseline = Baseline.of(Reference.prepare(model, X))
    assert any(node.op in FLATS for node in baseline.nodes.values())
    assert all(baseline.flat(name) is None for name in baseline.nodes)


class Around(nn.Module):
    """The third unit of `down` is only heard where `up`, or what follows a sum, cuts off."""

    def __init__(self, inner: bool) -> None:
        super().__init__()
        self.inner = inner
        self.down, self.up, self.back, self.out = (
            nn.Linear(2, 3),
            nn.Linear(3, 2),
            nn.Linear(2, 2),
            nn.Linear(2, 3),
        )
        with torch.no_grad():
            self.down.weight[:] = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
            self.up.weight[:] = torch.tensor([[1.0, 0.0, -5.0], [0.0, 1.0, 0.0]])
            for layer in (self.down, self.up, self.back):
                layer.bias.zero_()
            self.back.weight[:] = torch.eye(2)

    def forward(self, x: Tensor) -> Tensor:
        h = self.up(self.down(x).relu())
        return self.out((x + (self.back(h.relu()) if self.inner else h)).relu())


@pytest.mark.parametrize("inner", [False, True])
def test_a_network_with_sums_is_solved_for_what_is_heard(
    inner: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    X = torch.randn(300, 2, dtype=torch.float64)
    reference = Reference.prepare(Around(inner).double(), X)
    (number,) = (n for n in reference.prunable if "down" in reference.groups[n].outputs)

    def missed(rounds: int) -> float:
        monkeypatch.setattr("effdash.pruning.solving.ROUNDS", rounds)
        found = rebuilt(reference, [Removal(number, 2, Stage.REDUNDANT)]).logits
        return float(np.square(found - reference.logits).mean())

    assert missed(4) < 0.1 * missed(0)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("with_rest", [False, True])
@pytest.mark.parametrize("convolves", [False, True])
def test_layers_come_closer_behind_the_activation_than_by_least_squares_alone(
    seed: int, with_rest: bool, convolves: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(seed)
    layer: nn.Linear | nn.Conv2d = nn.Conv2d(4, 6, 3, padding=1) if convolves else nn.Linear(4, 6)
    layer = layer.double().requires_grad_(False)
    x = torch.randn(120, 4, *[5, 5] * convolves, dtype=torch.float64)
    total = torch.randn(120, 6, *[5, 5] * convolves, dtype=torch.float64) + layer(x)
    rest = torch.randn_like(total) if with_rest else None
    total = total if rest is None else total + rest
    weights = torch.rand(120, dtype=torch.float64)
    weights /= weights.sum()

    def missed(rounds: int) -> float:
        monkeypatch.setattr("effdash.pruning.solving.ROUNDS", rounds)
        own = copy.deepcopy(layer)
        goal = Goal(total, rest, FLATS["relu"])
        solve_layer(Unsolved(own, x, own.weight), goal, None, weights)
        given = own(x) if rest is None else own(x) + rest
        off = (given.relu() - total.relu()) ** 2
        return float(weights @ off.flatten(1).mean(1))

    assert missed(4) < 0.995 * missed(0)


def test_what_is_below_the_cut_in_the_original_has_to_stay_there_and_no_more() -> None:
    """Unit 2 speaks below the cut alone: without it all that is heard can still be said."""
    draw = torch.Generator().manual_seed(0)
    h = torch.randn(400, 2, dtype=torch.float64, generator=draw)
    seen = torch.cat([h.relu(), (-h[:, :1]).relu()], dim=1)
    total = seen @ torch.tensor([[1.0], [0.0], [-5.0]], dtype=torch.float64)
    weights = torch.full((400,), 1 / 400, dtype=torch.float64)
    off = []
    for flat in (None, FLATS["relu"]):
        layer = nn.Linear(2, 1).double().requires_grad_(False)
        solve_layer(Unsolved(layer, seen[:, :2], layer.weight), Goal(total, flat=flat), None, weights)
        off.append(float(((layer(seen[:, :2]).relu() - total.relu()) ** 2).mean()))
    plain, behind_it = off
    assert behind_it < 0.1 * plain
