"""From samples as they come to a `Dataset`: rows chosen, split, filled in, standardised."""

from math import prod
from typing import Final

import numpy as np
import torch
from torch import Tensor

from effdash.config import OwnData
from effdash.data.dataset import Dataset
from effdash.data.own.matrix import Survey, refuse_infinite, refuse_missing, rows_of_block
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
    survey = raw.matrix.survey()
    refuse_infinite(raw.matrix, survey)
    rows = _chosen(raw, how, survey)
    y = raw.y[rows]
    class_names = raw.class_names
    if samples is not None:
        rows = rows[part_of(y, class_names, samples, seed)]
        y = raw.y[rows]
    check_room(raw.what, len(rows), raw.matrix.shape, most=most_bytes)
    train, test = _parts(raw, rows, y, test_share, seed)
    X_train, X_test, shift = _filled(raw, survey, train, test, how.standardise)
    del survey
    mean, scale = _finished(X_train, X_test, shift, raw.one_scale, how.standardise)
    shape = raw.matrix.shape
    return Dataset(
        X_train=_tensor(X_train, shape),
        y_train=torch.from_numpy(raw.y[train]),
        X_test=_tensor(X_test, shape),
        y_test=torch.from_numpy(raw.y[test]),
        class_names=class_names,
        feature_names=raw.feature_names,
        image_shape=raw.image_shape,
        mean=_tensor(mean.astype(np.float32), shape, one=True),
        scale=_tensor(scale.astype(np.float32), shape, one=True),
        name=raw.name,
    )


def _chosen(raw: Raw, how: OwnData, survey: Survey) -> np.ndarray:
    """The rows that stay."""
    incomplete = survey.incomplete_rows
    unlabelled = raw.y < 0
    if how.missing == "drop":
        rows = np.flatnonzero(~(incomplete | unlabelled))
        if not len(rows):
            raise UserError(f"{raw.what} lacks a value in every row; none is left")
        return _all_classes(raw, rows)
    if unlabelled.any():
        first = raw.matrix.row(int(unlabelled.argmax()))
        raise UserError(
            f"the label is missing in {int(unlabelled.sum()):,} of {len(raw.y):,} rows of {raw.what}, first "
            f"in {first}; leave them out (missing: drop)"
        )
    if how.missing == "refuse":
        refuse_missing(raw.matrix, survey)
    return np.arange(raw.matrix.rows)


def _all_classes(raw: Raw, rows: np.ndarray) -> np.ndarray:
    """The rows, where they still are of every class."""
    counts = np.bincount(raw.y[rows], minlength=max(1, len(raw.class_names)))
    if raw.class_names and not counts.min():
        name = raw.class_names[int(counts.argmin())]
        raise UserError(
            f"class {name!r} of {raw.what} has no row without a missing value; none of it is left"
        )
    return rows


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


def _filled(
    raw: Raw, survey: Survey, train: np.ndarray, test: np.ndarray, standardise: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both parts as float32 (sample, feature), as the distances from `shift`, which is 0 for plain values."""
    features = prod(raw.matrix.shape)
    shift = survey.shift if standardise else np.zeros(features)
    if raw.one_scale:
        shift = np.full(features, shift.mean())
    X_train = np.empty((len(train), features), dtype=np.float32)
    X_test = np.empty((len(test), features), dtype=np.float32)
    place = np.full(raw.matrix.rows, DROPPED, dtype=np.int64)
    in_test = np.zeros(raw.matrix.rows, dtype=bool)
    place[train] = np.arange(len(train))
    place[test] = np.arange(len(test))
    in_test[test] = True
    start = 0
    for block in raw.matrix.blocks():
        moved = block.reshape(len(block), features) - shift
        stop = start + len(block)
        if stop > raw.matrix.rows:
            break
        where, testing = place[start:stop], in_test[start:stop]
        kept = where != DROPPED
        X_train[where[kept & ~testing]] = moved[kept & ~testing]
        X_test[where[kept & testing]] = moved[kept & testing]
        start = stop
    if start != raw.matrix.rows:
        raise UserError(f"{raw.what} changed while it was read")
    return X_train, X_test, shift


def _finished(
    X_train: np.ndarray, X_test: np.ndarray, shift: np.ndarray, one_scale: bool, standardise: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Fills what is missing with the mean on train and standardises, in place; mean and scale (feature)."""
    location, scale = _location_and_scale(X_train, one_scale)
    for X in (X_train, X_test):
        for start in range(0, len(X), _rows(X)):
            block = X[start : start + _rows(X)]
            values = block.astype(np.float64)
            np.copyto(values, location, where=np.isnan(values))
            block[...] = (values - location) / scale if standardise else values
    if not standardise:
        return np.zeros(len(shift)), np.ones(len(shift))
    return location + shift, scale


def _location_and_scale(X: np.ndarray, one_scale: bool) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of every feature, of what is there; 1 for one that never varies."""
    features = X.shape[1]
    count, total, squares = np.zeros(features), np.zeros(features), np.zeros(features)
    lowest, highest = np.full(features, np.inf), np.full(features, -np.inf)
    blocks = [X[start : start + _rows(X)] for start in range(0, len(X), _rows(X))]
    for block in blocks:
        known = ~np.isnan(block)
        count += known.sum(axis=0)
        total += np.where(known, block, 0.0).sum(axis=0, dtype=np.float64)
        lowest = np.fmin(lowest, np.fmin.reduce(block, axis=0))
        highest = np.fmax(highest, np.fmax.reduce(block, axis=0))
    if one_scale:
        mean = np.full(features, total.sum() / max(1.0, count.sum()))
    else:
        mean = total / np.maximum(1.0, count)
    for block in blocks:
        squares += np.square(np.where(np.isnan(block), 0.0, block - mean)).sum(axis=0)
    if one_scale:
        deviation = np.full(features, np.sqrt(squares.sum() / max(1.0, count.sum())))
        return mean, np.where(deviation > 0, deviation, 1.0)
    constant = ~(lowest < highest)
    # The computed deviation of a constant such as 0.1 is not exactly 0.
    return mean, np.where(constant, 1.0, np.sqrt(squares / np.maximum(1.0, count)))


def _rows(X: np.ndarray) -> int:
    return rows_of_block(X.shape[1:])


def _tensor(values: np.ndarray, shape: tuple[int, ...], one: bool = False) -> Tensor:
    return torch.from_numpy(values).reshape(shape if one else (len(values), *shape))
