"""What somebody hands in as data: columns, a loader, or batches; told apart here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data import Dataset as TorchDataset

from effdash.data import Dataset
from effdash.observe.batches import arrays_in, described
from effdash.vocab import UserError

READ_BATCH = 256
"""Samples that are read at once from a data set that comes without a loader."""


@dataclass(frozen=True, eq=False)
class Columns:
    """All samples at once: a tensor or an array, or a tuple or a dictionary of them, a row a sample."""

    values: Any

    @property
    def total(self) -> int:
        return len(next(arrays_in(self.values)))


Form = Columns | DataLoader | Iterable[Any]


def split_forms(data: Any, test: Any) -> tuple[Form, Form | None, Dataset | None]:
    """The training part, the test part, and the data set they came from, where it was one of effdash.

    Raises:
        UserError: it is none of the forms; parts hold different numbers of samples; it is used up by reading.
    """
    whole = data if isinstance(data, Dataset) else None
    rest = None
    if isinstance(data, Dataset):
        train = _labelled(data.X_train, data.y_train if data.n_classes else None)
        if len(data.X_test):
            rest = _labelled(data.X_test, data.y_test if data.n_classes else None)
    elif _is_four(data):
        train = _labelled(data[0], data[1])
        rest = None if data[2] is None or len(data[2]) == 0 else _labelled(data[2], data[3])
    else:
        train = data
    if isinstance(test, Dataset):
        test = test.X_test if not test.n_classes else (test.X_test, test.y_test)
    rest = rest if test is None else test
    return _form("data", train), None if rest is None else _form("test", rest), whole


def _is_four(data: Any) -> bool:
    """(X_train, y_train, X_test, y_test); labels may be None."""
    return (
        isinstance(data, tuple)
        and len(data) == 4
        and all(part is None or isinstance(part, Tensor | np.ndarray) for part in data)
    )


def _labelled(X: Any, y: Any) -> Any:
    return X if y is None else (X, y)


def _form(name: str, data: Any) -> Form:
    if isinstance(data, tuple) and len(data) == 2 and data[1] is None:
        data = data[0]
    if isinstance(data, TensorDataset):
        data = data.tensors
    if isinstance(data, DataLoader):
        return data
    if isinstance(data, Tensor | np.ndarray | tuple | Mapping) and any(True for _ in arrays_in(data)):
        return _columns(name, data)
    if isinstance(data, TorchDataset) or _is_map(data):
        return DataLoader(data, batch_size=READ_BATCH)
    if not isinstance(data, Iterable) or isinstance(data, str | bytes | Mapping):
        raise UserError(
            f"{name} is {described(data)}; it should be arrays (X, y), a Dataset, a DataLoader or an "
            "iterable of batches"
        )
    if iter(data) is data:
        raise UserError(
            f"{name} is an iterator, which is used up by looking at it; hand in what makes it, or a list"
        )
    return data


def _columns(name: str, data: Any) -> Columns:
    lengths = [len(part) if part.ndim else 0 for part in arrays_in(data)]
    if len(set(lengths)) > 1:
        raise UserError(
            f"the parts of {name} hold different numbers of samples: {', '.join(map(str, lengths))}"
        )
    if lengths[0] == 0:
        raise UserError(f"{name} holds no samples")
    return Columns(data)


def _is_map(data: Any) -> bool:
    """A data set by its methods, as those of other packages are."""
    return (
        hasattr(data, "__getitem__") and hasattr(data, "__len__") and not isinstance(data, list | str | bytes)
    )
