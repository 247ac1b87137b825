"""A loaded network at first sight: layers, answers, accuracy, and words about its input."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor, nn

import effdash as ed
from effdash.data import Dataset, as_dataset
from effdash.loading import as_it_is, fit, load, look_at, of_module
from effdash.vocab import UserError
from tests.loading import files


def corners() -> Dataset:
    """Four points and their classes, the same for test."""
    X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)
    return as_dataset((X, np.array([0, 1, 1, 1]), X, np.array([0, 1, 1, 0])))


class Known(nn.Module):
    """One layer of three units; the answers of class 1 are x1 + x2 - .5, those of class 0 are 0."""

    def __init__(self, outputs: int = 2) -> None:
        super().__init__()
        self.fc = nn.Linear(2, 3)
        self.out = nn.Linear(3, outputs)
        with torch.no_grad():
            self.fc.weight.copy_(torch.tensor([[1.0, 1], [1, 0], [0, 1]]))
            self.fc.bias.zero_()
            self.out.weight.zero_()
            self.out.weight[-1, 0] = 1
            self.out.bias.zero_()
            self.out.bias[-1] = -0.5

    def forward(self, x: Tensor) -> Tensor:
        return self.out(torch.relu(self.fc(x)))


@pytest.mark.parametrize("outputs", [1, 2])
def test_what_is_known_by_hand(outputs: int) -> None:
    model = Known(outputs)
    content = files.saved(model.state_dict())
    look = look_at(load("known.pt", content=content), corners())
    pd.testing.assert_frame_equal(
        look.layers,
        pd.DataFrame(
            [("fc", "relu", 3, "out", True, "")],
            columns=["layer", "activation", "units", "consumer", "prunable", "why_not"],
        ),
    )
    assert (look.accuracy_train, look.accuracy_test) == (1.0, 0.75)
    assert look.accuracy_question == "accuracy on test .75: is that what you expect?"
    assert look.answers["sample"].tolist() == [0, 1, 2, 3]
    assert look.answers["label"].tolist() == ["class 0", "class 1", "class 1", "class 0"]
    assert look.answers["answer"].tolist() == ["class 0", "class 1", "class 1", "class 1"]
    share = 1 / (1 + np.exp(-0.5))
    assert look.answers["probability"].to_numpy() == pytest.approx(
        [share, share, share, 1 / (1 + np.exp(-1.5))]
    )
    assert look.not_understood == ()


def test_words_about_the_input() -> None:
    data = corners()
    words = look_at(of_module(Known()), data).input_words
    assert "4 train and 4 test samples of shape (2,): one number a feature." in words
    assert "Values from 0 to 1, mean 0.5, standard deviation 0.5." in words
    assert "nothing is standardised unless asked" in words
    assert "of these classes, in this order: class 0, class 1." in words
    standardised = replace(data, mean=torch.tensor([1.0, 2]), scale=torch.tensor([2.0, 4]))
    assert "standardised with mean and deviation of the training part, as asked" in (
        look_at(of_module(Known()), standardised).input_words
    )


def test_of_a_mean_of_zero_no_rounding_is_told() -> None:
    data = ed.load_data("moons")
    assert 0 < abs(float(data.X_train.double().mean())) < 1e-6
    assert ", mean 0, standard deviation 1." in look_at(of_module(Known()), data).input_words
    small = replace(corners(), X_train=corners().X_train * 1e-9)
    assert ", mean 5e-10, standard deviation 5e-10." in look_at(of_module(Known()), small).input_words


def test_values_as_they_were() -> None:
    digits = ed.load_data("digits")
    raw = as_it_is(digits)
    assert as_it_is(raw) is raw
    assert torch.equal(raw.X_train, raw.X_train.round())
    assert (raw.X_train.min(), raw.X_train.max()) == (0, 16)
    assert torch.allclose((raw.X_train - digits.mean) / digits.scale, digits.X_train, atol=1e-5)
    moons = ed.load_data("moons")
    assert torch.allclose(as_it_is(moons).X_test, moons.X_test * moons.scale + moons.mean)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 2)), r"cannot take samples of shape \(2,\)"),
        (nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Flatten(0)), r"answers shape \(4,\) to 2 samples"),
        (nn.LSTM(2, 2), "answers a tuple; it should answer one tensor"),
    ],
)
def test_a_network_that_does_not_fit_is_refused(model: nn.Module, said: str) -> None:
    with pytest.raises(UserError, match=said):
        look_at(of_module(model), corners())


def test_shapes_are_fitted_only_where_nothing_can_be_confused() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8, 2))
    content = files.saved(model.state_dict())
    loaded = load("conv.pt", content=content, input_shape=(1, 4, 4), architecture="stack:way=1")
    y = np.array([0, 1])
    flat, last, other = (np.random.default_rng(0).random((2, *shape)) for shape in ((16,), (4, 4, 1), (2, 8)))
    fitted = fit(loaded, as_dataset((flat, y, flat, y)))
    assert fitted.data.input_shape == (1, 4, 4)
    assert fitted.notes == ("the 16 numbers of a sample are taken as shape (1, 4, 4); they come as (16,)",)
    assert torch.equal(fitted.data.X_train.flatten(), torch.tensor(flat).float().flatten())
    assert fit(loaded, as_dataset((last, y, last, y))).data.input_shape == (1, 4, 4)
    with pytest.raises(UserError, match=r"conv takes samples of shape \(1, 4, 4\); the data .* \(2, 8\)"):
        fit(loaded, as_dataset((other, y, other, y)))


def test_sides_in_another_order_are_told() -> None:
    model = nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8, 2))
    loaded = load(
        "conv.pt", content=files.saved(model.state_dict()), input_shape=(3, 4, 4), architecture="stack:way=1"
    )
    X, y = np.zeros((2, 4, 4, 3)), np.array([0, 1])
    with pytest.raises(UserError, match=r"the sides are in another order .*channels first"):
        fit(loaded, as_dataset((X, y, X, y)))


def test_labels_outside_the_classes_are_refused() -> None:
    X = corners().X_train
    data = as_dataset((X, np.array([0, 1, 2, 1]), X, np.array([0, 1, 1, 0])))
    with pytest.raises(UserError, match=r"the label 2 \(class 2\), but known answers 2 classes, 0 to 1"):
        look_at(load("known.pt", content=files.saved(Known().state_dict())), data)
    with pytest.raises(UserError, match="answers one number, which tells two classes apart, 0 to 1"):
        look_at(of_module(Known(1)), data)


def test_more_answers_than_classes_get_names() -> None:
    fitted = fit(of_module(Known(4)), corners())
    assert fitted.data.class_names == ("class 0", "class 1", "class 2", "class 3")
    assert fitted.notes == ("it answers 4 classes; of these the data know 2",)


def test_one_share_is_taken_as_a_logit() -> None:
    model = nn.Sequential(*Known(1).children())
    model = nn.Sequential(model[0], nn.ReLU(), model[1], nn.Sigmoid())
    look = look_at(of_module(model), corners())
    assert look.accuracy_train == 1
    assert "its last step, a sigmoid, is left out" in look.notes[0]
    assert look.layers["layer"].tolist() == ["0"]


def test_probabilities_stay_probabilities() -> None:
    parts = list(Known(2).children())
    model = nn.Sequential(parts[0], nn.ReLU(), parts[1], nn.Softmax(1))
    look, plain = look_at(of_module(model), corners()), look_at(of_module(Known(2)), corners())
    assert look.answers["probability"].to_numpy() == pytest.approx(plain.answers["probability"].to_numpy())


@pytest.mark.parametrize("classes", [False, True])
def test_without_classes_nothing_is_said_of_accuracy(classes: bool) -> None:
    """Neither where the data have none, nor where the answers are none."""
    data = corners()
    if classes:
        known = Known(2)
        model: nn.Module = nn.Sequential(known.fc, nn.ReLU(), known.out, nn.Unflatten(1, (1, 2)))
    else:
        model = Known(1)
        data = replace(data, class_names=(), y_train=data.y_train * 0, y_test=data.y_test * 0)
    look = look_at(of_module(model), data)
    assert (look.accuracy_train, look.accuracy_test, look.accuracy_question) == (None, None, None)
    assert look.answers["label"].tolist() == [""] * 4
    assert look.answers["answer"].iloc[0].endswith("-0.5")
    assert not look.layers["prunable"].any()
    assert "No classes." in look.input_words


class Odd(nn.Module):
    """A layer inside what effdash has no operator for, and one whose units are added to the input."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc2, self.out = nn.Linear(2, 4), nn.Linear(4, 4), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.relu(self.fc1(x))
        return self.out(torch.relu(torch.cumsum(self.fc2(h), dim=1)))


def test_what_is_not_understood_and_cannot_be_pruned_is_said() -> None:
    look = look_at(of_module(Odd()), corners())
    assert look.layers["prunable"].tolist() == [True, False]
    assert "cumsum" in look.layers["why_not"].iloc[1]
    assert any("keeps tables only" in sentence for sentence in look.not_understood)
    assert any("cumsum" in sentence for sentence in look.not_understood)


def test_model_and_data_stay_as_they_are() -> None:
    model, data = Known().train(), corners()
    loaded = of_module(model)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    look_at(loaded, data)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
