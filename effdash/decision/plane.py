"""Planes through the input space on which a decision function can be drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from effdash.data import Dataset
from effdash.vocab import UserError

STEPS: Final = 96
MARGIN: Final = 0.2
FLAT: Final = 1e-6
"""A direction counts as none where it is shorter than this share of the largest value."""


class PlaneKind(StrEnum):
    """How a plane lies."""

    RAW = "raw"
    SAMPLES = "samples"
    AXES = "axes"


@dataclass(frozen=True, eq=False)
class Plane:
    """A grid of `steps x steps` points on a plane through the input space, row by row, the lowest first.

    Lengths and distances are Euclidean in the input space as the network gets it: standardised, where the
    data are one of effdash's own sets.
    """

    origin: Float[np.ndarray, " feature"]
    axes: Float[np.ndarray, "2 feature"]
    """Orthonormal; a point of the plane is `origin + x * axes[0] + y * axes[1]`."""
    extent: tuple[float, float, float, float]
    """Lowest x, highest x, lowest y, highest y."""
    steps: int
    input_shape: tuple[int, ...]
    kind: PlaneKind
    anchors: tuple[int, ...]
    """The training samples it goes through, where it was laid through three."""
    description: str
    """Which plane this is, as the page says it."""

    @classmethod
    def _over(
        cls,
        data: Dataset,
        origin: Float[np.ndarray, " feature"],
        axes: Float[np.ndarray, "2 feature"],
        *,
        kind: PlaneKind,
        description: str,
        steps: int,
        margin: float,
        anchors: tuple[int, ...] = (),
    ) -> "Plane":
        """A plane as wide as the shadows of all samples, and `margin` of their range on every side."""
        return cls(
            origin=origin,
            axes=axes,
            extent=_extent(data, origin, axes, margin),
            steps=steps,
            input_shape=data.input_shape,
            kind=kind,
            anchors=anchors,
            description=description,
        )

    @classmethod
    def around(cls, data: Dataset, steps: int = STEPS, margin: float = MARGIN) -> "Plane":
        """The plane of two features itself, wider than all samples by `margin` of their range on every side.

        Raises:
            UserError: the data have another number of features than two.
        """
        if data.input_shape != (2,):
            raise UserError(f"the plane needs data with two features; these have shape {data.input_shape}")
        x, y = data.feature_names or ("x1", "x2")
        return cls._over(
            data,
            np.zeros(2),
            np.eye(2),
            kind=PlaneKind.RAW,
            description=f"{x} and {y}",
            steps=steps,
            margin=margin,
        )

    @classmethod
    def through(
        cls,
        data: Dataset,
        samples: Sequence[int] | None = None,
        steps: int = STEPS,
        margin: float = MARGIN,
    ) -> "Plane":
        """The plane through three training samples, wide enough for the shadows of all samples on it.

        By default they are the medoids of the three classes with most samples (equally many: the lower number
        first). Where there are but two classes, or medoids that lie on one line, the sample farthest from
        that line takes the place. The first lies at (0, 0), the second on the x axis.

        Raises:
            UserError: not three samples of the training data, or samples that all lie on one line.
        """
        X = _flat(data.X_train)
        if samples is None:
            anchors = _spanning(X, medoids(data.X_train, data.y_train))
        else:
            anchors = _checked_samples(samples, len(X))
        origin, axes = X[anchors[0]], _orthonormal(X[list(anchors)])
        if len(axes) < 2:
            listed = "all training samples" if samples is None else f"samples {_listed(anchors)}"
            raise UserError(f"{listed} lie on one line: no plane goes through them alone")
        names = [f"{number} ({_class_words(data, number)})" for number in anchors]
        description = f"through the train samples {_listed(names)}"
        return cls._over(
            data,
            origin,
            axes,
            kind=PlaneKind.SAMPLES,
            description=description,
            steps=steps,
            margin=margin,
            anchors=anchors,
        )

    @classmethod
    def principal(cls, data: Dataset, steps: int = STEPS, margin: float = MARGIN) -> "Plane":
        """The plane through the mean of the training samples along the two axes on which they vary most.

        Raises:
            UserError: the samples vary along one line at most.
        """
        X = _flat(data.X_train)
        origin = X.mean(axis=0)
        axes, variances, total = _principal_axes(X - origin)
        if len(axes) < 2 or variances[1] <= FLAT**2 * variances[0]:
            raise UserError("all training samples lie on one line: they have no two principal axes")
        description = f"two principal axes, {100 * variances.sum() / total:.0f} % of the variance"
        return cls._over(
            data,
            origin,
            axes,
            kind=PlaneKind.AXES,
            description=description,
            steps=steps,
            margin=margin,
        )

    def points(self) -> Float[Tensor, "point *feature"]:
        """All grid points in the input space, float64, `steps * steps` of the data's input shape."""
        grid = torch.from_numpy(self.grid() @ self.axes + self.origin)
        return grid.reshape(-1, *self.input_shape)

    def grid(self) -> Float[np.ndarray, "point 2"]:
        """The places (x, y) of all grid points on the plane."""
        left, right, bottom, top = self.extent
        x, y = np.meshgrid(np.linspace(left, right, self.steps), np.linspace(bottom, top, self.steps))
        return np.column_stack([x.ravel(), y.ravel()])

    def coordinates(self, X: Float[Tensor, "sample *feature"]) -> Float[np.ndarray, "sample 2"]:
        """Where the samples' shadows fall on the plane: (x, y) of each."""
        return (_flat(X) - self.origin) @ self.axes.T

    def distances(self, X: Float[Tensor, "sample *feature"]) -> Float[np.ndarray, " sample"]:
        """How far every sample is from the plane."""
        centred = _flat(X) - self.origin
        return np.linalg.norm(centred - (centred @ self.axes.T) @ self.axes, axis=1)


