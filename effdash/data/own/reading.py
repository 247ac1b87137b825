"""A person's data as a `Dataset`: `read_own` a file or folder, `adopt` an object; `stream_own`: in pieces."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, get_args

import numpy as np

from effdash.config import DataConfig, Missing, OwnData, RunConfig, build
from effdash.data.dataset import Dataset
from effdash.data.own.assembling import assemble
from effdash.data.own.contents import kind_of
from effdash.data.own.image_files import list_folder, list_zip
from effdash.data.own.images import raw_images
from effdash.data.own.npz_reading import raw_npz
from effdash.data.own.objects import raw_object
from effdash.data.own.raw import Raw
from effdash.data.own.streaming import Streamed, stream
from effdash.data.own.table_reading import check_early, open_table, raw_table
from effdash.vocab import UserError

MISSING: Final[tuple[str, ...]] = get_args(Missing)
"""What can be done about missing values; the first is done unless asked otherwise."""
TEST_SHARE: Final = 0.2
DIGITS: Final = 16
LONGEST_NAME: Final = 60


def read_own(
    path: str | Path,
    *,
    label: str | None = None,
    missing: str = MISSING[0],
    leave_out: Sequence[str] = (),
    test_share: float = TEST_SHARE,
    seed: int = 0,
    samples: int | None = None,
    standardise: bool = True,
    image_size: int | tuple[int, int] | None = None,
    colour: bool | None = None,
    no_label: bool = False,
    most_bytes: int | None = None,
) -> Dataset:
    """A CSV, TSV, TXT, Parquet or NPZ file, or a folder (or its ZIP) of images with one subfolder a class.

    The split is seeded and stratified, unless the data have parts of their own (`X_test` of an NPZ, folders
    `train` and `test`). Every feature is standardised with the training part; the pixels of images share mean
    and deviation. Texts become one feature a value, called as in `colour=red`. Tables are gone over twice in
    small pieces, so that beside the data set itself hardly any memory is needed. Nothing is ever unpickled.

    Args:
        label: The column that holds the classes; `None`: it is guessed.
        missing: `refuse` a file that lacks values, or fill in the `mean` of the training part (of a text: the
            shares of its values), or `drop` the rows.
        leave_out: Columns that are no features.
        test_share: From 0, which makes the test part empty, to below 1.
        samples: Only so many, drawn by the seed, classes in their shares.
        image_size: Height and width, or one number for both; `None`: the commonest.
        colour: Images in colour or in grey; `None`: as most are.
        no_label: The samples have no classes, as for a regression; the label column, if named, is left out.
        most_bytes: Refuse what would take more, before it is read.

    Raises:
        UserError: the file cannot be read or understood, or its samples cannot be used; one sentence says
            where and why.
    """
    how = _how(
        label=label,
        missing=missing,
        leave_out=leave_out,
        standardise=standardise,
        image_size=image_size,
        colour=colour,
        no_label=no_label,
    )
    _check(test_share, seed, samples)
    raw = raw_of(Path(path), how, whole=samples is None)
    return assemble(raw, how, test_share=test_share, seed=seed, samples=samples, most_bytes=most_bytes)


def stream_own(
    path: str | Path,
    *,
    label: str | None = None,
    missing: str = MISSING[0],
    leave_out: Sequence[str] = (),
    standardise: bool = False,
    image_size: int | tuple[int, int] | None = None,
    colour: bool | None = None,
    no_label: bool = False,
) -> Streamed:
    """All samples of a file or folder, however large, a few at a time; see `unit_status`.

    Arguments as in `read_own`, but that nothing is split, and nothing standardised unless asked: then, and
    for values that are missing, the mean is that of all samples.

    Raises:
        UserError: as `read_own`.
    """
    how = _how(
        label=label,
        missing=missing,
        leave_out=leave_out,
        standardise=standardise,
        image_size=image_size,
        colour=colour,
        no_label=no_label,
    )
    return stream(raw_of(Path(path), how, whole=False, labelled=False), how)


def adopt(
    source: Any,
    *,
    label: str | None = None,
    missing: str = MISSING[0],
    leave_out: Sequence[str] = (),
    test_share: float = TEST_SHARE,
    seed: int = 0,
    samples: int | None = None,
    standardise: bool = True,
    no_label: bool = False,
) -> Dataset:
    """A Bunch of scikit-learn, a DataFrame or a map-style Dataset of PyTorch; arguments as in `read_own`.

    Raises:
        UserError: it is something else, or its samples cannot be used.
    """
    how = _how(label=label, missing=missing, leave_out=leave_out, standardise=standardise, no_label=no_label)
    _check(test_share, seed, samples)
    return assemble(raw_object(source, how), how, test_share=test_share, seed=seed, samples=samples)


def raw_of(path: Path, how: OwnData, *, whole: bool, labelled: bool = True) -> Raw:
    """What a file or a folder holds, before it is split.

    Args:
        whole: Whether all of it is to be in memory; a table that cannot be is refused before it is read.
        labelled: Whether the class of every sample is wanted.

    Raises:
        UserError: as `read_own`.
    """
    kind = kind_of(path)
    name = name_of(path)
    if kind == "images":
        if how.label is not None or how.leave_out:
            argument = "label" if how.label is not None else "leave_out"
            raise UserError(
                f"{argument} names a column of a table; the classes of images are their subfolders"
            )
        return raw_images(list_folder(path) if path.is_dir() else list_zip(path), how, name)
    if kind == "npz":
        return raw_npz(path, how, name, labelled=labelled)
    table = open_table(path, kind)
    if whole:
        check_early(table)
    return raw_table(table, how, name, labelled=labelled)


def name_of(path: Path) -> str:
    """What data from a file or folder are called."""
    stem = path.resolve().name if path.is_dir() else path.stem
    return " ".join(stem.split())[:LONGEST_NAME] or "data"


def own_config(config: RunConfig, data: Dataset, **how: Any) -> RunConfig:
    """The settings of a run that trains on a person's own data, which its file will hold.

    `how` are the keywords that `read_own` was called with: they are noted, and never looked at again.

    Raises:
        UserError: the data have no classes or no test part, so that nothing can be trained on them.
    """
    check_trainable(data)
    given = {field: how[field] for field in OwnData.model_fields if field in how}
    own = build(OwnData, {**given, "image_size": _size(given.get("image_size")), "digest": digest_of(data)})
    return config.model_copy(
        update={
            "data": DataConfig(
                name=data.name or "own data",
                own=own,
                samples=how.get("samples"),
                test_share=how.get("test_share"),
                seed=how.get("seed", config.data_seed),
            )
        }
    )


def check_trainable(data: Dataset) -> None:
    """Raises `UserError`: the data have no classes, or no test samples."""
    if not data.n_classes:
        raise UserError(
            f"data {data.name!r} have no classes, and effdash trains networks to tell classes apart; watch a "
            "training of your own instead"
        )
    if not len(data.X_test):
        raise UserError(f"data {data.name!r} have no test samples, on which a run in training is looked at")


def digest_of(data: Dataset) -> str:
    """16 hexadecimal digits that two data sets share where their samples, their order and classes are the
    same."""
    digest = hashlib.sha256()
    for values in (data.X_train, data.y_train, data.X_test, data.y_test):
        digest.update(repr(tuple(values.shape)).encode())
        digest.update(np.ascontiguousarray(values.detach().cpu().numpy()).tobytes())
    digest.update("\0".join(data.class_names).encode())
    return digest.hexdigest()[:DIGITS]


def _how(
    *,
    label: str | None,
    missing: str,
    leave_out: Sequence[str],
    standardise: bool,
    no_label: bool,
    image_size: int | tuple[int, int] | None = None,
    colour: bool | None = None,
) -> OwnData:
    return build(
        OwnData,
        {
            "label": label,
            "missing": missing,
            "leave_out": [leave_out] if isinstance(leave_out, str) else list(leave_out),
            "standardise": standardise,
            "image_size": _size(image_size),
            "colour": colour,
            "no_label": no_label,
        },
    )


def _size(image_size: Any) -> Any:
    return (image_size, image_size) if isinstance(image_size, int) else image_size


def _check(test_share: float, seed: int, samples: int | None) -> None:
    if not 0 <= test_share < 1:
        raise UserError(f"test_share = {test_share} is out of range; it is 0 or more, and less than 1")
    if not 0 <= seed < 2**32:
        raise UserError(f"seed = {seed} is out of range; it lies between 0 and 4294967295")
    if samples is not None and samples < 2:
        raise UserError(f"samples = {samples} is out of range; it is 2 or more")
