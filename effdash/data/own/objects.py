"""Data that are objects already: a Bunch of scikit-learn, a DataFrame, a Dataset of PyTorch."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from effdash.config import OwnData
from effdash.data.dataset import numbered
from effdash.data.own.arrays import arranged, classes_of_array
from effdash.data.own.matrix import ArrayMatrix
from effdash.data.own.memory import check_room
from effdash.data.own.raw import Raw
from effdash.data.own.table_reading import raw_table
from effdash.data.own.tables import FrameTable
from effdash.vocab import UserError


def raw_object(source: Any, how: OwnData) -> Raw:
    """The samples of an object of another library.

    Raises:
        UserError: it is none that is known, or does not hold samples.
    """
    import pandas as pd

    if isinstance(source, pd.DataFrame):
        return raw_table(FrameTable(source, "the DataFrame"), how, "table")
    if isinstance(source, Mapping) and "data" in source:
        return _raw_bunch(source, how)
    if isinstance(source, torch.utils.data.IterableDataset):
        raise UserError(
            "data: a torch IterableDataset has no length and can be gone through once only; hand in a "
            "map-style Dataset, with __len__ and __getitem__"
        )
    if isinstance(source, torch.utils.data.Dataset) or (
        hasattr(source, "__getitem__") and _has_length(source)
    ):
        return _raw_torch(source, how)
    raise UserError(
        "data should be a name, a file, a folder, a Bunch, a DataFrame or a torch Dataset, not "
        f"{type(source).__name__}"
    )


def _has_length(source: Any) -> bool:
    return hasattr(source, "__len__") and not isinstance(
        source, str | bytes | tuple | list | dict | Tensor | np.ndarray
    )


def _raw_bunch(bunch: Mapping[str, Any], how: OwnData) -> Raw:
    """A Bunch of scikit-learn: `data`, and mostly `target`, `feature_names`, `target_names` and `images`."""
    import pandas as pd

    data, target = bunch["data"], bunch.get("target")
    if isinstance(data, pd.DataFrame):
        return _raw_frame_bunch(data, target, how)
    _refuse_columns(how)
    X = np.asarray(data)
    names = _names(bunch.get("feature_names"), X.shape[1] if X.ndim == 2 else 0)
    matrix = ArrayMatrix(X, "the Bunch", names)
    y = np.zeros(len(X), dtype=np.int64)
    class_names: tuple[str, ...] = ()
    if target is not None and not how.no_label:
        found = classes_of_array("target of the Bunch", np.asarray(target), len(X))
        y, class_names = found.y, _named_classes(found.names, bunch.get("target_names"))
    elif not how.no_label:
        raise UserError("the Bunch has no target; say that there are no classes (no_label=True)")
    images = bunch.get("images")
    image_shape = None
    if isinstance(images, np.ndarray) and images.ndim == 3 and images[0].size == X.shape[1]:
        image_shape = (1, images.shape[1], images.shape[2])
    return Raw(
        name="bunch",
        matrix=matrix,
        y=y,
        class_names=class_names,
        feature_names=names,
        image_shape=image_shape,
    )


def _raw_frame_bunch(data: Any, target: Any, how: OwnData) -> Raw:
    import pandas as pd

    if isinstance(target, pd.Series):
        data = data.assign(**{str(target.name or "target"): target})
        how = how if how.label else how.model_copy(update={"label": str(target.name or "target")})
    elif isinstance(target, pd.DataFrame):
        data = pd.concat([data, target], axis=1)
    return raw_table(FrameTable(data, "the Bunch"), how, "bunch")


def _names(given: Any, count: int) -> tuple[str, ...]:
    found = () if given is None else tuple(str(name) for name in given)
    if len(found) == count:
        return found
    return numbered("x", count, start=1) if count else ()


def _named_classes(found: tuple[str, ...], given: Any) -> tuple[str, ...]:
    """The names that a library has for the classes 0, 1, …, where it has one for each."""
    if given is None or found != tuple(str(number) for number in range(len(found))):
        return found
    names = tuple(str(name) for name in given)
    return names if len(names) == len(found) else found


def _raw_torch(source: Any, how: OwnData) -> Raw:
    """A map-style Dataset of PyTorch: `(x, y)` or `x` at every index."""
    _refuse_columns(how)
    rows = len(source)
    if not rows:
        raise UserError("the Dataset is empty")
    first = _sample(source, 0)
    check_room("the Dataset", rows, first[0].shape)
    X = np.empty((rows, *first[0].shape), dtype=np.float32)
    given: list[Any] = []
    for row in range(rows):
        x, label = first if row == 0 else _sample(source, row)
        if x.shape != first[0].shape:
            raise UserError(f"sample {row} of the Dataset has shape {x.shape}, sample 0 {first[0].shape}")
        X[row] = x
        given.append(label)
    laid = arranged(ArrayMatrix(X if X.ndim > 1 else X[:, None], "the Dataset"))
    y = np.zeros(rows, dtype=np.int64)
    class_names: tuple[str, ...] = ()
    if not how.no_label:
        if given[0] is None:
            raise UserError(
                "the Dataset has no labels: (x, y) at every index; say that there are none (no_label=True)"
            )
        found = classes_of_array("the labels of the Dataset", np.array(given), rows)
        y, class_names = found.y, _named_classes(found.names, getattr(source, "classes", None))
    shape = laid.matrix.shape
    return Raw(
        name=type(source).__name__,
        matrix=laid.matrix,
        y=y,
        class_names=class_names,
        feature_names=numbered("x", shape[0], start=1) if len(shape) == 1 else (),
        image_shape=laid.image_shape,
        one_scale=laid.image_shape is not None,
    )


def _sample(source: Any, row: int) -> tuple[np.ndarray, Any]:
    """A sample as float32 and its label as a plain value."""
    item = source[row]
    x, label = (item[0], item[1]) if isinstance(item, tuple | list) and len(item) > 1 else (item, None)
    if isinstance(x, tuple | list) and len(x) == 1:
        x = x[0]
    try:
        values = x.detach().cpu().numpy() if isinstance(x, Tensor) else np.asarray(x)
        values = values.astype(np.float32)
    except (TypeError, ValueError):
        raise UserError(
            f"sample {row} of the Dataset is no tensor of numbers, but {type(x).__name__}"
        ) from None
    if isinstance(label, Tensor | np.ndarray | np.generic):
        if np.prod(label.shape) != 1:
            raise UserError(
                f"the label of sample {row} of the Dataset has shape {tuple(label.shape)}; it should be one "
                "number"
            )
        label = label.item()
    return values, label


def _refuse_columns(how: OwnData) -> None:
    if how.label is not None or how.leave_out:
        argument = "label" if how.label is not None else "leave_out"
        raise UserError(f"{argument} names a column of a table; these data have none")
