"""The arrays of an NPZ file as samples and their classes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from effdash.config import OwnData
from effdash.data.dataset import numbered
from effdash.data.own import memory
from effdash.data.own.arrays import arranged, class_names_of, classes_of_array
from effdash.data.own.labels import unlabelled
from effdash.data.own.npz import Npz, NpzMatrix
from effdash.data.own.raw import Raw
from effdash.data.own.table_reading import listed
from effdash.vocab import UserError

PARTS: Final = (("X_train", "y_train"), ("X_test", "y_test"))
WHOLE: Final = ("X", "y")
OTHER_NAMES: Final = {"x": "X", "x_train": "X_train", "x_test": "X_test", "data": "X", "images": "X"}
"""What else samples are called in other people's files."""
OTHER_LABELS: Final = {
    "Y": "y",
    "Y_train": "y_train",
    "Y_test": "y_test",
    "labels": "y",
    "target": "y",
    "label": "y",
}


class Members(NamedTuple):
    """The arrays that hold samples, and those of their labels; a second one of each is the test part."""

    samples: tuple[str, ...]
    labels: tuple[str, ...]


def raw_npz(path: Path, how: OwnData, name: str, *, labelled: bool = True) -> Raw:
    """The samples of `X` and `y`, or of `X_train`, `y_train`, `X_test` and `y_test`.

    Args:
        labelled: Whether the class of every sample is wanted.

    Raises:
        UserError: these arrays are not there, do not fit each other, or hold something else.
    """
    if how.leave_out:
        raise UserError(f"leave_out names columns of a table; {path} holds arrays")
    npz = Npz(path)
    members = members_of(npz, how.label)
    matrix = NpzMatrix(npz, members.samples)
    laid = arranged(matrix)
    found = unlabelled(matrix.rows)
    if not how.no_label:
        what = f"y of {path}"
        if labelled:
            found = classes_of_array(what, labels_of(npz, members, matrix.counts), matrix.rows)
        else:
            parts = label_blocks(npz, members, matrix.counts)
            found = unlabelled(matrix.rows, class_names_of(what, parts, matrix.rows))
    test = None
    if len(members.samples) == 2:
        test = np.ones(matrix.rows, dtype=bool)
        test[: matrix.counts[0]] = False
    shape = laid.matrix.shape
    return Raw(
        name=name,
        matrix=laid.matrix,
        y=found.y,
        class_names=found.names,
        feature_names=numbered("x", shape[0], start=1) if len(shape) == 1 else (),
        image_shape=laid.image_shape,
        one_scale=laid.image_shape is not None,
        test=test,
    )


def members_of(npz: Npz, label: str | None = None) -> Members:
    """The arrays of samples and of labels; `label` names that of the labels, where it is called otherwise.

    Raises:
        UserError: no array has a name that samples have, or none is called `label`.
    """
    if label is not None and label not in npz.names:
        raise UserError(f"label = {label!r} is no array of {npz.path}; it holds {', '.join(npz.names)}")
    called = {OTHER_NAMES.get(name, OTHER_LABELS.get(name, name)): name for name in npz.names}
    parts = [part for part in (WHOLE, *PARTS) if part[0] in called]
    if WHOLE in parts:
        parts = [WHOLE]
    samples = tuple(called[each] for each, _ in parts)
    labels = tuple(called[each] for _, each in parts if each in called)
    if len(samples) == 1:
        return Members(samples, labels if label is None else (label,))
    if len(samples) == 2:
        if label not in (None, *labels):
            raise UserError(
                f"label = {label!r}: the parts of {npz.path} have labels of their own, {listed(labels)}"
            )
        return Members(samples, labels)
    raise UserError(
        f"{npz.path} holds no array X, nor X_train; it holds {', '.join(npz.names) or 'no array'}"
    )


def labels_of(npz: Npz, members: Members, counts: list[int]) -> np.ndarray:
    """All labels, those of the test part last.

    Raises:
        UserError: there are none, not one a sample, or there is no room for them.
    """
    needed, free = sum(npz.header(labels).nbytes for labels in members.labels), memory.available()
    if needed > free:
        raise UserError(
            f"the labels of {npz.path} take {memory.in_words(needed)}; {memory.in_words(free)} of memory are "
            "free"
        )
    return np.concatenate(list(label_blocks(npz, members, counts)))


def label_blocks(npz: Npz, members: Members, counts: list[int]) -> Iterator[np.ndarray]:
    """All labels, a block at a time, those of the test part last.

    Raises:
        UserError: as `labels_of`.
    """
    if len(members.labels) < len(members.samples):
        raise UserError(
            f"{npz.path} holds no array {'y' if len(members.samples) == 1 else 'y for each of its parts'}; "
            "say that there are no classes (no label) or add it"
        )
    for samples, labels, count in zip(members.samples, members.labels, counts, strict=True):
        shape = npz.header(labels).shape
        if shape not in ((count,), (count, 1)):
            raise UserError(
                f"{labels} of {npz.path} has shape {shape}, but {samples} holds {count} samples; it "
                f"should have shape ({count},)"
            )
        for block in npz.blocks(labels):
            yield block.reshape(len(block))
