"""Survivors that can say all that the removed units said do; otherwise as much as least squares can."""

import copy

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import relu, unfold

from effdash.pruning.baseline import Baseline
from effdash.pruning.compensation import Rebuilt
from effdash.pruning.patches import Convolution
from effdash.pruning.rebuilding import rebuilt
from effdash.pruning.reference import Reference
from effdash.pruning.removal import Removal
from effdash.pruning.stages import Stage
from tests.pruning.planting import KINDS, Mixture, drawn, groups_of, linearised

LINEAR = [kind for kind in KINDS if "linked" not in kind and kind not in ("slopes", "smooth", "functional")]


def redundant(reference: Reference, channels: dict[int, list[int]]) -> list[Removal]:
    return [Removal(group, channel, Stage.REDUNDANT) for group, some in channels.items() for channel in some]


def error(reference: Reference, result: Rebuilt) -> float:
    """The margin-weighted squared error of the logits, differences between classes alone."""
    missed = result.logits - reference.logits
    missed -= missed.mean(axis=1, keepdims=True)
    return float(reference.weights @ (missed**2).sum(axis=1))


@pytest.mark.parametrize("kind", LINEAR)
def test_what_survivors_can_say_they_say(kind: str) -> None:
    """In every group two channels are mixtures of others: without them the network computes the same."""
    model, X = drawn(kind, seed=3, samples=200)
    linearised(model)
    # Two kernels, one behind the other, are no mixture where each of them is.
    for group in groups_of(model, X):
        if "depthwise" not in group.outputs:
            Mixture({0: 0.7, 2: -1.2}).write(model, group, 1)
            Mixture({0: -0.4, 2: 0.5}).write(model, group, 3)
    reference = Reference.prepare(model, X)
    chosen = [n for n in reference.prunable if "depthwise" not in reference.groups[n].outputs]
    removals = redundant(reference, {number: [1, 3] for number in chosen})
    result = rebuilt(reference, removals)
    scale = np.abs(reference.logits - reference.logits.mean(axis=0)).max()
    assert np.abs(result.logits - reference.logits).max() <= 1e-4 * scale
    with torch.no_grad():
        found = result.model(reference.X)
    # Convolutions say in float32 what they will say in float64.
    convolves = any(isinstance(module, Convolution) for module in model.modules())
    off = 1e-6 * np.abs(result.logits).max() if convolves else 1e-9
    torch.testing.assert_close(found, torch.from_numpy(result.logits), rtol=1e-9, atol=off)


@pytest.mark.parametrize("kind", KINDS)
def test_compensation_comes_closer_than_cutting(kind: str) -> None:
    model, X = drawn(kind, seed=4, samples=120)
    reference = Reference.prepare(model, X)
    rng = np.random.default_rng(4)
    channels = {
        number: rng.permutation(reference.groups[number].channels)[:2].tolist()
        for number in reference.prunable
    }
    removals = redundant(reference, channels)
    solved = error(reference, rebuilt(reference, removals))
    assert solved < 0.7 * error(reference, rebuilt(reference, removals, compensate=False))


def test_dense_layers_are_solved_front_to_back_as_numpy_would() -> None:
    model, X = drawn("dense", seed=5, samples=200)
    reference = Reference.prepare(model, X)
    found = rebuilt(reference, redundant(reference, {0: [1, 6], 1: [0], 2: [4]})).model
    kept = {"fc1": [0, 2, 3, 4, 5, 7], "fc2": [1, 2, 3, 4, 5, 6, 7], "fc3": [0, 1, 2, 3, 5, 6, 7]}
    root = np.sqrt(reference.weights)[:, None]
    weight, bias = model.fc1.weight[kept["fc1"]], model.fc1.bias[kept["fc1"]]
    h = relu(X @ weight.T + bias).detach().numpy()
    original = relu(model.fc1(X)).detach()
    for layer, name in ((model.fc2, "fc2"), (model.fc3, "fc3"), (model.out, "out")):
        target = layer(original).detach()
        rows = kept.get(name, [0, 1, 2])
        design = np.column_stack([h, np.ones(len(h))])
        solution = np.linalg.lstsq(root * design, root * target.numpy()[:, rows], rcond=None)[0]
        solved = found.get_submodule(name)
        ours = design @ np.vstack([solved.weight.T, solved.bias])
        np.testing.assert_allclose(ours, design @ solution, rtol=1e-3, atol=1e-3)
        h = np.maximum(ours, 0)
        original = relu(target)


