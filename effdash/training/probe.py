"""The samples on which status and accuracy are taken, and the few whose status is kept one by one."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from torch import Tensor

from effdash.data import Dataset
from effdash.vocab import Split

SAMPLES: Final = 10_000
"""At most so many samples of a split are looked at."""

POINTS: Final = 1_024
"""Of at most so many of them a run keeps the status at every layer."""


@dataclass(frozen=True)
class Probe:
    """A split's samples, or a fixed, seeded, stratified part of them.

    `points` are the rows of `X` whose status is kept; `rows` are the rows of the split that `X` holds, out of
    `total`.
    """

    X: Tensor
    y: Tensor
    rows: np.ndarray
    points: np.ndarray
    total: int

    @classmethod
    def of(cls, data: Dataset, split: Split, seed: int) -> "Probe":
        X, y = (data.X_train, data.y_train) if split == Split.TRAIN else (data.X_test, data.y_test)
        rows = stratified(y.numpy(), SAMPLES, seed)
        chosen = y[torch.from_numpy(rows)]
        points = stratified(chosen.numpy(), POINTS, seed)
        return cls(X[torch.from_numpy(rows)], chosen, rows, points, total=len(y))

    def to(self, device: torch.device) -> "Probe":
        """The same samples on a device."""
        return replace(self, X=self.X.to(device), y=self.y.to(device))


def stratified(y: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Sorted rows of at most `count` samples, classes in their shares; all rows where there are no more.

    Where there are too few rows, or too few to leave out, to have one of every class, they are as they come.
    """
    everything = np.arange(len(y))
    if len(y) <= count:
        return everything
    from sklearn.model_selection import train_test_split  # seconds to import, and seldom needed

    found = np.bincount(y)[np.unique(y)]
    classes = y if found.min() > 1 and min(count, len(y) - count) >= len(found) else None
    chosen, _ = train_test_split(everything, train_size=count, random_state=seed, stratify=classes)
    return np.sort(chosen)
