"""A table's columns as samples and their classes."""

from dataclasses import dataclass
from pathlib import Path

from effdash.config import OwnData
from effdash.data.own import labels
from effdash.data.own.contents import Kind
from effdash.data.own.features import TableMatrix, counts_rows, features_of
from effdash.data.own.labels import Classes, classes_of, unlabelled
from effdash.data.own.memory import available, check_room, in_words
from effdash.data.own.profile import Profile, profile_of
from effdash.data.own.raw import Raw
from effdash.data.own.tables import ParquetTable, Table, TextTable
from effdash.vocab import UserError

LISTED = 20


def open_table(path: Path, kind: Kind) -> Table:
    """Raises `UserError`: it is no table, or names two columns alike."""
    return TextTable(path) if kind == "csv" else ParquetTable(path)


def decimal_of(table: Table) -> str:
    return table.dialect.decimal if isinstance(table, TextTable) else "."


@dataclass
class Roles:
    """What a table's columns are to be: the label, left out, or features."""

    label: str | None
    left_out: set[str]
    """Columns that are no features."""


def raw_table(table: Table, how: OwnData, name: str, *, labelled: bool = True) -> Raw:
    """A table's samples; without the class of each, where they are not to be `labelled`.

    Raises:
        UserError: a column that is named is not there, none holds the classes, or a column cannot be a
            feature.
    """
    check_columns(table, how)
    left_out = set(how.leave_out) | ({how.label} if how.no_label and how.label else set())
    used = [column for column in table.names if column not in left_out]
    profile = profile_of(
        table,
        decimal_of(table),
        candidates=labels.candidates(used, how.label) if labelled and not how.no_label else (),
        ignored=left_out,
    )
    if not profile.rows:
        raise UserError(f"{table.what} holds no samples")
    roles = roles_of(table, profile, how)
    features = features_of(table, profile, roles.left_out)
    matrix = TableMatrix(table, decimal_of(table), profile, features)
    found = _classes(table, profile, roles.label, labelled=labelled)
    return Raw(name=name, matrix=matrix, y=found.y, class_names=found.names, feature_names=matrix.names)


def check_columns(table: Table, how: OwnData) -> None:
    """Raises `UserError`: a column that is named is not there."""
    for argument, column in (("label", how.label), *(("leave_out", column) for column in how.leave_out)):
        if column is not None and column not in table.names:
            raise UserError(
                f"{argument} = {column!r} is no column of {table.what}; it has {listed(table.names)}"
            )
    if how.label is not None and how.label in how.leave_out:
        raise UserError(f"column {how.label!r} is the label, so it is no feature anyway; do not leave it out")


def check_early(table: Table) -> None:
    """Raises `UserError`: there can be no room, even if every column becomes one feature only.

    Half of what is estimated has to fit, because the first lines need not be like the others.
    """
    rows = table.about_rows()
    check_room(table.what, rows // 2, (max(1, len(table.names) - 1),), about=True)
    if isinstance(table, ParquetTable) and table.largest_group > available():
        raise UserError(
            f"{table.what} has to be read in pieces of {in_words(table.largest_group)}; "
            f"{in_words(available())} of memory are free"
        )


def roles_of(table: Table, profile: Profile, how: OwnData) -> Roles:
    """Which column is the label, and which are no features.

    Raises:
        UserError: no column looks like the classes, or several do.
    """
    left_out = set(how.leave_out)
    for name, column in profile.columns.items():
        if name != how.label and counts_rows(table, column, profile.rows):
            left_out.add(name)
    if how.no_label:
        return Roles(None, left_out | ({how.label} if how.label else set()))
    used = [name for name in table.names if name not in left_out]
    label = how.label or labels.guess(used, profile.columns, profile.rows)
    if label is None:
        raise UserError(no_label_found(table, used))
    if label in table.strange:
        raise UserError(
            f"column {label!r} of {table.what} holds values of the kind {table.strange[label]}, which are "
            "no classes"
        )
    return Roles(label, left_out | {label})


def no_label_found(table: Table, used: list[str]) -> str:
    """The sentence where no column can be taken for the classes."""
    several = labels.named(used)
    if several:
        return (
            f"{table.what} has several columns of classes by their names: {listed(several)}; say which "
            "is the label"
        )
    return (
        f"no column of {table.what} looks like the classes; say which is the label, or that there is none "
        f"(no label); it has {listed(used)}"
    )


def _classes(table: Table, profile: Profile, label: str | None, *, labelled: bool) -> Classes:
    if label is None:
        return unlabelled(profile.rows)
    what = f"column {label!r} of {table.what}"
    if not labelled:
        return unlabelled(profile.rows, labels.class_names(what, profile.columns[label].counts, profile.rows))
    codes = profile.codes[label]
    if codes.too_many:
        labels.check_classes(what, None, profile.rows)
    return classes_of(what, codes.keys, codes.rows())


def listed(names: "list[str] | tuple[str, ...]") -> str:
    """Names as a person reads them, not too many."""
    some = ", ".join(map(repr, names[:LISTED]))
    return some + (f" and {len(names) - LISTED} more" if len(names) > LISTED else "")