class Images(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 3, padding=1)
        self.conv2 = nn.Conv2d(6, 5, 3, padding=1, stride=2)
        self.out = nn.Linear(5, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(relu(self.conv2(relu(self.conv1(x)))).mean((2, 3)))


def test_a_convolution_is_solved_on_its_unfolded_patches() -> None:
    torch.manual_seed(0)
    model, X = Images().double(), torch.randn(80, 1, 8, 8, dtype=torch.float64)
    reference = Reference.prepare(model, X)
    found = rebuilt(reference, redundant(reference, {0: [2, 5]})).model.conv2
    with torch.no_grad():
        h = relu(model.conv1(X))
        columns = unfold(h[:, [0, 1, 3, 4]], 3, padding=1, stride=2).transpose(1, 2).flatten(0, 1).numpy()
        target = model.conv2(h).flatten(2).transpose(1, 2).flatten(0, 1).numpy()
        root = np.sqrt(np.repeat(reference.weights, 16))[:, None]
        design = np.column_stack([columns, np.ones(len(columns))])
        solution = np.linalg.lstsq(root * design, root * target, rcond=None)[0]
        least = np.square(root * (design @ solution - target)).sum()
        solved = np.vstack([found.weight.flatten(1).T, found.bias])
        ours = np.square(root * (design @ solved - target)).sum()
    assert least < ours < 1.001 * least


def test_nothing_is_solved_behind_a_normalization_of_samples() -> None:
    model, X = drawn("tokens", seed=6)
    reference = Reference.prepare(model, X)
    (before, behind) = reference.prunable
    result = rebuilt(reference, redundant(reference, {before: [1, 2]}))
    assert not torch.equal(result.model.down1.weight, model.down1.weight[:, [0, *range(3, 9)]])
    for path in ("norm", "up2", "down2", "out"):
        ours, theirs = (m.get_submodule(path).state_dict() for m in (result.model, model))
        assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert any(note.startswith("up2 hears other values") and "normalization" in note for note in result.notes)
    # What itself lost inputs there is solved all the same.
    result = rebuilt(reference, redundant(reference, {before: [1], behind: [4]}))
    assert not torch.equal(result.model.down2.weight, model.down2.weight[:, [0, 1, 2, 3, 5, 6, 7, 8]])


def test_norms_that_cannot_be_folded_move_with_what_they_read() -> None:
    model, X = drawn("pre-activation", seed=7)
    reference = Reference.prepare(model, X)
    inner = next(n for n in reference.prunable if list(reference.groups[n].outputs) == ["inner.0"])
    result = rebuilt(reference, redundant(reference, {inner: [0, 1, 2]})).model
    with torch.no_grad():
        before, now = (
            m.stem(X) + m.outer[0](relu(m.inner[0](relu(m.norms[0](m.stem(X)))))) for m in (model, result)
        )
    dims = [0, 2, 3]
    moved = result.norms[1].running_mean - model.norms[1].running_mean
    assert (moved.abs() > 1e-6).any()
    torch.testing.assert_close(moved, now.mean(dims) - before.mean(dims))
    grown = result.norms[1].running_var / model.norms[1].running_var
    torch.testing.assert_close(grown, now.var(dims) / before.var(dims))


def test_norms_behind_a_layer_are_folded_and_stand_at_their_path_as_identities() -> None:
    model, X = drawn("residual", seed=8)
    reference = Reference.prepare(model, X)
    folded = Baseline.of(reference).model
    assert all(isinstance(folded.get_submodule(path), nn.Identity) for path in ("bn", "blocks.1.bn2"))
    assert isinstance(folded.blocks[1].downsample[1], nn.Identity)
    with torch.no_grad():
        torch.testing.assert_close(folded(X), model(X), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kind", ["dense", "padded", "residual", "grouped"])
def test_known_moments_give_what_the_data_give(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model, X = drawn(kind, seed=9, samples=100)
    reference = Reference.prepare(model, X)
    removals = redundant(reference, {group: [0, 2] for group in reference.prunable})
    expected = rebuilt(reference, removals).logits
    monkeypatch.setattr(Baseline, "equations", lambda self, node: None)
    found = rebuilt(reference, removals).logits
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_exact_and_redundant_removals_go_together() -> None:
    """A twin is merged before what is left is solved: with nothing else lost, solving has nothing to do."""
    model, X = drawn("padded", seed=10)
    with torch.no_grad():
        model.conv1.weight[3] = 2 * model.conv1.weight[1]
        model.conv1.bias[3] = 2 * model.conv1.bias[1]
        model.conv3.weight[0], model.conv3.bias[0] = 0, -1
    reference = Reference.prepare(model, X)
    twin = Removal(0, 3, Stage.TWIN, heir=1, factor=2.0)
    result = rebuilt(reference, [twin, *redundant(reference, {2: [0]})])
    np.testing.assert_allclose(result.logits, reference.logits, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(
        result.model.conv2.weight[:, 1], model.conv2.weight[:, 1] + 2 * model.conv2.weight[:, 3]
    )


def test_few_samples_are_said_and_leave_the_weights_near_their_own() -> None:
    model, X = drawn("dense", seed=11, samples=4)
    reference = Reference.prepare(model, X)
    result = rebuilt(reference, redundant(reference, {0: [1]}))
    assert any(
        note.startswith("fc2: compensation is underdetermined, 4 rows of data for 7") for note in result.notes
    )
    np.testing.assert_allclose(result.logits, reference.logits, atol=1e-3)
    kept = [0, *range(2, 8)]
    original = model.fc2.weight[:, kept]
    assert (result.model.fc2.weight - original).norm() < original.norm()


def test_rebuilding_leaves_the_reference_as_it_was() -> None:
    model, X = drawn("residual", seed=12)
    reference = Reference.prepare(model, X)
    before = copy.deepcopy(reference.model.state_dict())
    removals = redundant(reference, {group: [0] for group in reference.prunable})
    first = rebuilt(reference, removals).logits
    second = rebuilt(reference, removals).logits
    assert all(torch.equal(before[name], value) for name, value in reference.model.state_dict().items())
    np.testing.assert_array_equal(first, second)
