"""Samples for a network that is there already, from somebody's own file."""

from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from effdash.config import OwnData
from effdash.data.dataset import Dataset, as_labels
from effdash.data.own import labels
from effdash.data.own.assembling import scaled
from effdash.data.own.contents import ENDINGS, kind_of
from effdash.data.own.features import Feature, TableMatrix, counts_rows, refuse_text
from effdash.data.own.image_files import list_folder, list_zip
from effdash.data.own.images import ImageMatrix, size_and_colour
from effdash.data.own.matrix import Matrix, refuse_infinite, refuse_missing
from effdash.data.own.memory import check_room
from effdash.data.own.npz import Npz, NpzMatrix
from effdash.data.own.npz_reading import labels_of, members_of
from effdash.data.own.profile import Profile, profile_of, word_of
from effdash.data.own.streaming import Stream
from effdash.data.own.table_reading import check_early, decimal_of, listed, open_table
from effdash.data.own.tables import Table
from effdash.vocab import UserError

BATCH: Final = 1024
READERS: Final = ENDINGS
"""What such a file may end in."""


class Samples(NamedTuple):
    """Samples as a network takes them, and their classes where the file tells them."""

    X: Float[Tensor, "sample *feature"]
    y: Int64[Tensor, " sample"] | None


def read_samples(
    path: Path, input_shape: tuple[int, ...], n_classes: int, like: Dataset | None = None
) -> Samples:
    """The samples in a file: `X` (and `y`) of an NPZ, the columns of a table, the images of a folder or ZIP.

    Without `like` the values are taken as they are, all columns but that of the classes, which are numbers
    from 0. With `like`, a data set that was read from a file of the same columns, they become what that one's
    became: the same features in the same order, standardised as they were there, and classes by their names.
    Rows of plain numbers take the shape `input_shape`.

    Raises:
        UserError: a file of another kind, unreadable or empty; a column that holds no numbers; a missing or
            infinite value; samples of another size than `input_shape`; a class that is none of `n_classes`.
    """
    path = Path(path)
    matrix, y = _opened(path, input_shape, like, whole=True)
    check_room(matrix.what, matrix.rows, matrix.shape)
    X = torch.empty((matrix.rows, *input_shape))
    start = 0
    for batch in _stream(matrix, input_shape, like).batches(BATCH):
        X[start : start + len(batch)] = batch
        start += len(batch)
    if y is None or not n_classes:
        return Samples(X, None)
    names = like.class_names if like is not None else ()
    return Samples(X, _classes(path, y, len(X), n_classes, names))


def stream_samples(path: Path, input_shape: tuple[int, ...], like: Dataset | None = None) -> Stream:
    """The samples of `read_samples`, however many, a few at a time.

    Raises:
        UserError: as `read_samples`, but that classes are not looked at.
    """
    matrix, _ = _opened(Path(path), input_shape, like, whole=False)
    return _stream(matrix, input_shape, like)


def _opened(
    path: Path, input_shape: tuple[int, ...], like: Dataset | None, *, whole: bool
) -> tuple[Matrix, np.ndarray | None]:
    """What a file holds: its samples and, where all is to be in memory, its labels, if it has any."""
    kind = kind_of(path)
    if kind == "images":
        matrix, y = _of_images(path, input_shape, () if like is None else like.class_names)
    elif kind == "npz":
        matrix, y = _of_npz(path, whole)
    else:
        matrix, y = _of_table(open_table(path, kind), input_shape, like, whole)
    if matrix.shape not in (input_shape, (prod(input_shape),)):
        raise UserError(
            f"{matrix.what} holds samples of shape {matrix.shape}; the network takes {input_shape}"
        )
    return matrix, y


def _stream(matrix: Matrix, input_shape: tuple[int, ...], like: Dataset | None) -> Stream:
    """All samples; what is in `like` is to its last bit what it is there."""
    survey = matrix.survey()
    refuse_infinite(matrix, survey)
    refuse_missing(matrix, survey, advice="; a network takes no sample that lacks one")
    if like is None:
        mean, scale = np.zeros(matrix.shape, dtype=np.float32), np.ones(matrix.shape, dtype=np.float32)
    else:
        mean, scale = like.mean.numpy().reshape(matrix.shape), like.scale.numpy().reshape(matrix.shape)
    return Stream(matrix.rows, input_shape, lambda: (scaled(block, mean, scale) for block in matrix.blocks()))


def _of_npz(path: Path, whole: bool) -> tuple[Matrix, np.ndarray | None]:
    npz = Npz(path)
    members = members_of(npz)
    matrix = NpzMatrix(npz, members.samples)
    return matrix, labels_of(npz, members, matrix.counts) if whole and members.labels else None


def _of_images(
    path: Path, input_shape: tuple[int, ...], class_names: Sequence[str]
) -> tuple[Matrix, np.ndarray | None]:
    listing = list_folder(path) if path.is_dir() else list_zip(path)
    size, colour, _ = size_and_colour(listing, OwnData())
    if len(input_shape) == 3:
        size, colour = (input_shape[1], input_shape[2]), input_shape[0] == 3
    found = [file.label for file in listing.files]
    known = set(found) <= set(class_names)
    return ImageMatrix(listing, size, colour), np.array(found) if known else None


