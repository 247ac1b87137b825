"""A batch in any form, and how a model is called with it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor, nn

from effdash.observe.untouched import as_input
from effdash.vocab import UserError


@runtime_checkable
class Stream(Protocol):
    """Samples that come in batches as large as one likes, and can be gone through again."""

    total: int
    """How many samples there are."""

    def batches(self, size: int) -> Iterator[Tensor]:
        """All samples, at most `size` at a time."""
        ...


Call = Callable[[nn.Module, Any], Any]
"""Runs a model on a batch and returns what it answers."""

LABELS: Final = ("labels", "label", "y", "target", "targets")
"""Where a dictionary keeps the labels of a batch."""


def call_plainly(model: nn.Module, batch: Any) -> Any:
    """What the model answers to a batch, by the forms that batches commonly have.

    A tensor x, a pair (x, y) or a list [x]: `model(x)`; a longer one (a, b, …, y): `model(a, b, …)`;
    a dictionary: `model(**rest)`, without its labels.
    """
    args, kwargs, _ = parts_of(batch)
    return model(*args, **kwargs)


def parts_of(batch: Any) -> tuple[tuple[Any, ...], dict[str, Any], Any]:
    """A batch as positional arguments, arguments by name, and labels (`None`: it has none).

    Raises:
        UserError: it is empty, or neither tensor nor tuple nor dictionary.
    """
    if isinstance(batch, Tensor | np.ndarray):
        return (batch,), {}, None
    if isinstance(batch, Mapping):
        rest = dict(batch)
        found = [rest.pop(name) for name in LABELS if name in rest]
        return (), rest, found[0] if found else None
    if isinstance(batch, tuple | list) and batch:
        if len(batch) == 1:
            return (batch[0],), {}, None
        return tuple(batch[:-1]), {}, batch[-1]
    raise UserError(
        f"a batch is {described(batch)}; it should be a tensor, a tuple of tensors or a dictionary of them, "
        "or say with call= how the model is called"
    )


def n_samples(batch: Any) -> int:
    """How many samples a batch holds: the length of its first tensor.

    Raises:
        UserError: there is no tensor in it.
    """
    for tensor in arrays_in(batch):
        if tensor.ndim:
            return len(tensor)
    raise UserError(f"a batch holds no tensor with samples: it is {described(batch)}")


def arrays_in(value: Any) -> Iterator[Tensor | np.ndarray]:
    """All tensors and arrays in nested lists, tuples and dictionaries."""
    if isinstance(value, Tensor | np.ndarray):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from arrays_in(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from arrays_in(item)


def mapped(function: Callable[[Any], Any], value: Any) -> Any:
    """The same nest of lists, tuples and dictionaries with `function` of every tensor and array in it."""
    if isinstance(value, Tensor | np.ndarray):
        return function(value)
    if isinstance(value, Mapping):
        return {key: mapped(function, item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        items = [mapped(function, item) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    return value


def for_model(model: nn.Module, batch: Any) -> Any:
    """A batch on the model's device, and in its floating type where it is floating."""
    return mapped(lambda tensor: as_input(model, tensor), batch)


def described(value: Any) -> str:
    """What somebody handed in, in words."""
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    return f"a {type(value).__name__}"


def is_samples(X: Any) -> bool:
    """Whether something is samples all together, rather than batches of them one after the other."""
    if isinstance(X, Tensor | np.ndarray | Mapping):
        return True
    if isinstance(X, tuple):
        return bool(X) and all(isinstance(part, Tensor | np.ndarray) for part in X)
    # Numbers written out; a list with tensors in it is one of batches.
    numbers = isinstance(X, list) and all(isinstance(row, int | float | list) for row in X)
    return numbers and not any(True for _ in arrays_in(X))


def batches_of(X: Any, batch_size: int) -> Iterator[Any]:
    """Batches of samples, of `batch_size`, or those that `X` goes through itself.

    A memory-mapped array is read piece by piece, and its pages are let go.

    Raises:
        UserError: it is neither, or its parts hold different numbers of samples.
    """
    if isinstance(X, Stream):
        return X.batches(batch_size)
    if is_samples(X):
        return _cut(torch.as_tensor(X) if isinstance(X, list) else X, batch_size)
    if not isinstance(X, Iterable) or isinstance(X, str):
        raise UserError(f"X is {described(X)}; it should be samples, or go through batches of them")
    return iter(X)


def count_samples(X: Any) -> int:
    """How many samples there are all together.

    Raises:
        UserError: none at all, or the parts hold different numbers of them.
    """
    lengths = [len(part) if part.ndim else 0 for part in arrays_in(X)] or [np.size(X) and len(X)]
    if len(set(lengths)) > 1:
        raise UserError(f"the parts of X hold different numbers of samples: {', '.join(map(str, lengths))}")
    if lengths[0] == 0:
        raise UserError("X has no samples; at least one is needed to say what units do")
    return lengths[0]


def total_of(X: Any) -> int | None:
    """How many samples there are, where that is known without going through them."""
    if is_samples(X):
        return count_samples(X)
    total = getattr(X, "total", None)
    if isinstance(total, int):
        return total
    try:
        return len(X.dataset) if X.drop_last is False and len(X.dataset) == len(X.sampler) else None
    except (AttributeError, TypeError):
        return None


def _cut(X: Any, batch_size: int) -> Iterator[Any]:
    for start in range(0, count_samples(X), batch_size):
        yield mapped(partial(_rows, start=start, stop=start + batch_size), X)


def _rows(part: Tensor | np.ndarray, start: int, stop: int) -> Tensor:
    """Some rows. Of an array a copy: what is memory-mapped cannot be written to, which torch warns of."""
    if isinstance(part, Tensor):
        return part[start:stop]
    rows = torch.from_numpy(np.array(part[start:stop]))
    _let_go(part)
    return rows


def _let_go(X: np.ndarray) -> None:
    """Pages of a memory-mapped array that were read are not held; the system keeps them as it likes."""
    import mmap

    mapping = getattr(X, "_mmap", None)
    advice = getattr(mmap, "MADV_DONTNEED", None)
    if isinstance(mapping, mmap.mmap) and advice is not None and getattr(X, "mode", "") == "r":
        mapping.madvise(advice)
