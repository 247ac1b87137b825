"""From samples as they come to a `Dataset`: rows chosen, split, filled in, standardised."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Final

import numpy as np
import torch
from torch import Tensor

from effdash.config import OwnData
from effdash.data.dataset import Dataset
from effdash.data.own.matrix import Survey, refuse_infinite, refuse_missing
from effdash.data.own.memory import check_room
from effdash.data.own.raw import Raw
from effdash.data.split import part_of, split_rows
from effdash.vocab import UserError

DROPPED: Final = -1


def assemble(
    raw: Raw,
    how: OwnData,
    *,
    test_share: float,
    seed: int,
    samples: int | None = None,
    most_bytes: int | None = None,
) -> Dataset:
    """A data set of float32. The samples are gone over once more; beside it, a block at a time is in memory.

    Raises:
        UserError: values are missing and `how` does not say what to do, values that are no numbers for a
            network, parts without a sample of each class, or no room.
    """
    if samples is None and how.missing != "drop":
        # That all stay is known before they are gone over.
        check_room(raw.what, raw.matrix.rows, raw.matrix.shape, most=most_bytes)
    survey = raw.matrix.survey()
    rows = np.flatnonzero(chosen(raw, how, survey))
    y = raw.y[rows]
    class_names = raw.class_names
    if how.missing == "drop":
        _require_all_classes(raw, y)
    if samples is not None:
        rows = rows[part_of(y, class_names, samples, seed)]
        y = raw.y[rows]
    check_room(raw.what, len(rows), raw.matrix.shape, most=most_bytes)
    train, test = _parts(raw, rows, y, test_share, seed)
    in_train = np.zeros(raw.matrix.rows, dtype=bool)
    in_train[train] = True
    scaling = Scaling.of(raw, survey, in_train, standardise=how.standardise)
    X_train, X_test = _filled(raw, scaling, train, test)
    shape = raw.matrix.shape
    return Dataset(
        X_train=_tensor(X_train, (len(train), *shape)),
        y_train=torch.from_numpy(raw.y[train]),
        X_test=_tensor(X_test, (len(test), *shape)),
        y_test=torch.from_numpy(raw.y[test]),
        class_names=class_names,
        feature_names=raw.feature_names,
        image_shape=raw.image_shape,
        mean=_tensor(scaling.mean, shape),
        scale=_tensor(scaling.scale, shape),
        name=raw.name,
    )


@dataclass(frozen=True, eq=False)
class Scaling:
    """What is done to every feature; all float32 (feature).

    A value becomes float32((x - mean) / scale), from float64 and by these very numbers, so that the same
    sample from another file becomes the same to its last bit.
    """

    mean: np.ndarray
    scale: np.ndarray
    filling: np.ndarray
    """What stands for a value that is missing, before it is scaled."""

    @classmethod
    def of(cls, raw: Raw, survey: Survey, among: np.ndarray, *, standardise: bool) -> "Scaling":
        """From the rows `among` all, bool (row), which are gone over, where anything hangs on them."""
        features = prod(raw.matrix.shape)
        zeros, ones = np.zeros(features, dtype=np.float32), np.ones(features, dtype=np.float32)
        if not standardise and not survey.missing.any():
            return cls(zeros, ones, zeros)
        location, deviation = _location_and_deviation(raw, survey, among)
        mean, scale = location.astype(np.float32), deviation.astype(np.float32)
        scale[scale == 0] = 1
        return cls(mean, scale, mean) if standardise else cls(zeros, ones, mean)

    def apply(self, values: np.ndarray) -> np.ndarray:
        """float64 (sample, feature), changed in place, to float32."""
        np.copyto(values, self.filling, where=np.isnan(values))
        return scaled(values, self.mean, self.scale)


def scaled(values: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """float64 values of a file as float32 ones of a data set with this mean and scale, both float32."""
    return ((values - mean.astype(np.float64)) / scale.astype(np.float64)).astype(np.float32)


def chosen(raw: Raw, how: OwnData, survey: Survey) -> np.ndarray:
    """The rows that stay, bool (row).

    Raises:
        UserError: none does; a value is infinite, or one is missing and nothing is to be done about it.
    """
    refuse_infinite(raw.matrix, survey)
    unlabelled = raw.y < 0
    if how.missing == "drop":
        stay = ~(survey.incomplete_rows | unlabelled)
        if not stay.any():
            raise UserError(f"{raw.what} lacks a value in every row; none is left")
        return stay
    if unlabelled.any():
        first = raw.matrix.row(int(unlabelled.argmax()))
        raise UserError(
            f"the label is missing in {int(unlabelled.sum()):,} of {len(raw.y):,} rows of {raw.what}, first "
            f"in {first}; leave them out (missing: drop)"
        )
    if how.missing == "refuse":
        refuse_missing(raw.matrix, survey)
    return np.ones(raw.matrix.rows, dtype=bool)


def _require_all_classes(raw: Raw, y: np.ndarray) -> None:
    counts = np.bincount(y, minlength=max(1, len(raw.class_names)))
    if raw.class_names and not counts.min():
        name = raw.class_names[int(counts.argmin())]
        raise UserError(
            f"class {name!r} of {raw.what} has no row without a missing value; none of it is left"
        )


def _parts(
    raw: Raw, rows: np.ndarray, y: np.ndarray, test_share: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    if raw.test is not None:
        train, test = rows[~raw.test[rows]], rows[raw.test[rows]]
        if not len(train) or (raw.class_names and len(np.unique(raw.y[train])) < 2):
            raise UserError(f"the training part of {raw.what} holds fewer than two classes")
        return train, test
    if test_share == 0:
        return rows, rows[:0]
    train, test = split_rows(y, raw.class_names, test_share, seed)
    return rows[train], rows[test]


def _filled(raw: Raw, scaling: Scaling, train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both parts as float32 (sample, feature)."""
    features = prod(raw.matrix.shape)
    X_train = np.empty((len(train), features), dtype=np.float32)
    X_test = np.empty((len(test), features), dtype=np.float32)
    place = np.full(raw.matrix.rows, DROPPED, dtype=np.int64)
    in_test = np.zeros(raw.matrix.rows, dtype=bool)
    place[train] = np.arange(len(train))
    place[test] = np.arange(len(test))
    in_test[test] = True
    for rows, block in blocks_of(raw):
        where, testing = place[rows], in_test[rows]
        kept = where != DROPPED
        values = scaling.apply(block)
        X_train[where[kept & ~testing]] = values[kept & ~testing]
        X_test[where[kept & testing]] = values[kept & testing]
    return X_train, X_test


