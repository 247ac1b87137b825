"""Networks on samples and on planes: what they answer, and where two of them differ."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from effdash.data import as_dataset
from effdash.decision import Plane, class_logits, compare_maps, decision_map, logits_of, responses
from effdash.models import build_model
from effdash.vocab import UserError


def plane(shape: tuple[int, ...], steps: int = 40) -> Plane:
    """A plane through random samples of this shape, of more points than go through a network at once."""
    X = torch.randn(20, *shape, generator=torch.Generator().manual_seed(0))
    data = as_dataset((X, torch.arange(20) % 3, X, torch.arange(20) % 3))
    return Plane.through(data, steps=steps)


class Halves(nn.Module):
    """Answers class 0 where the first feature is negative, else class 1, the surer the farther."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.stack([-x[:, 0], x[:, 0]], dim=1)


def test_the_map_of_a_line_that_is_known() -> None:
    X = torch.tensor([[-1.0, 0.0], [1.0, 2.0]])
    grid = Plane.around(as_dataset((X, torch.tensor([0, 1]), X, torch.tensor([0, 1]))), steps=4, margin=0.0)
    found = decision_map(Halves(), grid)
    assert found.classes.tolist() == [[0, 0, 1, 1]] * 4
    sure = 1 / (1 + np.exp(-2 * np.array([1, 1 / 3, 1 / 3, 1])))
    np.testing.assert_allclose(found.confidence, np.tile(sure, (4, 1)), rtol=1e-6)


def test_a_map_goes_in_batches_in_eval_mode_and_leaves_the_model_as_it_was() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 3))
    model.train()
    model[3].eval()
    grid = plane((5,))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    found = decision_map(model, grid)
    assert [module.training for module in model] == [True, True, True, False, True]
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    with torch.no_grad():
        whole = model.eval()(grid.points().float()).softmax(1)
    np.testing.assert_array_equal(found.classes.ravel(), whole.argmax(1))
    np.testing.assert_allclose(found.confidence.ravel(), whole.amax(1), rtol=1e-5)


def test_a_map_of_images_and_of_double_weights() -> None:
    torch.manual_seed(1)
    model = build_model("convolutional", input_shape=(1, 8, 8), n_classes=3, depth=1, width=4).double()
    grid = plane((1, 8, 8), steps=5)
    assert decision_map(model, grid).classes.shape == (5, 5)
    pre = responses(model, grid, "conv1")
    assert pre.shape == (4, 5, 5)
    with torch.no_grad():
        slow = model.conv1(grid.points()).amax((2, 3))
    np.testing.assert_allclose(pre.reshape(4, 25).T, slow, rtol=1e-5, atol=1e-6)


def test_one_logit_is_two_classes() -> None:
    output = torch.tensor([-1.0, 2.0])
    for shape in ((2,), (2, 1)):
        assert class_logits(output.reshape(shape)).tolist() == [[0, -1], [0, 2]]
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
    X = torch.randn(7, 2)
    logits = logits_of(model, X)
    assert logits.shape == (7, 2)
    np.testing.assert_allclose(logits[:, 1], model(X).detach()[:, 0], rtol=1e-6)


def test_logits_of_many_samples_are_those_of_each() -> None:
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    X = torch.randn(10, 3)
    np.testing.assert_allclose(logits_of(model, X, batch=3), model(X).detach(), rtol=1e-6)


class Pictures(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x[:, None, None]


class Words(nn.Module):
    def forward(self, x: Tensor) -> dict[str, Tensor]:
        return {"logits": x}


class Mean(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.mean(0)


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (nn.Linear(4, 2), r"the model cannot take samples of shape \(3,\): mat1 and mat2"),
        (Pictures(), r"answers shape \(5, 1, 1, 3\); it should answer one row of logits a sample"),
        (Words(), "answers a dict"),
        (Mean(), r"answers shape \(3,\) to 5 samples; it should answer one row a sample"),
    ],
)
def test_models_that_answer_no_logits_are_refused(model: nn.Module, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        logits_of(model, torch.zeros(5, 3))


def test_no_samples_and_nan_are_refused() -> None:
    with pytest.raises(UserError, match="there are no samples to answer"):
        logits_of(nn.Linear(3, 2), torch.zeros(0, 3))
    model = nn.Linear(5, 3)
    with torch.no_grad():
        model.weight.fill_(float("nan"))
    with pytest.raises(UserError, match="the model answers nan on the plane"):
        decision_map(model, plane((5,)))


def test_the_difference_of_two_maps_is_split_by_nearness() -> None:
    grid = plane((2,), steps=4)
    one, other = decision_map(Halves(), grid), decision_map(Halves(), grid)
    other.classes[0, :2] = 2
    other.classes[3, 3] = 2
    near = np.zeros((4, 4), dtype=bool)
    near[0] = True
    found = compare_maps(one, other, near)
    assert np.argwhere(found.differs).tolist() == [[0, 0], [0, 1], [3, 3]]
    assert (found.share, found.near, found.far) == (3 / 16, 2 / 4, 1 / 12)
    assert np.isnan(compare_maps(one, other, np.ones((4, 4), dtype=bool)).far)
    assert np.isnan(compare_maps(one, other, np.zeros((4, 4), dtype=bool)).near)
    with pytest.raises(UserError, match=r"grids of \(4, 4\) and \(5, 5\) points"):
        compare_maps(one, decision_map(Halves(), plane((2,), steps=5)), near)