def medoids(X: Float[Tensor, "sample *feature"], y: Tensor) -> list[int]:
    """The medoid of every class, the class with most samples first; equally many: the lower number first.

    The medoid is the sample with the smallest sum of squared distances to its class, which is the one nearest
    to the class's mean.
    """
    flat, labels = _flat(X), y.cpu().numpy()
    classes, counts = np.unique(labels, return_counts=True)
    found = []
    for number in classes[np.argsort(-counts, kind="stable")]:
        members = np.flatnonzero(labels == number)
        distances = np.linalg.norm(flat[members] - flat[members].mean(axis=0), axis=1)
        found.append(int(members[distances.argmin()]))
    return found


def _extent(
    data: Dataset, origin: np.ndarray, axes: np.ndarray, margin: float
) -> tuple[float, float, float, float]:
    """Wider than the shadows of all samples by `margin` of their range; by 1 where they have no range."""
    X = np.concatenate([_flat(data.X_train), _flat(data.X_test)])
    places = (X - origin) @ axes.T
    low, high = places.min(axis=0), places.max(axis=0)
    room = np.where(high > low, (high - low) * margin, 1.0)
    (left, bottom), (right, top) = (low - room).tolist(), (high + room).tolist()
    return left, right, bottom, top


def _flat(X: Tensor) -> np.ndarray:
    """Samples as rows of the input space, float64."""
    return X.detach().flatten(1).double().cpu().numpy()


def _checked_samples(samples: Sequence[int], n: int) -> tuple[int, ...]:
    if len(samples) != 3 or not all(0 <= number < n for number in samples):
        raise UserError(
            f"samples = {list(samples)}: a plane goes through three of the training samples, 0 to {n - 1}"
        )
    return tuple(int(number) for number in samples)


def _spanning(X: np.ndarray, wanted: Sequence[int]) -> tuple[int, ...]:
    """The first three of `wanted` that lie on no line, filled up with the samples farthest from theirs."""
    anchors = [wanted[0]]
    for number in wanted[1:]:
        if len(anchors) < 3 and len(_orthonormal(X[[*anchors, number]])) == len(anchors):
            anchors.append(number)
    while len(anchors) < 3:
        centred = X - X[anchors[0]]
        axes = _orthonormal(X[anchors])
        anchors.append(int(np.linalg.norm(centred - (centred @ axes.T) @ axes, axis=1).argmax()))
    return tuple(anchors)


def _orthonormal(points: np.ndarray) -> np.ndarray:
    """An orthonormal basis (Gram-Schmidt) of what points span, as rows.

    From the first to the second point, then towards the others; what adds no direction is left out.
    """
    directions = points[1:] - points[0]
    scale = np.abs(points).max()
    basis = np.empty((0, points.shape[1]))
    for direction in directions:
        rest = direction - basis.T @ (basis @ direction)
        length = np.linalg.norm(rest)
        if length > FLAT * scale:
            basis = np.vstack([basis, rest / length])
    return basis


def _principal_axes(centred: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """The two axes of largest variance, the larger first, their variances, and the whole variance.

    Of the features' or of the samples' second moments, whichever are fewer. An axis points to where its
    largest entry is positive, so that the same data give the same picture.
    """
    from scipy.linalg import eigh

    n, d = centred.shape
    moments = (centred.T @ centred if d <= n else centred @ centred.T) / n
    last = len(moments) - 1
    variances, vectors = eigh(moments, subset_by_index=(max(0, last - 1), last))
    variances, axes = variances[::-1].clip(min=0), vectors.T[::-1]
    if d > n:
        axes = axes @ centred
        lengths = np.linalg.norm(axes, axis=1, keepdims=True)
        axes = np.divide(axes, lengths, out=np.zeros_like(axes), where=lengths > 0)
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1)
    return axes * np.where(largest < 0, -1.0, 1.0), variances, float(moments.trace())


def _class_words(data: Dataset, number: int) -> str:
    """The class of a training sample; one that is called by a mere number says that it is a class."""
    name = data.class_names[int(data.y_train[number])]
    return f"class {name}" if name.isdecimal() else name


def _listed(items: Sequence[object]) -> str:
    *others, last = map(str, items)
    return f"{', '.join(others)} and {last}"
