"""Data sets by name. A new one is a small file beside this and a line here."""

import math
from typing import Final

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
    name: str,
    *,
    samples: int | None = None,
    noise: float | None = None,
    test_share: float | None = None,
    seed: int = 0,
) -> Dataset:
    """A data set by name, split and standardised.

    The split is seeded and stratified. Every feature is standardised with the mean and the standard deviation
    of the training part; a feature without variance there has scale 1; the pixels of MNIST share both. Only
    the toy sets have `samples` (100, spirals 200) and `noise` (0.1). `test_share` is .15 for the toy sets and
    .2 for the others.

    Raises:
        UserError: an unknown name, a value out of range, `samples` or `noise` for a set that has none,
            a part with fewer samples than classes, or a set whose package is not installed.
    """
    if name not in DATASETS:
        raise UserError(f"data {name!r} is unknown; known are {', '.join(DATASETS)}")
    entry = DATASETS[name]
    share = entry.test_share if test_share is None else test_share
    if not 0 < share < 1:
        raise UserError(f"test_share = {test_share} is out of range; it lies between 0 and 1")
    if not 0 <= seed < 2**32:
        raise UserError(f"seed = {seed} is out of range; it lies between 0 and 4294967295")
    return _split(_source(name, samples, noise, seed), share, seed, entry.one_scale)


def from_config(config: DataConfig, seed: int) -> Dataset:
    """The data of a run whose own seed is `seed`, which the data set's seed overrules.

    Raises:
        UserError: as `load_data`.
    """
    return load_data(
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
                toys = ", ".join(known for known, each in DATASETS.items() if each.toy)
                raise UserError(
                    f"{argument} = {value}: data {name!r} has no {argument}; those that have are {toys}"
                )
        return entry.load()
    samples = entry.samples if samples is None else samples
    noise = entry.noise if noise is None else noise
    if samples is None or not 10 <= samples <= 1_000_000:
        raise UserError(f"samples = {samples} is out of range; it lies between 10 and 1000000")
    if noise is None or not 0 <= noise < math.inf:
        raise UserError(f"noise = {noise} is out of range; it is 0 or more")
    return entry.load(samples=samples, noise=noise, seed=seed)


def _split(source: Source, test_share: float, seed: int, one_scale: bool) -> Dataset:
    from sklearn.model_selection import train_test_split

    n_test = math.ceil(test_share * len(source.y))
    n_classes = len(source.class_names)
    if min(n_test, len(source.y) - n_test) < n_classes:
        raise UserError(
            f"test_share = {test_share:g} splits {len(source.y)} samples into {len(source.y) - n_test} and "
            f"{n_test}; each part needs at least one sample for each of the {n_classes} classes"
        )
    X_train, X_test, y_train, y_test = train_test_split(
        source.X, source.y, test_size=n_test, stratify=source.y, random_state=seed
    )
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
