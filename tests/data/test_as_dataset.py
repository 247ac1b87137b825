"""Somebody's own tensors and arrays as a data set."""

import numpy as np
import pytest
import torch

from effdash.data import as_dataset, load_data
from effdash.vocab import UserError

X = torch.tensor([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0, 7.0, 8.0], [9.0, 10.0, 11.0]])
Y = torch.tensor([0, 1, 2, 0])


def test_a_dataset_stays_itself():
    data = load_data("moons")
    assert as_dataset(data) is data


def test_tensors_keep_their_values_and_dtype():
    data = as_dataset((X.double(), Y, X[:2].double(), Y[:2]))
    assert torch.equal(data.X_train, X.double())
    assert data.X_train.dtype == data.X_test.dtype == torch.float64
    assert torch.equal(data.y_train, Y)
    assert (data.input_shape, data.n_classes, data.image_shape) == ((3,), 3, None)
    assert data.class_names == ("class 0", "class 1", "class 2")
    assert data.feature_names == ("x1", "x2", "x3")
    assert torch.equal(data.X_test * data.scale + data.mean, X[:2].double())


@pytest.mark.parametrize("convert", [np.asarray, np.ndarray.tolist, lambda array: array[::-1][::-1]])
def test_arrays_become_float32_and_int64(convert):
    x, y = X.double().numpy(), Y.numpy().astype(np.int32)
    data = as_dataset((convert(x), convert(y), convert(x), convert(y)))
    assert torch.equal(data.X_train, X)
    assert torch.equal(data.y_test, Y)
    assert data.X_train.dtype == torch.float32


def test_whole_numbers_are_taken_as_features_and_whole_floats_as_classes():
    data = as_dataset((X.long(), Y.float(), X.long(), Y.float()))
    assert torch.equal(data.X_train, X)
    assert torch.equal(data.y_train, Y)


def test_images_know_their_shape():
    images = torch.zeros(4, 3, 5, 6)
    data = as_dataset((images, Y, images[:2], Y[:2]))
    assert data.input_shape == data.image_shape == (3, 5, 6)
    assert data.feature_names == ()


def test_the_arguments_are_left_as_they_were():
    parts = (X.clone(), Y.clone(), X.clone().requires_grad_(), Y.clone())
    data = as_dataset(parts)
    assert parts[2].requires_grad
    assert not data.X_test.requires_grad
    assert torch.equal(parts[0], X)


def with_one(value: float) -> torch.Tensor:
    spoiled = X.clone()
    spoiled[2, 1] = value
    return spoiled


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (X, r"data should be a Dataset or a tuple \(X_train, y_train, X_test, y_test\), not Tensor"),
        ((X, Y), r"not a tuple of 2"),
        ((X, Y, X[:0], Y[:0]), r"X_test is empty: its shape is \(0, 3\)"),
        ((X[:, :0], Y, X, Y), r"X_train is empty: its shape is \(4, 0\)"),
        ((X[:, 0], Y, X, Y), r"X_train has shape \(4,\); it should have one row a sample"),
        ((X, Y[:3], X, Y), r"y_train has shape \(3,\), but X_train holds 4 samples"),
        ((X, Y[:, None], X, Y), r"y_train has shape \(4, 1\)"),
        ((X, Y, X[:, :2], Y), r"X_test has samples of shape \(2,\), but X_train of shape \(3,\)"),
        ((with_one(float("nan")), Y, X, Y), r"X_train holds a nan or an infinite value, first in sample 2"),
        ((X, Y, with_one(float("-inf")).numpy(), Y), r"X_test holds a nan or an infinite value"),
        ((X, torch.zeros(4), X, Y), r"y_train holds one class only, 0; at least two are needed"),
        ((X, Y - 1, X, Y), r"y_train holds labels that are no class numbers"),
        ((X, Y + 0.5, X, Y), r"y_train holds labels that are no class numbers"),
        ((X, Y * float("nan"), X, Y), r"y_train holds labels that are no class numbers"),
        ((X, Y + 123_456, X, Y), r"y_train holds 123458, which is no class number; they end at 99999"),
        ((X, np.array(["a", "b", "c", "a"]), X, Y), r"y_train should be a tensor or an array of numbers"),
        (
            ([[1.0, 2.0], [3.0]], Y, X, Y),
            r"X_train should be a tensor or an array of numbers, not a list of 2",
        ),
    ],
)
def test_bad_input_is_told_in_one_sentence(data, message):
    with pytest.raises(UserError, match=message):
        as_dataset(data)
