"""The data that pruning is given: samples, and labels and held-out samples where there are some."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from effdash.data import Dataset
from effdash.data.dataset import as_labels, as_samples
from effdash.training.probe import SAMPLES, stratified
from effdash.vocab import UserError


@dataclass(frozen=True, eq=False)
class Samples:
    """Training samples; labels and a test part may be missing."""

    X_train: Float[Tensor, "train *feature"]
    y_train: Int64[Tensor, " train"] | None = None
    X_test: Float[Tensor, "test *feature"] | None = None
    y_test: Int64[Tensor, " test"] | None = None
    without_classes: bool = False
    """The data are known to have no classes, as those of a regression."""

    @classmethod
    def of(cls, data: Any) -> "Samples":
        """A Dataset, `(X_train, y_train, X_test, y_test)` with `None` for what is missing, or samples alone.

        Raises:
            UserError: another kind of thing, an empty part, a nan or an infinite value, parts of different
                shape, a label that is no class number.
        """
        without_classes = isinstance(data, Dataset) and not data.n_classes
        if isinstance(data, Dataset):
            y_train, y_test = (None, None) if without_classes else (data.y_train, data.y_test)
            test = (data.X_test, y_test) if len(data.X_test) else (None, None)
            data = (data.X_train, y_train, *test)
        if isinstance(data, Tensor | np.ndarray):
            data = (data, None, None, None)
        if not isinstance(data, tuple | list) or len(data) != 4 or data[0] is None:
            raise UserError(
                "data should be a Dataset, a tuple (X_train, y_train, X_test, y_test), in which all but "
                f"X_train may be None, or samples alone, not {type(data).__name__}"
            )
        X_train, y_train = _part("train", data[0], data[1])
        X_test, y_test = (None, None) if data[2] is None else _part("test", data[2], data[3])
        if X_test is not None and X_test.shape[1:] != X_train.shape[1:]:
            raise UserError(
                f"X_test has samples of shape {tuple(X_test.shape[1:])}, but X_train of shape "
                f"{tuple(X_train.shape[1:])}"
            )
        return cls(X_train, y_train, X_test, y_test, without_classes)

    def rows(self, most: int, seed: int) -> Int64[Tensor, " row"]:
        """At most `most` training samples and 10,000, seeded; with labels, classes in their shares."""
        y = np.zeros(len(self.X_train), np.int64) if self.y_train is None else self.y_train.cpu().numpy()
        return torch.from_numpy(stratified(y, min(most, SAMPLES), seed))

    def check_labels(self, n_classes: int) -> None:
        """Raises a UserError where a label is none of the model's classes."""
        for name, labels in (("y_train", self.y_train), ("y_test", self.y_test)):
            if labels is not None and int(labels.max()) >= n_classes:
                raise UserError(
                    f"the model answers {n_classes} classes, but {name} holds the label {int(labels.max())}; "
                    "pruning keeps the decisions of a classifier"
                )


def _part(split: str, samples: Any, labels: Any) -> tuple[Tensor, Tensor | None]:
    X = as_samples(f"X_{split}", samples)
    return X, None if labels is None else as_labels(f"y_{split}", labels, len(X))
