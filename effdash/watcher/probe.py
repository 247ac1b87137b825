"""The samples that are looked at after every epoch: chosen once, seeded, and kept on the CPU."""

import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from operator import itemgetter
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from effdash.observe.batches import arrays_in, mapped, n_samples, parts_of
from effdash.training.probe import SAMPLES, stratified
from effdash.vocab import UserError
from effdash.watcher.forms import READ_BATCH, Columns, Form
from effdash.watcher.quiet import quiet

MOST_BYTES: Final = 512_000_000
"""What the samples of a split may take in memory."""
MOST_CLASSES: Final = 100_000


@dataclass(frozen=True, eq=False)
class Probe:
    """Some samples of a split, in batches of the form in which they came; `total` is how many there are."""

    batches: list[Any]
    total: int
    whole: bool = False
    """Whether they are one batch of columns, which may be cut as one likes."""

    @property
    def size(self) -> int:
        return sum(map(n_samples, self.batches))

    def labels(self) -> Tensor | None:
        """Whatever stands as labels in the batches, end to end; `None`: nothing does, or not in one form."""
        found = [parts_of(batch)[2] for batch in self.batches if _has_parts(batch)]
        tensors = [torch.as_tensor(part) for part in found if isinstance(part, Tensor | np.ndarray)]
        if len(tensors) < len(self.batches) or len({part.shape[1:] for part in tensors}) > 1:
            return None
        return torch.cat(tensors) if all(part.ndim for part in tensors) else None

    def single_input(self) -> Tensor | None:
        """The samples as one floating tensor; `None`: there are several inputs, or of another kind."""
        inputs = []
        for batch in self.batches:
            args, kwargs, _ = parts_of(batch) if _has_parts(batch) else ((), {}, None)
            values = [*args, *kwargs.values()]
            if len(values) != 1 or not isinstance(values[0], Tensor) or not values[0].is_floating_point():
                return None
            inputs.append(values[0])
        one_shape = len({part.shape[1:] for part in inputs}) == 1
        return torch.cat(inputs) if one_shape and inputs[0].ndim > 1 else None

    def cut(self, batch_size: int) -> "Probe":
        """The same in batches of at most so many samples, where they may be cut."""
        if not self.whole:
            return self
        starts = range(0, self.size, batch_size)
        columns = self.batches[0]
        return replace(
            self,
            batches=[mapped(itemgetter(slice(start, start + batch_size)), columns) for start in starts],
            whole=False,
        )

    def shard(self, rank: int, ranks: int) -> "Probe":
        """Every so-manieth sample; where a batch is more than rows, every so-manieth batch."""
        if ranks == 1:
            return self
        if any(
            len({len(part) if part.ndim else 0 for part in arrays_in(batch)}) > 1 for batch in self.batches
        ):
            return replace(self, batches=self.batches[rank::ranks])
        parts = [mapped(lambda part: part[rank::ranks], batch) for batch in self.batches]
        return replace(self, batches=[part for part in parts if n_samples(part)])


def take_probe(form: Form, seed: int, most: int = SAMPLES) -> Probe:
    """At most `most` samples, and no more than memory has room for; all of them where there are fewer.

    No random state is disturbed; a loader's workers are not started.

    Raises:
        UserError: there are none.
    """
    owners = _keepers_of_generators(form)
    with quiet(seed, *owners), torch.no_grad():
        if isinstance(form, Columns):
            probe = _of_columns(form, seed, most)
        elif isinstance(form, DataLoader) and not isinstance(form.dataset, IterableDataset):
            probe = _of_loader(form, seed, most)
        else:
            probe = _of_batches(form, most)
    if not probe.batches or probe.size == 0:
        raise UserError("data holds no samples")
    return probe


def class_numbers(labels: Tensor | None) -> np.ndarray | None:
    """Labels as class numbers, int64 (sample); `None`: they are none."""
    if labels is None:
        return None
    if labels.is_floating_point() or labels.dtype == torch.bool:
        # As a loss on one logit takes them.
        if not bool(((labels == 0) | (labels == 1)).all()):
            return None
        labels = labels.long()
    if labels.is_complex() or labels.ndim > 2 or (labels.ndim == 2 and labels.shape[1] != 1):
        return None
    numbers = labels.reshape(-1).long().cpu().numpy()
    return numbers if 0 <= numbers.min() <= numbers.max() < MOST_CLASSES else None


def _has_parts(batch: Any) -> bool:
    return isinstance(batch, Tensor | np.ndarray | dict) or (isinstance(batch, tuple | list) and bool(batch))


