"""A data set, split and ready for a network, and how foreign tensors become one."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from effdash.vocab import UserError

MOST_CLASSES: Final = 100_000
"""Beyond this, labels are taken for measurements that somebody gave by mistake."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Samples with their classes, in a training and a test part, which may be empty.

    Without classes, as for a regression, `class_names` is empty and every label is 0.
    """

    X_train: Float[Tensor, "train *feature"]
    y_train: Int64[Tensor, " train"]
    X_test: Float[Tensor, "test *feature"]
    y_test: Int64[Tensor, " test"]
    class_names: tuple[str, ...]
    feature_names: tuple[str, ...]
    """One name a feature; empty where a sample is no plain vector."""
    image_shape: tuple[int, int, int] | None
    """Channels, height, width of a sample drawn as an image; `None`: it is none."""
    mean: Float[Tensor, "*feature"]
    scale: Float[Tensor, "*feature"]
    """`x * scale + mean` is the original value."""
    name: str = ""
    """What the data are called; empty where nobody has said."""

    @property
    def input_shape(self) -> tuple[int, ...]:
        return tuple(self.X_train.shape[1:])

    @property
    def n_classes(self) -> int:
        return len(self.class_names)


def as_dataset(data: Any) -> Dataset:
    """A `Dataset` as it is; `(X_train, y_train, X_test, y_test)` of tensors or arrays as a `Dataset`.

    The values are taken as they are, not standardised. Arrays become float32, numpy's float64 being a default
    that nobody chose; tensors keep their floating dtype. Classes are whole numbers from 0.

    Raises:
        UserError: another kind of thing, an empty part, samples and labels of different number, parts of
            different shape, a nan or an infinite value, a label that is no class number, or one class only.
    """
    if isinstance(data, Dataset):
        return data
    if not isinstance(data, tuple | list) or len(data) != 4:
        raise UserError(
            f"data should be a Dataset or a tuple (X_train, y_train, X_test, y_test), not {_described(data)}"
        )
    X_train, y_train = _part("train", data[0], data[1])
    X_test, y_test = _part("test", data[2], data[3])
    shape = X_train.shape[1:]
    if X_test.shape[1:] != shape:
        raise UserError(
            f"X_test has samples of shape {tuple(X_test.shape[1:])}, but X_train of shape {tuple(shape)}"
        )
    if len(y_train.unique()) < 2:
        raise UserError(f"y_train holds one class only, {int(y_train[0])}; at least two are needed")
    n_classes = 1 + max(int(y_train.max()), int(y_test.max()))
    return Dataset(
        X_train=X_train,
        y_train=y_train,
        X_test=X_test.to(X_train.dtype),
        y_test=y_test,
        class_names=numbered("class", n_classes, start=0),
        feature_names=numbered("x", shape[0], start=1) if len(shape) == 1 else (),
        image_shape=(shape[0], shape[1], shape[2]) if len(shape) == 3 else None,
        mean=torch.zeros(shape, dtype=X_train.dtype),
        scale=torch.ones(shape, dtype=X_train.dtype),
    )


def numbered(word: str, count: int, *, start: int) -> tuple[str, ...]:
    """Names such as `class 0`, `class 1`; a single letter takes its number without a space, as `x1`."""
    space = "" if len(word) == 1 else " "
    return tuple(f"{word}{space}{number}" for number in range(start, start + count))


def _part(split: str, samples: Any, labels: Any) -> tuple[Tensor, Tensor]:
    X = as_samples(f"X_{split}", samples)
    return X, as_labels(f"y_{split}", labels, len(X))


def as_samples(name: str, values: Any) -> Float[Tensor, "sample *feature"]:
    """Samples as a floating tensor: arrays become float32, tensors keep their floating dtype.

    Raises:
        UserError: no numbers, none at all, no row a sample, a nan or an infinity; the message has `name`.
    """
    X = _tensor(name, values)
    if X.ndim < 2:
        raise UserError(
            f"{name} has shape {tuple(X.shape)}; it should have one row a sample: (sample, feature)"
        )
    if X.numel() == 0:
        raise UserError(f"{name} is empty: its shape is {tuple(X.shape)}")
    if not X.is_floating_point():
        X = X.float()
    if not X.isfinite().all():
        row = int((~X.isfinite()).flatten(1).any(dim=1).nonzero()[0, 0])
        raise UserError(f"{name} holds a nan or an infinite value, first in sample {row}")
    return X


def as_labels(name: str, values: Any, n_samples: int) -> Int64[Tensor, " sample"]:
    """Class numbers from 0, one a sample.

    Raises:
        UserError: another number of them, or a value that is no class number; the message has `name`.
    """
    y = _tensor(name, values)
    if y.shape != (n_samples,):
        raise UserError(
            f"{name} has shape {tuple(y.shape)}, but {name.replace('y', 'X', 1)} holds {n_samples} samples; "
            f"it should have shape ({n_samples},)"
        )
    classes = y.long()
    if not torch.equal(classes.to(y.dtype), y) or bool((classes < 0).any()):
        raise UserError(f"{name} holds labels that are no class numbers; they should be 0, 1, 2, …")
    if int(classes.max()) >= MOST_CLASSES:
        raise UserError(
            f"{name} holds {int(classes.max())}, which is no class number; they end at {MOST_CLASSES - 1}"
        )
    return classes


def _tensor(name: str, values: Any) -> Tensor:
    if isinstance(values, Tensor):
        return values.detach()
    try:
        array = np.ascontiguousarray(values)
        if array.dtype.kind == "f":
            array = array.astype(np.float32)
        return torch.tensor(array)
    except (TypeError, ValueError):
        raise UserError(
            f"{name} should be a tensor or an array of numbers, not {_described(values)}"
        ) from None


def _described(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype}"
    return type(value).__name__
