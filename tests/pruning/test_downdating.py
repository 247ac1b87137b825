"""Toggles against solving from scratch."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from effdash.pruning.downdating import Downdate
from effdash.pruning.reference import Reference
from effdash.vocab import UserError
from tests.pruning.planting import drawn


def solved(reference: Reference, path: str, kept: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Output of a dense consumer solved anew on the kept columns, and its squared error, by numpy."""
    H, Z = reference.inputs[path], reference.outputs[path]
    root = np.sqrt(reference.weights / reference.weights.sum())[:, None]
    design = np.column_stack([H[:, kept], np.ones(len(H))])
    solution = np.linalg.lstsq(root * design, root * Z.numpy(), rcond=None)[0]
    said = design @ solution
    return torch.from_numpy(said), float(np.square(root * (said - Z.numpy())).sum())


def test_every_toggle_is_what_solving_from_scratch_gives() -> None:
    model, X = drawn("dense", seed=0, samples=200)
    reference = Reference.prepare(model, X)
    downdate = Downdate(reference, 0)
    rng = np.random.default_rng(0)
    cost = 0.0
    for channel in [*rng.permutation(8)[:5], *rng.integers(0, 8, 40)]:
        if downdate.kept[channel] and downdate.kept.sum() > 1:
            before = solved(reference, "fc2", np.flatnonzero(downdate.kept).tolist())[1]
            cost = downdate.remove(int(channel))
            said, error = solved(reference, "fc2", np.flatnonzero(downdate.kept).tolist())
            assert cost == pytest.approx(error - before, rel=1e-2, abs=1e-4)
        elif not downdate.kept[channel]:
            downdate.restore(int(channel))
            said, _ = solved(reference, "fc2", np.flatnonzero(downdate.kept).tolist())
        weight, bias = downdate.layer("fc2")
        assert (weight[:, ~downdate.kept] == 0).all()
        torch.testing.assert_close(reference.inputs["fc2"] @ weight.T + bias, said, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("kind", ["padded", "linked", "strided"])
def test_all_there_again_is_the_original(kind: str) -> None:
    model, X = drawn(kind, seed=1, samples=100)
    reference = Reference.prepare(model, X)
    for group in reference.prunable:
        downdate = Downdate(reference, group)
        for channel in (3, 0, 5):
            downdate.remove(channel)
        for channel in (0, 5, 3):
            downdate.restore(channel)
        for path in reference.groups[group].inputs:
            module = copy.deepcopy(reference.model.get_submodule(path))
            module.weight[:], bias = downdate.layer(path)
            module.bias = nn.Parameter(bias, requires_grad=False)
            found = module(reference.inputs[path])
            torch.testing.assert_close(found, reference.outputs[path], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", ["dense", "linked", "strided", "concatenated"])
def test_keeping_some_is_taking_the_others_away_one_by_one(kind: str) -> None:
    model, X = drawn(kind, seed=1, samples=100)
    reference = Reference.prepare(model, X)
    for group in reference.prunable:
        one_by_one, at_once = (Downdate(reference, group) for _ in range(2))
        for channel in (3, 0, 5):
            one_by_one.remove(channel)
        at_once.keep(np.isin(np.arange(len(at_once.kept)), (3, 0, 5), invert=True))
        np.testing.assert_array_equal(at_once.kept, one_by_one.kept)
        at_once.restore(0)
        one_by_one.restore(0)
        for path in reference.groups[group].inputs:
            for found, expected in zip(at_once.layer(path), one_by_one.layer(path), strict=True):
                torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_what_cannot_be_toggled_is_refused() -> None:
    model, X = drawn("tokens", seed=2)
    reference = Reference.prepare(model, X)
    with pytest.raises(UserError, match="group 99 cannot be pruned"):
        Downdate(reference, 99)
    downdate = Downdate(reference, reference.prunable[0])
    with pytest.raises(UserError, match="channel 1 cannot be put back: it is there"):
        downdate.restore(1)
    downdate.remove(1)
    with pytest.raises(UserError, match="channel 1 cannot be taken away"):
        downdate.remove(1)


def test_columns_that_hardly_vary_next_to_their_size_can_be_toggled() -> None:
    """Taking the means out leaves rounding, of any sign, on the diagonal of the Gram matrix."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 6), nn.ReLU(), nn.Linear(6, 3)).double()
    with torch.no_grad():
        model[0].weight.mul_(1e-13)
        model[0].bias.fill_(1e3)
    X = torch.randn(200, 2, dtype=torch.float64)
    # Constants go without a trace, so nothing else is left to try this on: the group is toggled all the same.
    downdate = Downdate(Reference.prepare(model, X), 0)
    assert np.isfinite(downdate.remove(2))
    downdate.restore(2)
    weight, bias = downdate.layer("2")
    torch.testing.assert_close(weight, model[2].weight.detach(), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(bias, model[2].bias.detach(), rtol=0, atol=1e-2)
