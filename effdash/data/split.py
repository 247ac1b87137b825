"""Which samples train a network and which test it."""

import math

import numpy as np
from jaxtyping import Int64

from effdash.vocab import UserError


def split_rows(
    y: Int64[np.ndarray, " sample"], class_names: tuple[str, ...], test_share: float, seed: int
) -> tuple[Int64[np.ndarray, " train"], Int64[np.ndarray, " test"]]:
    """The rows of the training and of the test part, in a seeded order, classes in their shares.

    Raises:
        UserError: a part would have fewer samples than there are classes, or a class has one sample only.
    """
    from sklearn.model_selection import train_test_split

    n_classes = len(class_names)
    n_test = math.ceil(test_share * len(y))
    if min(n_test, len(y) - n_test) < max(1, n_classes):
        each = f" for each of the {n_classes} classes" if n_classes else ""
        raise UserError(
            f"test_share = {test_share:g} splits {len(y)} samples into {len(y) - n_test} and {n_test}; "
            f"each part needs at least one sample{each}"
        )
    check_rarest(y, class_names)
    rows = np.arange(len(y))
    train, test = train_test_split(
        rows, test_size=n_test, stratify=y if n_classes else None, random_state=seed
    )
    return train, test


def part_of(
    y: Int64[np.ndarray, " sample"], class_names: tuple[str, ...], count: int, seed: int
) -> Int64[np.ndarray, " part"]:
    """So many rows, in order, classes in their shares.

    Raises:
        UserError: there are fewer samples, or fewer rows than classes are asked for.
    """
    from sklearn.model_selection import train_test_split

    n_classes = len(class_names)
    if count > len(y):
        raise UserError(f"samples = {count}: there are only {len(y)}")
    if count == len(y):
        return np.arange(len(y))
    if min(count, len(y) - count) < n_classes:
        raise UserError(
            f"samples = {count} of {len(y)} cannot be drawn with all {n_classes} classes in their shares"
        )
    check_rarest(y, class_names)
    rows, _ = train_test_split(
        np.arange(len(y)), train_size=count, stratify=y if n_classes else None, random_state=seed
    )
    return np.sort(rows)


def check_rarest(y: Int64[np.ndarray, " sample"], class_names: tuple[str, ...]) -> None:
    """Raises `UserError`: a class has one sample only, which can be in one part alone."""
    counts = np.bincount(y, minlength=len(class_names))[: len(class_names)]
    if len(counts) and counts.min() < 2:
        rarest = int(counts.argmin())
        samples = "one sample only" if counts[rarest] else "no sample"
        raise UserError(
            f"class {class_names[rarest]!r} has {samples}; it takes two, one to train with and one to test "
            "with"
        )
