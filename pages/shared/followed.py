"""The samples that a run follows one by one, at the epoch shown, and the one of them that is chosen."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import streamlit as st

from effdash.data import Dataset
from effdash.observe.hearing import silent_from
from effdash.vocab import Split, UserError
from pages.shared import model_readers, prose, sample_readers
from pages.shared.selection import Picked


@dataclass(frozen=True, eq=False)
class Values:
    """What the samples are: `X` (sample, *feature) as the network gets it, `classes` (sample,) int."""

    data: Dataset
    X: np.ndarray
    classes: np.ndarray

    @property
    def on_plane(self) -> bool:
        return self.data.input_shape == (2,)

    @cached_property
    def class_names(self) -> list[str]:
        return [prose.plain(name) for name in self.data.class_names]

    def images(self, places: list[int]) -> np.ndarray | None:
        """Some of them in the original values, (sample, row, column); `None` where they are no pictures."""
        if self.data.image_shape is None:
            return None
        original = self.X[places] * self.data.scale.numpy() + self.data.mean.numpy()
        return original.reshape(-1, *self.data.image_shape)[:, 0]


@dataclass(frozen=True, eq=False)
class Followed:
    """At most 1,024 samples of the split, one in each place.

    `numbers` (sample,) are theirs in the split; `status` (layer, sample) is that at the epoch shown; `chosen`
    is the place of one. `values` is `None` where the run's data cannot be had. `ever_silent`: whether any
    falls silent at any epoch, so that a figure can keep its room while the epoch moves.
    """

    picked: Picked
    numbers: np.ndarray
    status: np.ndarray
    values: Values | None
    chosen: int
    ever_silent: bool

    @property
    def chain(self) -> bool:
        """Whether a sample that is dead at a layer is silent from there on, as nothing leads round it."""
        return is_chain(self.picked)

    @property
    def layers(self) -> list[str]:
        return [layer.name for layer in self.picked.run.layers]

    @cached_property
    def silent(self) -> np.ndarray:
        """The place of the layer from which each is silent (sample,); the number of layers: of none."""
        return silent_from(self.status)

    @property
    def number(self) -> int:
        """That of the chosen one in its split."""
        return int(self.numbers[self.chosen])

    def name_of(self, place: int) -> str:
        """Such as `Sample 12 · “class 1”`."""
        name = f"Sample {self.numbers[place]}"
        if self.values is None or not self.picked.run.n_classes:
            return name
        return f"{name} · “{self.values.class_names[self.values.classes[place]]}”"


def follow(picked: Picked) -> Followed:
    """The samples of the split picked; chosen is the one in the address, or else the first to fall silent.

    An address that names none of them is told so.
    """
    run, split, asked = picked.run, picked.split, picked.view.sample
    status = sample_readers.point_status(run.id, picked.shown_epoch, split, picked.version)
    numbers = run.probe(split)
    there = np.flatnonzero(numbers == asked)
    if asked is not None and not len(there):
        st.warning(f"Sample {asked} is none of the {split} samples that are followed; this is another one.")
    chosen = there[0] if len(there) else silent_from(status).argmin()
    ever = sample_readers.efficiency(run.id, split, picked.version).min() < 1
    return Followed(picked, numbers, status, _values(picked, numbers), int(chosen), bool(ever))


def is_chain(picked: Picked) -> bool:
    """Whether the layers of a run's network are a chain, without skip connections."""
    return picked.run.has_ways_around is False


def followed_words(picked: Picked) -> str:
    """The split, and how many of its samples are followed: `train, 1,024 of 1,437`."""
    followed, total = len(picked.run.probe(picked.split)), picked.run.data_size(picked.split).total
    return str(picked.split) if followed == total else f"{picked.split}, {followed:,} of {total:,}"


def _values(picked: Picked, numbers: np.ndarray) -> Values | None:
    try:
        data = model_readers.pictured(picked.run.id, picked.run.incarnation)
    except UserError:
        return None
    X, y = (data.X_train, data.y_train) if picked.split == Split.TRAIN else (data.X_test, data.y_test)
    return Values(data, X[numbers].numpy(), y[numbers].numpy())
