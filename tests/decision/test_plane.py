"""Planes: where they lie, how far samples are from them, and how near their points are to data."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from effdash.data import Dataset, as_dataset
from effdash.decision import Plane, medoids, near_data
from effdash.decision.nearness import near_data_radius, nearest_distance
from effdash.vocab import UserError


def dataset(X: list[list[float]] | Tensor, y: list[int]) -> Dataset:
    """These samples as the training part; the test part repeats them."""
    samples, labels = torch.as_tensor(X, dtype=torch.float32), torch.tensor(y)
    return as_dataset((samples, labels, samples, labels))


CORNERS = [[1.0, 0.0, 2.0], [4.0, 0.0, 2.0], [1.0, 5.0, 2.0], [2.0, 3.0, 9.0]]
"""Three samples on the plane z = 2, and one that is 7 above it."""


def test_the_plane_through_three_samples_in_space() -> None:
    data = dataset(CORNERS, [0, 1, 2, 2])
    plane = Plane.through(data, (0, 1, 2), margin=0.0)
    np.testing.assert_allclose(plane.origin, [1, 0, 2])
    np.testing.assert_allclose(plane.axes, [[1, 0, 0], [0, 1, 0]], atol=1e-12)
    np.testing.assert_allclose(plane.coordinates(data.X_train), [[0, 0], [3, 0], [0, 5], [1, 3]], atol=1e-12)
    np.testing.assert_allclose(plane.distances(data.X_train), [0, 0, 0, 7], atol=1e-12)
    assert plane.extent == pytest.approx((0, 3, 0, 5))
    assert plane.description == "through the train samples 0 (class 0), 1 (class 1) and 2 (class 2)"


def test_its_points_go_row_by_row_from_below_in_the_shape_of_the_input() -> None:
    data = dataset(torch.tensor(CORNERS).reshape(4, 1, 3, 1), [0, 1, 2, 2])
    plane = Plane.through(data, (0, 1, 2), steps=3, margin=0.0)
    points = plane.points()
    assert points.shape == (9, 1, 3, 1)
    places = [[1 + x, y, 2] for y in (0, 2.5, 5) for x in (0, 1.5, 3)]
    np.testing.assert_allclose(points.reshape(9, 3).numpy(), places, atol=1e-12)


def test_a_medoid_has_the_smallest_sum_of_squared_distances() -> None:
    generator = np.random.default_rng(0)
    X = generator.normal(size=(60, 4))
    y = np.repeat([0, 1, 2], [15, 25, 20])
    slow = []
    for label in (1, 2, 0):
        members = np.flatnonzero(y == label)
        sums = [sum(((X[i] - X[j]) ** 2).sum() for j in members) for i in members]
        slow.append(int(members[np.argmin(sums)]))
    assert medoids(torch.from_numpy(X), torch.from_numpy(y)) == slow


def test_the_default_plane_goes_through_the_medoids_of_the_three_largest_classes() -> None:
    generator = np.random.default_rng(1)
    sizes = [6, 9, 3, 9]
    X = torch.from_numpy(generator.normal(size=(sum(sizes), 5))).float()
    y = torch.arange(4).repeat_interleave(torch.tensor(sizes))
    data = as_dataset((X, y, X, y))
    plane = Plane.through(data)
    assert plane.anchors == tuple(medoids(data.X_train, data.y_train)[:3])
    # The largest first, and of the two that are equally large the one of lower number.
    assert [int(y[number]) for number in plane.anchors] == [1, 3, 0]
    np.testing.assert_allclose(plane.distances(X[list(plane.anchors)]), 0, atol=1e-6)


def test_two_classes_take_the_sample_farthest_from_the_line() -> None:
    X = [[0.0, 0, 0], [4.0, 0, 0], [2.0, 1, 0], [-9.0, 0, 0.5], [0.0, 0, 0], [4.0, 0, 0]]
    data = dataset(X, [0, 1, 0, 1, 0, 1])
    first, second = medoids(data.X_train, data.y_train)
    assert Plane.through(data).anchors == (first, second, 2)


def test_medoids_on_a_line_are_replaced() -> None:
    X = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [2.0, 0.0, 0.0], [5.0, 3.0, 0.0], [5.0, -3.0, 0.0]]
    data = dataset(X, [0, 1, 2, 3, 4])
    plane = Plane.through(data)
    assert plane.anchors == (0, 1, 3)
    np.testing.assert_allclose(plane.distances(data.X_train), 0, atol=1e-6)


@pytest.mark.parametrize(
    ("samples", "sentence"),
    [
        ((0, 1), r"samples = \[0, 1\]: a plane goes through three of the training samples, 0 to 3"),
        ((0, 1, 4), "three of the training samples, 0 to 3"),
        ((0, 1, -1), "three of the training samples, 0 to 3"),
        ((0, 1, 1), "samples 0, 1 and 1 lie on one line"),
    ],
)
def test_three_samples_that_make_no_plane_are_refused(samples: tuple[int, ...], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        Plane.through(dataset(CORNERS, [0, 1, 2, 2]), samples)


@pytest.mark.parametrize("feature", [[[0.1], [0.7], [0.4]], [[0.1, 0.3], [0.2, 0.6], [0.3, 0.9]]])
def test_samples_on_a_line_have_no_plane(feature: list[list[float]]) -> None:
    data = dataset(feature, [0, 1, 0])
    with pytest.raises(UserError, match="all training samples lie on one line: no plane"):
        Plane.through(data)
    with pytest.raises(UserError, match="all training samples lie on one line: they have no two principal"):
        Plane.principal(data)


@pytest.mark.parametrize("samples", [40, 6])
def test_principal_axes_are_those_of_a_full_decomposition(samples: int) -> None:
    generator = np.random.default_rng(2)
    X = torch.from_numpy(generator.normal(size=(samples, 12)) * np.linspace(3, 0.5, 12)).float()
    data = dataset(X, [0, 1] * (samples // 2))
    plane = Plane.principal(data)
    rows = X.double().numpy()
    _, values, axes = np.linalg.svd(rows - rows.mean(0))
    np.testing.assert_allclose(plane.origin, rows.mean(0))
    np.testing.assert_allclose(np.abs((plane.axes * axes[:2]).sum(1)), 1, atol=1e-9)
    assert all(axis[np.abs(axis).argmax()] > 0 for axis in plane.axes)
    explained = 100 * (values[:2] ** 2).sum() / (values**2).sum()
    assert plane.description == f"two principal axes, {explained:.0f} % of the variance"


def test_the_raw_plane_is_that_of_the_two_features() -> None:
    data = dataset([[0.0, 10.0], [5.0, 10.0], [5.0, 10.0]], [0, 1, 1])
    plane = Plane.around(data, steps=3, margin=0.2)
    # Nothing varies along the second feature: one unit of room on either side.
    assert plane.extent == (-1, 6, 9, 11)
    np.testing.assert_allclose(plane.points()[:4].numpy(), [[-1, 9], [2.5, 9], [6, 9], [-1, 10]])
    np.testing.assert_array_equal(plane.distances(data.X_train), 0)
    assert plane.description == "x1 and x2"
    with pytest.raises(UserError, match=r"two features; these have shape \(3,\)"):
        Plane.around(dataset(CORNERS, [0, 1, 2, 2]))


@settings(derandomize=True, deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000), samples=st.integers(4, 30), features=st.integers(2, 9))
def test_the_nearest_sample_is_that_of_all_distances(seed: int, samples: int, features: int) -> None:
    generator = np.random.default_rng(seed)
    X = torch.from_numpy(generator.normal(size=(samples, features)))
    data = as_dataset((X, torch.arange(samples) % 3, X, torch.arange(samples) % 3))
    for plane in (Plane.through(data, steps=6), Plane.principal(data, steps=6)):
        np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-9)
        differences = plane.points()[:, None] - X[None]
        slow = differences.square().sum(2).sqrt().amin(1).reshape(6, 6)
        np.testing.assert_allclose(nearest_distance(plane, X), slow, atol=1e-9)


def test_near_data_is_as_near_as_samples_are_to_each_other() -> None:
    generator = np.random.default_rng(3)
    X = generator.normal(size=(150, 3))
    distances = np.linalg.norm(X[:, None] - X[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    assert near_data_radius(torch.from_numpy(X)) == pytest.approx(np.percentile(distances.min(1), 95))


def test_points_are_near_data_up_to_that_distance_and_of_one_sample_nothing_is_told() -> None:
    X = torch.from_numpy(np.random.default_rng(0).normal(size=(30, 2)))
    plane = Plane.around(dataset(X, [0, 1] * 15), steps=12)
    near = near_data(plane, X)
    slow = torch.cdist(plane.points(), X).amin(1).reshape(12, 12)
    np.testing.assert_array_equal(near, slow.numpy() <= near_data_radius(X))
    assert 0 < near.mean() < 1
    alone = near_data(plane, X[:1])
    assert alone.shape == (12, 12)
    assert not alone.any()


def test_of_many_samples_a_thousand_are_asked_against_all() -> None:
    line = torch.arange(2001.0)[:, None] ** 2
    # Asked is every second one, of which the nearest neighbour is the one before: 2k - 1 away.
    assert near_data_radius(line) == pytest.approx(
        np.percentile(2 * np.linspace(0, 2000, 1000).round() - 1, 95)
    )


def test_nearness_without_neighbours_is_refused() -> None:
    data = dataset(CORNERS, [0, 1, 2, 2])
    with pytest.raises(UserError, match="at least two samples, not 1"):
        near_data_radius(data.X_train[:1])
    with pytest.raises(UserError, match="no samples to be near to"):
        nearest_distance(Plane.through(data), data.X_train[:0])
