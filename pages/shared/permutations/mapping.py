"""How the maps of a layer are made: in a job, the newest epoch first, and kept for all sessions."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

import numpy as np
import streamlit as st
import torch

from effdash.permutations import map_epochs, observe_orders, order_ranks, umap_is_compiled
from effdash.runs import Run
from pages.shared import jobs
from pages.shared.permutations.looked_at import LookedAt

SAMPLES: Final = "map of the samples"
UNITS: Final = "map of the units"
MOST_SAMPLES: Final = 1_000
"""More are thinned out evenly: a map is made once an epoch, and takes some two seconds for as many."""

MOST_VALUES: Final = 1 << 24
"""Of all epochs together; of large layers, fewer epochs are mapped."""

MOST_KEPT: Final = 16

COMPILING: Final = "Compiling UMAP, a minute or two; only its first use on this machine takes so long"


@dataclass(frozen=True, eq=False)
class Maps:
    """`places` (epoch, item, 2) at `epochs` (epoch,), which rise."""

    epochs: np.ndarray
    places: np.ndarray


@dataclass(frozen=True, eq=False)
class Wanted:
    """A map that can be made: of `rows` (item,), places among the samples, or of all units of the layer."""

    kind: str
    run: Run
    layer: str
    X: torch.Tensor
    rows: np.ndarray
    items: int
    key: Hashable

    @classmethod
    def of(cls, at: LookedAt, kind: str) -> "Wanted":
        """That of the layer looked at."""
        run, n_samples = at.picked.run, len(at.samples.numbers)
        rows = np.linspace(0, n_samples - 1, min(n_samples, MOST_SAMPLES)).round().astype(np.int64)
        items = len(rows) if kind == SAMPLES else len(at.reading.erased)
        key = (kind, run.id, run.incarnation, at.layer, at.picked.split)
        return cls(kind, run, at.layer, at.samples.X[torch.from_numpy(rows)], rows, items, key)

    def work(self, known: Maps | None = None) -> jobs.Work[Maps]:
        """What the job does: all kept epochs, the newest first; or those after the `known` ones, from there.

        It touches no session.
        """
        store = _store()

        def work(report: jobs.Report) -> Maps:
            maps = known
            epochs = self._epochs() if known is None else self._epochs_after(known)
            if known is not None:
                report.keep(known)
            told = []
            for done, epoch in enumerate(epochs):
                report(done, len(epochs), "Reading what the layer tells, epoch")
                told.append(self._items(int(epoch)))
            if umap_is_compiled():
                report(0, len(epochs), "Making the first map, which takes longest: epoch")
            else:
                report(0, 0, COMPILING)
            before = None if known is None else known.places[-1]
            for done, place in enumerate(map_epochs(told, before=before), start=1):
                maps = _with(maps, int(epochs[done - 1]), place)
                report.keep(maps)
                if known is not None:
                    store.put(self.key, maps)
                report(done, len(epochs), "Making the maps, epoch")
            assert maps is not None
            store.put(self.key, maps)
            return maps

        return work

    def has_new_epochs(self, known: Maps) -> bool:
        """Whether weights were kept after the last epoch that is mapped."""
        return bool(len(self._epochs_after(known)))

    def _epochs_after(self, known: Maps) -> np.ndarray:
        """The kept ones after those, in their order."""
        kept = np.array(self.run.checkpoints())
        return kept[kept > known.epochs[-1]]

    def _epochs(self) -> np.ndarray:
        """The kept ones from the newest to the first; of a large layer some, evenly."""
        kept = np.array(self.run.checkpoints()[::-1])
        values = len(self.rows) * next(layer.units for layer in self.run.layers if layer.name == self.layer)
        most = max(1, min(len(kept), MOST_VALUES // values))
        return kept[np.linspace(0, len(kept) - 1, most).round().astype(np.int64)]

    def _items(self, epoch: int) -> np.ndarray:
        told = observe_orders(self.run.model(epoch), self.X, [self.layer])[0].told
        return told if self.kind == SAMPLES else order_ranks(told).T


def _with(maps: Maps | None, epoch: int, place: np.ndarray) -> Maps:
    """The maps with one more, which is the newest or the oldest."""
    if maps is None:
        return Maps(np.array([epoch]), place[None])
    at = len(maps.epochs) if epoch > maps.epochs[-1] else 0
    return Maps(np.insert(maps.epochs, at, epoch), np.insert(maps.places, at, place, axis=0))


class _Store:
    """The maps that were made last."""

    def __init__(self) -> None:
        self._maps: OrderedDict[Hashable, Maps] = OrderedDict()

    def put(self, key: Hashable, maps: Maps) -> None:
        self._maps[key] = maps
        while len(self._maps) > MOST_KEPT:
            self._maps.popitem(last=False)

    def get(self, key: Hashable) -> Maps | None:
        return self._maps.get(key)


@st.cache_resource(show_spinner=False)
def _store() -> _Store:
    return _Store()


def finished(key: Hashable) -> Maps | None:
    """The maps of this key, if they were made to the end."""
    return _store().get(key)