def _of_columns(form: Columns, seed: int, most: int) -> Probe:
    values, total = form.values, form.total
    row_bytes = sum(_bytes(part[:1]) for part in arrays_in(values))
    count = min(most, max(1, MOST_BYTES // max(1, row_bytes)))
    labels = parts_of(values)[2]
    classes = class_numbers(torch.as_tensor(labels)) if isinstance(labels, Tensor | np.ndarray) else None
    rows = stratified(np.zeros(total, np.int64) if classes is None else classes, count, seed)
    return Probe([mapped(lambda part: _copied(part, rows), values)], total, whole=True)


def _of_loader(loader: DataLoader, seed: int, most: int) -> Probe:
    """Read from the loader's data set itself, so that its workers and its sampler stay as they are."""
    rows = _rows_of(loader)
    read = _reader(loader)
    if loader.batch_sampler is None:
        # A row is a batch already.
        return _of_batches((read([row]) for row in rows), most)
    # One is read to know how much memory a sample takes.
    size = loader.batch_size or READ_BATCH
    row_bytes = sum(map(_bytes, arrays_in(read(rows[:1]))))
    count = min(len(rows), most, max(1, MOST_BYTES // max(1, row_bytes)))
    chosen = [rows[place] for place in sorted(np.random.default_rng(seed).permutation(len(rows))[:count])]
    parts = (chosen[start : start + size] for start in range(0, count, size))
    return Probe([_kept(read(part)) for part in parts], len(rows))


def _reader(loader: DataLoader) -> Callable[[list[Any]], Any]:
    def read(rows: list[Any]) -> Any:
        if loader.batch_sampler is None:
            return loader.collate_fn(loader.dataset[rows[0]])
        many = getattr(loader.dataset, "__getitems__", None)
        return loader.collate_fn(many(rows) if many else [loader.dataset[row] for row in rows])

    return read


def _rows_of(loader: DataLoader) -> list[Any]:
    """What the loader reads of its data set, each once, in the data set's order where that is known."""
    if loader.batch_sampler is None or type(loader.batch_sampler) is torch.utils.data.BatchSampler:
        rows = _drawn(loader.sampler, loader.dataset)
    else:
        rows = (row for batch in _drawn(loader.batch_sampler, loader.dataset) for row in batch)
    unlike = list(dict.fromkeys(rows))
    return sorted(unlike) if all(isinstance(row, int) for row in unlike) else unlike


def _drawn(sampler: Any, dataset: Any) -> Iterator[Any]:
    """What a sampler draws in an epoch; of one without a length, which may never end, as much as there is."""
    try:
        most = len(sampler)
    except (TypeError, NotImplementedError):
        most = len(dataset)
    return islice(copy.copy(sampler), most)


def _of_batches(batches: Iterable[Any], most: int) -> Probe:
    """The first batches, up to so many samples."""
    taken: list[Any] = []
    seen, size, ended = 0, 0, True
    for batch in _first(batches):
        taken.append(_kept(batch))
        seen += n_samples(batch)
        size += sum(map(_bytes, arrays_in(batch)))
        if seen >= most or size >= MOST_BYTES:
            ended = False
            break
    total = seen
    if not ended and isinstance(batches, list | tuple):
        total = sum(map(n_samples, batches))
    return Probe(taken, total)


def _first(batches: Iterable[Any]) -> Iterator[Any]:
    if isinstance(batches, DataLoader):
        # A stream: read here, by a loader of its own without workers.
        batches = DataLoader(
            batches.dataset, batch_size=batches.batch_size, collate_fn=batches.collate_fn, num_workers=0
        )
    return iter(batches)


def _keepers_of_generators(form: Form) -> list[Any]:
    if not isinstance(form, DataLoader):
        return [form]
    batch_sampler = form.batch_sampler
    return [form, form.sampler, batch_sampler, getattr(batch_sampler, "sampler", None), form.dataset]


def _bytes(part: Tensor | np.ndarray) -> int:
    return part.numel() * part.element_size() if isinstance(part, Tensor) else part.nbytes


def _copied(part: Tensor | np.ndarray, rows: np.ndarray) -> Tensor:
    if isinstance(part, Tensor):
        return part.detach()[torch.from_numpy(rows).to(part.device)].cpu()
    return torch.from_numpy(np.ascontiguousarray(part[rows]))


def _kept(batch: Any) -> Any:
    """A batch that stays as it is, whatever becomes of the one handed in."""
    return mapped(
        lambda part: (part.detach() if isinstance(part, Tensor) else torch.as_tensor(part)).cpu().clone(),
        batch,
    )
