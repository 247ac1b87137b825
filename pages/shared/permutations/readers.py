"""How units order the samples: cached by run, kept epoch, layer and split. Shared: not to be changed."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import streamlit as st
import torch

from effdash.permutations import (
    Grouping,
    LayerOrders,
    SampleOrders,
    group_units,
    observe_orders,
    order_ranks,
    similarity_of,
)
from effdash.runs import Run
from effdash.training.probe import SAMPLES, stratified
from effdash.vocab import Split, UserError
from pages.shared import model_readers, prose
from pages.shared.readers import find_run
from pages.shared.selection import Picked

MOST_VALUES: Final = 1 << 24
"""Of so many responses of all units at most: the more units, the fewer samples are looked at."""

FEWEST_SAMPLES: Final = 500


@dataclass(frozen=True, eq=False)
class Samples:
    """The samples of a split whose orders are looked at: all, or a seeded, stratified part of them.

    `numbers` (sample,) are theirs in the split; `classes` (sample,); `X` (sample, *feature) as the network
    gets them, and `pictures` (sample, row, column) in their original values, or `None` where they are none.
    """

    numbers: np.ndarray
    classes: np.ndarray
    class_names: list[str]
    X: torch.Tensor
    pictures: np.ndarray | None

    def place_of(self, number: int) -> int | None:
        """Where the sample of this number stands among these; `None`: it is not among them."""
        place = int(np.searchsorted(self.numbers, number))
        return place if place < len(self.numbers) and self.numbers[place] == number else None


@dataclass(frozen=True, eq=False)
class Reading:
    """What the units of a layer say of the samples, and what follows from it, each computed once."""

    orders: LayerOrders

    @cached_property
    def told(self) -> np.ndarray:
        """What the next layer is told, (sample, unit)."""
        return self.orders.told

    @cached_property
    def erased(self) -> np.ndarray:
        """How many of a unit's lowest samples lose their order, (unit,)."""
        return self.orders.erased

    @cached_property
    def places(self) -> SampleOrders:
        """Of every unit the places of the samples from its lowest to its highest, and the cut."""
        return self.orders.orders()

    @cached_property
    def ranks(self) -> np.ndarray:
        """Of what is told, float64 (sample, unit)."""
        return order_ranks(self.told)

    @cached_property
    def similarity(self) -> np.ndarray:
        """Order similarity, float64 (unit, unit)."""
        return similarity_of(self.told)

    @cached_property
    def grouping(self) -> Grouping:
        return group_units(self.orders.values, self.told, self.erased, self.similarity)


def samples(picked: Picked) -> Samples:
    """The samples that are ordered.

    Raises:
        UserError: the run's data cannot be had.
    """
    return _samples(picked.run.id, picked.run.incarnation, picked.split)


def reading(picked: Picked, layer: str) -> Reading:
    """What a layer says, with the kept weights of the epoch looked at.

    Raises:
        UserError: no weights or no data; a pre-activation that is nan; a layer without one row a sample.
    """
    return readings(picked)[layer]


def readings(picked: Picked) -> dict[str, Reading]:
    """All layers, in their order.

    Raises:
        UserError: as `reading`.
    """
    run = picked.run
    return _readings(run.id, run.incarnation, picked.kept_weights, picked.split)


def taken_on(picked: Picked) -> str:
    """The samples and when: `train · epoch 60`; of which epoch the weights are, where not of this one."""
    checkpoint = picked.kept_weights
    weights = "" if checkpoint == picked.shown_epoch else "weights of "
    looked_at, total = len(samples(picked).numbers), picked.run.data_size(picked.split).total
    part = "" if looked_at == total else f", {looked_at:,} of {total:,}"
    return f"{picked.split}{part} · {weights}epoch {checkpoint}"


def unit_name(layer: str, unit: int) -> str:
    """As on every page: `fc2 · 17`."""
    return f"{layer} · {unit}"


@st.cache_resource(max_entries=4, show_spinner=False)
def _readings(run_id: str, incarnation: str, checkpoint: int, split: Split) -> dict[str, Reading]:
    X = _samples(run_id, incarnation, split).X
    observed = observe_orders(find_run(run_id).model(checkpoint), X)
    return {orders.layer.name: Reading(orders) for orders in observed}


@st.cache_resource(max_entries=8, show_spinner=False)
def _samples(run_id: str, incarnation: str, split: Split) -> Samples:
    data = model_readers.pictured(run_id, incarnation)
    X, y = (data.X_train, data.y_train) if split == Split.TRAIN else (data.X_test, data.y_test)
    run = find_run(run_id)
    most = min(SAMPLES, max(FEWEST_SAMPLES, MOST_VALUES // run.n_units))
    numbers = stratified(y.numpy(), most, _seed(run))
    pictures = None
    if data.image_shape is not None:
        original = (X[numbers] * data.scale + data.mean).reshape(-1, *data.image_shape)[:, 0]
        pictures = original.float().numpy()
    return Samples(
        numbers, y.numpy()[numbers], [prose.plain(name) for name in data.class_names], X[numbers], pictures
    )


def _seed(run: Run) -> int:
    """That with which the run chose its part of the samples."""
    try:
        return run.config.seed
    except UserError:
        return 0
