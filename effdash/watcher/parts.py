"""The samples of every split that are looked at, and which of them by this process."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from torch import nn

from effdash.observe import Observation
from effdash.observe.batches import arrays_in
from effdash.runs import DataSize
from effdash.training.probe import SAMPLES
from effdash.vocab import Split, UserError
from effdash.watcher.describing import bytes_of, points_of
from effdash.watcher.forms import Form
from effdash.watcher.looking import Looker
from effdash.watcher.probe import Probe, class_numbers, take_probe
from effdash.watcher.ranks import Alone

SEED = 0
"""Of the choice of samples."""
Taken = dict[Split, tuple[Probe, DataSize]]
"""A split's samples for this process, and how many all processes look at."""


@dataclass(frozen=True, eq=False)
class Part:
    """The samples of a split that this process looks at; `size` and `points` are what the run file says."""

    probe: Probe
    size: DataSize
    points: np.ndarray
    """Which of the samples looked at are followed one by one."""
    numbers: np.ndarray
    """What these are called in the run file: their places in its data."""


def take(
    forms: Mapping[Split, Form], network: nn.Module, looker: Looker, ranks: Alone
) -> tuple[Taken, Observation]:
    """The samples of every split with their sizes, and a first look at the network.

    Raises:
        UserError: some process has none, cannot read them, or cannot look at the network.
    """
    trouble: Exception | None = None
    local: dict[Split, Probe] = {}
    try:
        local = {split: take_probe(form, SEED, SAMPLES // ranks.size) for split, form in forms.items()}
        first = looker.look_first(local[Split.TRAIN])
    except Exception as error:
        trouble = error
    counts = [len(forms), bytes_of(network), 0 if trouble else len(first.unit_min)]
    ranks.agree(counts, well=trouble is None)
    if trouble is not None:
        raise trouble
    found = {}
    for split, probe in local.items():
        if ranks.same([probe.total, _checksum(probe)]):
            # Everybody has all of them: each looks at some.
            mine = take_probe(forms[split], SEED).shard(ranks.rank, ranks.size)
            total = probe.total
        else:
            mine = probe
            (total,) = ranks.sums([probe.total])
        (observed,) = ranks.sums([mine.size])
        found[split] = mine, DataSize(observed, total)
    enough = all(probe.size for probe, _ in found.values())
    ranks.agree([0], well=enough)
    if not enough:
        raise UserError(f"there are fewer samples than the {ranks.size} processes that share them")
    return found, first


def parts_of_run(
    taken: Taken, stored: Mapping[Split, np.ndarray] | None, looker: Looker, first: Observation
) -> dict[Split, Part]:
    """What is looked at after every epoch; `stored`: the rows of each split that the run file holds."""
    parts = {}
    for split, (probe, size) in taken.items():
        rows = np.arange(probe.size) if stored is None else stored[split]
        labels = class_numbers(probe.labels()) if looker.n_classes else None
        y = np.zeros(len(rows), np.int64) if labels is None else labels[rows]
        numbers = points_of(y, SEED) if looker.points else np.empty(0, np.int64)
        parts[split] = Part(looker.cut(probe, first.layers), size, rows[numbers], numbers)
    return parts


def _checksum(probe: Probe) -> int:
    found = 0
    for batch in (probe.batches[0], probe.batches[-1]):
        for part in arrays_in(batch):
            found = zlib.crc32(np.ascontiguousarray(part).tobytes(), found)
    return found