def blocks_of(raw: Raw) -> Iterator[tuple[slice, np.ndarray]]:
    """All samples, float64 (sample, feature), with their rows.

    Raises:
        UserError: there are more or fewer than there were.
    """
    features = prod(raw.matrix.shape)
    start = 0
    for block in raw.matrix.blocks():
        stop = start + len(block)
        if stop > raw.matrix.rows:
            break
        yield slice(start, stop), block.reshape(len(block), features)
        start = stop
    if start != raw.matrix.rows:
        raise UserError(f"{raw.what} changed while it was read")


def _location_and_deviation(raw: Raw, survey: Survey, among: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of every feature, of what is there in some rows; 1 for a constant."""
    features = prod(raw.matrix.shape)
    shift = np.full(features, survey.shift.mean()) if raw.one_scale else survey.shift
    count, total, squares = np.zeros(features), np.zeros(features), np.zeros(features)
    lowest, highest = np.full(features, np.inf), np.full(features, -np.inf)
    for rows, block in blocks_of(raw):
        moved = block[among[rows]] - shift
        known = ~np.isnan(moved)
        count += known.sum(axis=0)
        lowest = np.minimum(lowest, np.where(known, moved, np.inf).min(axis=0, initial=np.inf))
        highest = np.maximum(highest, np.where(known, moved, -np.inf).max(axis=0, initial=-np.inf))
        moved[~known] = 0.0
        total += moved.sum(axis=0)
        squares += np.square(moved).sum(axis=0)
    if raw.one_scale:
        mean = np.full(features, total.sum() / max(1.0, count.sum()))
        variance = np.full(features, squares.sum() / max(1.0, count.sum())) - np.square(mean)
    else:
        mean = total / np.maximum(1.0, count)
        variance = squares / np.maximum(1.0, count) - np.square(mean)
    # The computed deviation of a constant such as 0.1 is not exactly 0.
    constant = np.full(features, lowest.min() >= highest.max()) if raw.one_scale else lowest >= highest
    return mean + shift, np.where(constant, 1.0, np.sqrt(np.maximum(variance, 0.0)))


def _tensor(values: np.ndarray, shape: tuple[int, ...]) -> Tensor:
    return torch.from_numpy(values).reshape(shape)
