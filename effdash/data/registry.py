"""Data sets by name. A new one is a small file beside this and a line here."""

import math
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from effdash.config import DataConfig
from effdash.data.blobs import blobs
from effdash.data.bundled import breast_cancer, digits, iris, wine
from effdash.data.circles import circles
from effdash.data.dataset import Dataset
from effdash.data.mnist import mnist
from effdash.data.moons import moons
from effdash.data.source import Entry, Source
from effdash.data.spirals import spirals
from effdash.data.split import split_rows
from effdash.data.xor import xor
from effdash.vocab import UserError

DATASETS: Final[dict[str, Entry]] = {
    "moons": Entry("Two moons", moons, samples=100, noise=0.1),
    "circles": Entry("Two circles", circles, samples=100, noise=0.1),
    "spirals": Entry("Two spirals", spirals, samples=200, noise=0.1),
    "xor": Entry("Exclusive or", xor, samples=100, noise=0.1),
    "blobs": Entry("Three blobs", blobs, samples=100, noise=0.1),
    "digits": Entry("Digits, 8x8", digits),
    "wine": Entry("Wine", wine),
    "breast-cancer": Entry("Breast cancer", breast_cancer),
    "iris": Entry("Iris", iris),
    "mnist": Entry("MNIST, 5,000 digits", mnist, one_scale=True),
}


def load_data(
    name: Any,
    *,
    samples: int | None = None,
    noise: float | None = None,
    test_share: float | None = None,
    seed: int = 0,
    **own: Any,
) -> Dataset:
    """A data set by its name, or a person's own data, split and standardised.

    `name` is that of a data set; a file (CSV, TSV, TXT, Parquet, NPZ), or a folder of images or its ZIP; or
    a Bunch of scikit-learn, a DataFrame or a map-style Dataset of PyTorch. `own` are further keywords for
    such data, those of `effdash.data.own.read_own`: `label`, `missing`, `leave_out`, `standardise`,
    `image_size`, `colour`, `no_label`.

    The split is seeded and stratified. Every feature is standardised with the mean and the standard deviation
    of the training part; a feature without variance there has scale 1; the pixels of MNIST share both. Only
    the toy sets have `noise` (0.1), and `samples` (100, spirals 200), which of own data are a part drawn by
    the seed. `test_share` is .15 for the toy sets and .2 for the others.

    Raises:
        UserError: an unknown name, a file that cannot be read, a value out of range, `samples` or `noise`
            for a set that has none, a part with fewer samples than classes, or a set whose package is not
            installed.
    """
    if isinstance(name, str) and name in DATASETS:
        if own:
            raise UserError(f"{next(iter(own))} is for data of your own; {name!r} is a data set of effdash's")
        return load_named(name, samples=samples, noise=noise, test_share=test_share, seed=seed)
    if noise is not None:
        raise UserError(f"noise = {noise}: only the toy sets have noise: {', '.join(_toys())}")
    from effdash.data.own import adopt, read_own

    share = 0.2 if test_share is None else test_share
    if not isinstance(name, str | Path):
        return adopt(name, samples=samples, test_share=share, seed=seed, **own)
    if isinstance(name, str) and not is_path(name):
        raise UserError(
            f"data {name!r} is unknown; known are {', '.join(DATASETS)}, or a file or folder of your own"
        )
    return read_own(name, samples=samples, test_share=share, seed=seed, **own)


def is_path(name: str) -> bool:
    """Whether what a person typed names a file or folder, there or not, and no data set."""
    path = Path(name)
    if name in DATASETS or not name:
        return False
    return bool(path.suffix) or path.name != name or path.exists()


def load_named(
    name: str,
    *,
    samples: int | None = None,
    noise: float | None = None,
    test_share: float | None = None,
    seed: int = 0,
) -> Dataset:
    """One of effdash's data sets. `name` is never taken for a file.

    Raises:
        UserError: as `load_data`.
    """
    if name not in DATASETS:
        raise UserError(f"data {name!r} is unknown; known are {', '.join(DATASETS)}")
    entry = DATASETS[name]
    share = entry.test_share if test_share is None else test_share
    if not 0 < share < 1:
        raise UserError(f"test_share = {test_share} is out of range; it lies between 0 and 1")
    if not 0 <= seed < 2**32:
        raise UserError(f"seed = {seed} is out of range; it lies between 0 and 4294967295")
    return _split(_source(name, samples, noise, seed), share, seed, entry.one_scale, name)


def from_config(config: DataConfig, seed: int) -> Dataset:
    """The data of a run whose own seed is `seed`, which the data set's seed overrules.

    Raises:
        UserError: as `load_data`, or they are a person's own, which lie in the run's file alone.
    """
    if config.own is not None:
        raise UserError(
            f"data {config.name!r} were somebody's own, and no file is opened by that name: they are in the "
            "file of the run they were trained on, or have to be given again"
        )
    return load_named(
        config.name,
        samples=config.samples,
        noise=config.noise,
        test_share=config.test_share,
        seed=seed if config.seed is None else config.seed,
    )


def _source(name: str, samples: int | None, noise: float | None, seed: int) -> Source:
    entry = DATASETS[name]
    if not entry.toy:
        for argument, value in (("samples", samples), ("noise", noise)):
            if value is not None:
                raise UserError(
                    f"{argument} = {value}: data {name!r} has no {argument}; those that have are "
                    f"{', '.join(_toys())}"
                )
        return entry.load()
    samples = entry.samples if samples is None else samples
    noise = entry.noise if noise is None else noise
    if samples is None or not 10 <= samples <= 1_000_000:
        raise UserError(f"samples = {samples} is out of range; it lies between 10 and 1000000")
    if noise is None or not 0 <= noise < math.inf:
        raise UserError(f"noise = {noise} is out of range; it is 0 or more")
    return entry.load(samples=samples, noise=noise, seed=seed)


def _toys() -> list[str]:
    return [name for name, entry in DATASETS.items() if entry.toy]


def _split(source: Source, test_share: float, seed: int, one_scale: bool, name: str) -> Dataset:
    train, test = split_rows(source.y.astype(np.int64), source.class_names, test_share, seed)
    X_train, X_test, y_train, y_test = source.X[train], source.X[test], source.y[train], source.y[test]
    mean, scale = _location_and_scale(X_train, one_scale)
    return Dataset(
        X_train=_float32((X_train - mean) / scale),
        y_train=torch.from_numpy(y_train.astype(np.int64)),
        X_test=_float32((X_test - mean) / scale),
        y_test=torch.from_numpy(y_test.astype(np.int64)),
        class_names=source.class_names,
        feature_names=source.feature_names,
        image_shape=source.image_shape,
        mean=_float32(mean),
        scale=_float32(scale),
        name=name,
    )


def _location_and_scale(
    X: Float[np.ndarray, "sample feature"], one_scale: bool
) -> tuple[Float[np.ndarray, " feature"], Float[np.ndarray, " feature"]]:
    if one_scale:
        return np.full(X.shape[1], X.mean()), np.full(X.shape[1], X.std())
    constant = X.min(axis=0) == X.max(axis=0)
    # The computed deviation of a constant such as 0.1 is not exactly 0.
    return X.mean(axis=0), np.where(constant, 1.0, X.std(axis=0))


def _float32(values: np.ndarray) -> Tensor:
    return torch.from_numpy(values.astype(np.float32))
