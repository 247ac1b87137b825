"""Samples that go through a network a few at a time, so that memory does not grow with their number."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
import torch
from torch import Tensor

from effdash.config import OwnData
from effdash.data.dataset import Dataset
from effdash.data.own.assembling import Scaling, blocks_of, chosen
from effdash.data.own.raw import Raw

FIRST: Final = 5
"""Samples that a network is tried on."""


@dataclass(frozen=True, eq=False)
class Stream:
    """Samples of a file, which is read anew each time that they are gone through."""

    total: int
    """How many samples there are."""
    shape: tuple[int, ...]
    """Of a sample."""
    blocks: Callable[[], Iterator[np.ndarray]]
    """Goes through them, float32, as many at a time as are read at once."""

    def batches(self, size: int) -> Iterator[Tensor]:
        """All samples, float32 (sample, *shape), at most `size` at a time."""
        for block in self.blocks():
            if len(block):
                yield from torch.from_numpy(block).reshape(len(block), *self.shape).split(size)

    def shaped(self, shape: tuple[int, ...]) -> "Stream":
        """The same numbers, each sample in another shape."""
        return replace(self, shape=shape)


class Streamed(NamedTuple):
    """Somebody's own samples, and the first of them as data that a network is tried on."""

    samples: Stream
    first: Dataset
    """With the names of all classes; every label is 0."""


def stream(raw: Raw, how: OwnData) -> Streamed:
    """All samples, of which nothing but two bytes each is kept.

    What is missing is filled in with the mean of all; with all they are standardised, if that is asked for.

    Raises:
        UserError: values are missing and `how` does not say what to do, or one is infinite.
    """
    survey = raw.matrix.survey()
    stay = chosen(raw, how, survey)
    scaling = Scaling.of(raw, survey, stay, standardise=how.standardise)

    def blocks() -> Iterator[np.ndarray]:
        for rows, block in blocks_of(raw):
            yield scaling.apply(block[stay[rows]])

    samples = Stream(int(stay.sum()), raw.matrix.shape, blocks)
    some = next(samples.batches(FIRST))
    zeros = torch.zeros(len(some), dtype=torch.int64)
    first = Dataset(
        X_train=some,
        y_train=zeros,
        X_test=some[:0],
        y_test=zeros[:0],
        class_names=raw.class_names,
        feature_names=raw.feature_names,
        image_shape=raw.image_shape,
        mean=torch.from_numpy(scaling.mean).reshape(raw.matrix.shape),
        scale=torch.from_numpy(scaling.scale).reshape(raw.matrix.shape),
        name=raw.name,
    )
    return Streamed(samples, first)
