"""The first look at a person's data, before anything is decided."""

from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import numpy as np
import pandas as pd

from effdash.config import OwnData
from effdash.data.own import labels
from effdash.data.own.arrays import arranged, classes_of_array
from effdash.data.own.contents import Kind, kind_of
from effdash.data.own.features import counts_rows, features_of
from effdash.data.own.image_files import Listing, list_folder, list_zip
from effdash.data.own.images import size_and_colour
from effdash.data.own.memory import bytes_of
from effdash.data.own.npz import Npz, NpzMatrix
from effdash.data.own.npz_reading import Members, labels_of, members_of
from effdash.data.own.profile import Column, Profile, profile_of, word_of
from effdash.data.own.table_reading import check_columns, decimal_of, no_label_found, open_table
from effdash.data.own.tables import ParquetTable, Table
from effdash.vocab import UserError

MOST_ROWS: Final = 100_000
"""So many rows of a table are looked at."""
SHOWN_ROWS: Final = 8
SHOWN_COLUMNS: Final = 100
MOST_SHOWN_ARRAY: Final = 1 << 28
"""Bytes of samples that are looked through for missing values."""
COLUMNS: Final = ("column", "kind", "missing", "distinct", "example")


class Problem(NamedTuple):
    """Why a file will be refused as things stand, and what of it is about that."""

    about: Literal["missing", "label", "column"]
    sentence: str


@dataclass(frozen=True, eq=False)
class Preview:
    """What a file or a folder seems to hold."""

    kind: Kind
    rows: int | None
    """`None`: only the first ones were counted."""
    columns: pd.DataFrame
    """`column`, `kind` (number, category, text or what else it is), `missing`, `distinct`
    (missing: very many), `example`; a row a column of a table."""
    head: pd.DataFrame
    """The first rows; of images, their names, classes and sizes."""
    label: str | None
    """The column that holds the classes: the one named, else a guess. `y` of an NPZ; `None`: none is
    known."""
    classes: pd.Series | None
    """How many samples each class has, by its name."""
    bytes_needed: int
    """What the samples take in memory, about."""
    input_shape: tuple[int, ...]
    """Of a sample, as a network will get it."""
    notes: tuple[str, ...] = ()
    """How it was understood, a few words each."""
    problems: tuple[Problem, ...] = ()
    """Those `missing` values are none where they are filled in or left out, those of the `label` none where
    no classes are wanted."""


def preview(path: str | Path, *, label: str | None = None) -> Preview:
    """Looks at a file or a folder of images, reading no more than it shows.

    Raises:
        UserError: nothing can be shown of it.
    """
    path = Path(path)
    kind = kind_of(path)
    if kind == "images":
        return _of_images(list_folder(path) if path.is_dir() else list_zip(path))
    if kind == "npz":
        return _of_npz(path, label)
    return _of_table(open_table(path, kind), kind, label)


def _of_table(table: Table, kind: Kind, label: str | None) -> Preview:
    how = OwnData(label=label)
    check_columns(table, how)
    head = next(table.blocks(), None)
    if head is None:
        raise UserError(f"{table.what} holds no samples")
    profile = profile_of(table, decimal_of(table), most_rows=MOST_ROWS)
    index = [name for name, column in profile.columns.items() if counts_rows(table, column, profile.rows)]
    used = [name for name in table.names if name not in index]
    label = label or labels.guess(used, profile.columns, profile.rows)
    rows = _row_count(table, profile)
    about = rows if rows is not None else table.about_rows()
    problems, shape = _problems_of_table(table, profile, label, index, used)
    notes = list(table.notes)
    if index:
        notes.append("the first column has no name and counts the rows: it is left out")
    if not profile.complete:
        notes.append(f"counted on the first {profile.rows:,} rows")
    return Preview(
        kind=kind,
        rows=rows,
        columns=_columns(table, profile),
        head=head.slice(0, SHOWN_ROWS).to_pandas(),
        label=label,
        classes=_class_counts(profile.columns.get(label)) if label is not None else None,
        bytes_needed=bytes_of(about, shape),
        input_shape=shape,
        notes=tuple(notes),
        problems=tuple(problems),
    )


def _row_count(table: Table, profile: Profile) -> int | None:
    if profile.complete:
        return profile.rows
    return table.rows if isinstance(table, ParquetTable) else None


def _problems_of_table(
    table: Table, profile: Profile, label: str | None, index: list[str], used: list[str]
) -> tuple[list[Problem], tuple[int, ...]]:
    """What speaks against reading it as it is, and the shape of a sample."""
    problems = []
    lacking = {
        name: column.missing for name, column in profile.columns.items() if column.missing and name in used
    }
    if lacking:
        total = sum(lacking.values())
        listed = ", ".join(f"{name!r} ({count:,})" for name, count in list(lacking.items())[:SHOWN_ROWS])
        words = f"{total:,} {'value is' if total == 1 else 'values are'} missing, in {listed}"
        problems.append(Problem("missing", words))
    if label is None:
        problems.append(Problem("label", no_label_found(table, used)))
    elif label in profile.columns:
        counts = profile.columns[label].counts
        try:
            labels.check_classes(
                f"column {label!r} of {table.what}", None if counts is None else list(counts), profile.rows
            )
        except UserError as error:
            problems.append(Problem("label", str(error)))
    width = 0
    for name in used:
        if name == label:
            continue
        # Each on its own, so that all that is wrong is told at once.
        others = {other: "" for other in table.names if other != name}
        try:
            width += sum(len(feature.names) for feature in features_of(table, profile, others))
        except UserError as error:
            problems.append(Problem("column", str(error)))
    return problems, (max(1, width),)


