"""Samples from somebody's own file: NPZ, CSV or Parquet, with or without their classes."""

import zipfile
from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from jaxtyping import Float, Int64
from torch import Tensor

from effdash.data.dataset import as_labels, as_samples
from effdash.vocab import UserError

if TYPE_CHECKING:
    import pandas as pd

LABELS: Final = ("y", "label")
"""The column that holds the classes has one of these names; every other column is a feature."""


class Samples(NamedTuple):
    """Samples as a network takes them, and their classes where the file tells them."""

    X: Float[Tensor, "sample *feature"]
    y: Int64[Tensor, " sample"] | None


def read_samples(path: Path, input_shape: tuple[int, ...], n_classes: int) -> Samples:
    """The samples in a file: `X` (and `y`) of an NPZ, or the columns of a CSV with names, or of a Parquet.

    The values are taken as they are, not standardised. Rows of plain numbers take the shape `input_shape`.

    Raises:
        UserError: a file of another kind, unreadable or empty; a column that holds no numbers; a nan or an
            infinite value; samples of another size than `input_shape`; a class that is none of `n_classes`.
    """
    read = READERS.get(path.suffix.lower())
    if read is None:
        raise UserError(f"{path} is no table of samples; those end in {', '.join(READERS)}")
    try:
        X, y = read(path)
    except UserError:
        raise
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(f"cannot read {path}: {why}") from None
    return Samples(
        _samples(path, X, input_shape), None if y is None else _classes(path, y, len(X), n_classes)
    )


def _read_npz(path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    # Opened here: of what is no NPZ, numpy would leave the file open.
    with path.open("rb") as file, np.load(file) as arrays:
        if "X" not in arrays:
            raise UserError(f"{path} holds no array X; it holds {', '.join(arrays) or 'nothing'}")
        return arrays["X"], arrays.get("y")


def _read_csv(path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    import pandas as pd

    table = pd.read_csv(path)
    if all(_is_fraction(name) for name in table.columns):
        raise UserError(f"the first line of {path} holds numbers; it should name the columns")
    return _columns(path, table)


def _read_parquet(path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    import pandas as pd

    return _columns(path, pd.read_parquet(path))


READERS: Final[dict[str, Callable[[Path], tuple[np.ndarray, np.ndarray | None]]]] = {
    ".npz": _read_npz,
    ".csv": _read_csv,
    ".parquet": _read_parquet,
}


def _columns(path: Path, table: "pd.DataFrame") -> tuple[np.ndarray, np.ndarray | None]:
    """The features of a table, and its column of classes."""
    if table.empty:
        raise UserError(f"{path} holds no samples")
    for name in table.columns:
        if table[name].dtype.kind not in "iufb":
            raise UserError(f"column {name!r} of {path} holds no numbers")
    labels = [name for name in table.columns if str(name).lower() in LABELS]
    if len(labels) > 1:
        raise UserError(f"{path} has several columns of classes: {', '.join(map(repr, labels))}")
    features = table.drop(columns=labels).to_numpy()
    return features, table[labels[0]].to_numpy() if labels else None


def _samples(path: Path, X: np.ndarray, input_shape: tuple[int, ...]) -> Tensor:
    samples = as_samples(f"X of {path}", X)
    shape = tuple(samples.shape[1:])
    if shape not in (input_shape, (prod(input_shape),)):
        raise UserError(f"{path} holds samples of shape {shape}; the network takes {input_shape}")
    return samples.reshape(len(samples), *input_shape)


def _classes(path: Path, y: np.ndarray, n_samples: int, n_classes: int) -> Tensor:
    classes = as_labels(f"y of {path}", y, n_samples)
    if int(classes.max()) >= n_classes:
        raise UserError(
            f"y of {path} holds class {int(classes.max())}; the network knows 0 to {n_classes - 1}"
        )
    return classes


def _is_fraction(name: object) -> bool:
    """Whether a column's name is a number that no one numbers columns with, as 0.25."""
    try:
        return not float(str(name)).is_integer()
    except ValueError:
        return False