def _of_table(
    table: Table, input_shape: tuple[int, ...], like: Dataset | None, whole: bool
) -> tuple[Matrix, np.ndarray | None]:
    if whole:
        check_early(table)
    known = set() if like is None else set(like.feature_names)
    candidates = _candidates(table.names, known) if whole else ()
    profile = profile_of(table, decimal_of(table), candidates=candidates)
    if not profile.rows:
        raise UserError(f"{table.what} holds no samples")
    index = [name for name, column in profile.columns.items() if counts_rows(table, column, profile.rows)]
    names = [name for name in table.names if name not in index or name in known]
    label = _label(table, names, prod(input_shape), known)
    features = _known_features(table, like) if like is not None else None
    if features is None:
        features = _plain_features(table, profile, [name for name in names if name != label])
    matrix = TableMatrix(table, decimal_of(table), profile, features)
    return matrix, _values(table, profile, label) if whole else None


def _candidates(names: Sequence[str], known: set[str]) -> list[str]:
    """The columns that may hold the classes: by their names, or those that are no known feature, or the
    last."""
    found = labels.named(names)
    extra = [name for name in names if name not in known and not _is_category(name, known)] if known else []
    return found or extra or list(names[-1:])


def _label(table: Table, names: list[str], features: int, known: set[str]) -> str | None:
    """The column of classes: by its name, or the one that the network does not take, or the last."""
    found = labels.named(names)
    if len(found) > 1:
        raise UserError(f"{table.what} has several columns of classes: {listed(found)}")
    if found:
        return found[0]
    extra = [name for name in names if name not in known and not _is_category(name, known)]
    if known and len(extra) == 1:
        return extra[0]
    return names[-1] if len(names) == features + 1 else None


def _is_category(column: str, features: set[str]) -> bool:
    return any(name.startswith(f"{column}=") for name in features)


def _known_features(table: Table, like: Dataset) -> list[Feature] | None:
    """The columns that became the features of `like`, in its order; `None`: the table has none of them."""
    features: list[Feature] = []
    missing = []
    for name in like.feature_names:
        column, value = _origin(name, table.names)
        if column is None:
            missing.append(name)
        elif value is None:
            features.append(Feature(column))
        elif features and features[-1].column == column and features[-1].values is not None:
            features[-1] = Feature(column, (*features[-1].values, value))
        else:
            features.append(Feature(column, (value,)))
    if not features:
        return None
    if missing:
        raise UserError(f"{table.what} has no column for {listed(missing)}, which the network takes")
    return features


def _origin(feature: str, columns: Sequence[str]) -> tuple[str | None, str | None]:
    """The column that a feature is from, and, as in `colour=red`, its value."""
    if feature in columns:
        return feature, None
    for place, letter in enumerate(feature):
        if letter == "=" and feature[:place] in columns:
            return feature[:place], feature[place + 1 :]
    return None, None


def _plain_features(table: Table, profile: Profile, names: list[str]) -> list[Feature]:
    for name in names:
        column = profile.columns.get(name)
        if column is not None and column.numbers:
            refuse_text(table, column)
        if column is None or column.texts:
            raise UserError(f"column {name!r} of {table.what} holds no numbers")
    if not names:
        raise UserError(f"{table.what} has no column beside that of the classes")
    return [Feature(name) for name in names]


def _values(table: Table, profile: Profile, label: str | None) -> np.ndarray | None:
    if label is None:
        return None
    codes = profile.codes[label]
    if codes.too_many or not codes.keys:
        raise UserError(f"column {label!r} of {table.what} holds no classes")
    rows = codes.rows()
    if (rows < 0).any():
        raise UserError(f"column {label!r} of {table.what} lacks {int((rows < 0).sum()):,} classes")
    keys = list(codes.keys)
    if all(isinstance(key, float) for key in keys):
        return np.array(keys, dtype=np.float64)[rows]
    return np.array([word_of(key) for key in keys], dtype=str)[rows]


def _classes(path: Path, y: np.ndarray, n_samples: int, n_classes: int, names: Sequence[str]) -> Tensor:
    """Class numbers: by the names of the classes where the labels are such, else as they are."""
    if y.shape == (n_samples,) and y.dtype.kind in "fiuU":
        places = {name: number for number, name in enumerate(names)}
        words = [word_of(value if isinstance(value, str) else float(value)) for value in y.tolist()]
        if words and all(word in places for word in words):
            return torch.tensor([places[word] for word in words])
        unknown = sorted({word for word in words if word not in places})
        if y.dtype.kind == "U":
            known = f"the network knows {listed(list(names))}" if names else "they should be 0, 1, 2, …"
            raise UserError(f"y of {path} holds {unknown[0]!r}, which is no class; {known}")
    classes = as_labels(f"y of {path}", y, n_samples)
    if int(classes.max()) >= n_classes:
        raise UserError(
            f"y of {path} holds class {int(classes.max())}; the network knows 0 to {n_classes - 1}"
        )
    return classes