def _columns(table: Table, profile: Profile) -> pd.DataFrame:
    rows: list[tuple[Any, ...]] = []
    for name in table.names:
        if name in table.strange:
            rows.append((name, table.strange[name], 0, None, ""))
            continue
        column = profile.columns[name]
        rows.append((name, column.kind, column.missing, column.distinct, _example(column)))
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    return found.astype({"distinct": "Int64"})


def _example(column: Column) -> str:
    if column.kind == "number" and column.first_number is not None:
        return word_of(column.first_number[1])
    return "" if column.first_text is None else column.first_text[1]


def _class_counts(column: Column | None) -> pd.Series | None:
    if column is None or column.counts is None:
        return None
    numbers = sorted(value for value in column.counts if isinstance(value, float))
    words = sorted(value for value in column.counts if isinstance(value, str))
    counts: dict[str, int] = {}
    values: list[float | str] = [*numbers, *words]
    for value in values:
        counts[word_of(value)] = counts.get(word_of(value), 0) + column.counts[value]
    return pd.Series(counts, dtype="int64", name="samples")


def _of_npz(path: Path, label: str | None) -> Preview:
    npz = Npz(path)
    members = members_of(npz, label)
    matrix = NpzMatrix(npz, members.samples)
    laid = arranged(matrix)
    problems, notes = [], list(laid.notes)
    classes = None
    if members.labels:
        try:
            found = classes_of_array(f"y of {path}", labels_of(npz, members, matrix.counts), matrix.rows)
            counts = np.bincount(found.y[found.y >= 0], minlength=len(found.names))
            classes = pd.Series(counts, index=list(found.names), dtype="int64", name="samples")
        except UserError as error:
            problems.append(Problem("label", str(error)))
    else:
        problems.append(Problem("label", f"{path} holds no array y of labels"))
    if len(members.samples) > 1:
        notes.append(f"{members.samples[0]} and {members.samples[1]} are the two parts")
    return Preview(
        kind="npz",
        rows=matrix.rows,
        columns=_array_columns(matrix, members, classes),
        head=_array_head(matrix),
        label=members.labels[0] if members.labels else None,
        classes=classes,
        bytes_needed=bytes_of(matrix.rows, matrix.shape),
        input_shape=laid.matrix.shape,
        notes=tuple(notes),
        problems=tuple(problems),
    )


def _array_columns(matrix: NpzMatrix, members: Members, classes: pd.Series | None) -> pd.DataFrame:
    """A row a feature, where they are few enough to be looked through, else one for all; and one for the
    labels."""
    small = bytes_of(matrix.rows, matrix.shape) <= MOST_SHOWN_ARRAY
    rows: list[tuple[Any, ...]]
    first = next(matrix.blocks())[0]
    if len(matrix.shape) == 1 and matrix.shape[0] <= SHOWN_COLUMNS and small:
        by_feature = matrix.survey().missing
        rows = [
            (f"x{place + 1}", "number", int(by_feature[place]), None, word_of(float(value)))
            for place, value in enumerate(first)
        ]
    else:
        lacking = int(matrix.survey().missing.sum()) if small else 0
        rows = [(members.samples[0], "number", lacking, None, word_of(float(first.flat[0])))]
    if members.labels:
        count, example = (None, "") if classes is None else (len(classes), str(classes.index[0]))
        rows.append((members.labels[0], "category", 0, count, example))
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"distinct": "Int64"})


def _array_head(matrix: NpzMatrix) -> pd.DataFrame:
    block = next(matrix.blocks())[:SHOWN_ROWS]
    flat = block.reshape(len(block), prod(matrix.shape))[:, :SHOWN_COLUMNS]
    return pd.DataFrame(flat, columns=[f"x{place + 1}" for place in range(flat.shape[1])])


def _of_images(listing: Listing) -> Preview:
    size, colour, notes = size_and_colour(listing, OwnData())
    shape = (3 if colour else 1, *size)
    labels_seen = pd.Series([file.label for file in listing.files], dtype="object")
    counts = labels_seen.value_counts().reindex(list(listing.classes)).rename("samples")
    problems = []
    if len(listing.classes) < 2:
        words = f"there are images of one class only, {listing.classes[0]!r}; at least two are needed"
        problems.append(Problem("label", words))
    head = [(file.name, file.label) for file in _spread(listing)]
    return Preview(
        kind="images",
        rows=len(listing.files),
        columns=pd.DataFrame(columns=list(COLUMNS)),
        head=pd.DataFrame(head, columns=["file", "class"]),
        label=None,
        classes=counts,
        bytes_needed=bytes_of(len(listing.files), shape),
        input_shape=shape,
        notes=(*listing.notes, *notes),
        problems=tuple(problems),
    )


def _spread(listing: Listing) -> list[Any]:
    """A few of the images, from one end of the list to the other."""
    step = max(1, len(listing.files) // SHOWN_ROWS)
    return list(listing.files[::step][:SHOWN_ROWS])
