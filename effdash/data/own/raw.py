"""Somebody's samples before they are split: numbers, classes, and how a person would name them."""

from dataclasses import dataclass

import numpy as np

from effdash.data.own.matrix import Matrix


@dataclass(frozen=True, eq=False)
class Raw:
    """What a file, a folder or an object holds.

    `test` says which rows are the test part, bool (row); `None`: the data do not say.
    """

    name: str
    matrix: Matrix
    y: np.ndarray
    """int64 (row): class numbers; -1 where one is missing; all 0 without classes."""
    class_names: tuple[str, ...]
    feature_names: tuple[str, ...]
    image_shape: tuple[int, int, int] | None = None
    one_scale: bool = False
    """All features share mean and deviation, as the pixels of images do."""
    test: np.ndarray | None = None

    @property
    def what(self) -> str:
        return self.matrix.what
