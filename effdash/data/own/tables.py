"""Tables as a stream of blocks of rows: from text, from Parquet, from a DataFrame."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from effdash.data.own.contents import first_line
from effdash.data.own.dialect import Dialect, find_dialect
from effdash.vocab import UserError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from pyarrow import csv, parquet

ROWS: Final = 16_384
"""Rows of a block; the same for every kind of table, so that sums over blocks are the same too."""
TEXT_BLOCK: Final = 1 << 22
"""Bytes that are parsed at once; no row may be longer."""
PANDAS_INDEX: Final = "__index_level_"


@runtime_checkable
class Table(Protocol):
    """A table that can be gone through again and again."""

    what: str
    """How sentences name it."""
    names: tuple[str, ...]
    first_row: int
    """The number of the first row of values, as a person counts rows."""
    notes: tuple[str, ...]
    strange: dict[str, str]
    """Columns that are neither numbers nor text, and what they are; the blocks lack them."""

    def about_rows(self) -> int:
        """How many rows there are, or about how many."""
        ...

    def blocks(self) -> "Iterator[pa.Table]":
        """The rows, `ROWS` at a time, in columns of text or of plain kinds."""
        ...


class TextTable:
    """A table as text: every column comes as text."""

    def __init__(self, path: Path) -> None:
        """Raises `UserError`: the file is no text, is empty, or names two columns alike."""
        self.path = path
        self.what = str(path)
        self.dialect: Dialect = find_dialect(path)
        self.names = checked_names(self.what, self.dialect.names)
        self.first_row = 2 if self.dialect.header else 1
        self.notes = self.dialect.notes
        self.strange: dict[str, str] = {}

    def about_rows(self) -> int:
        return max(1, int(self.path.stat().st_size / self.dialect.bytes_per_row))

    def blocks(self) -> "Iterator[pa.Table]":
        return rebatched(self._batches())

    def _batches(self) -> "Iterator[pa.RecordBatch]":
        import pyarrow as pa
        from pyarrow import csv

        wrong: list[csv.InvalidRow] = []

        def refuse(row: csv.InvalidRow) -> str:
            wrong.append(row)
            return "error"

        dialect = self.dialect
        read = csv.ReadOptions(
            use_threads=False,
            block_size=TEXT_BLOCK,
            column_names=list(self.names),
            skip_rows_after_names=int(dialect.header),
            # A mark at the beginning of UTF-8 is left out by the reader itself.
            encoding="utf-8" if dialect.encoding == "utf-8-sig" else dialect.encoding,
        )
        parse = csv.ParseOptions(
            delimiter=dialect.separator, newlines_in_values=True, invalid_row_handler=refuse
        )
        convert = csv.ConvertOptions(
            column_types=dict.fromkeys(self.names, pa.string()), strings_can_be_null=False
        )
        try:
            with csv.open_csv(self.path, read, parse, convert) as batches:
                yield from batches
        except pa.ArrowInvalid as error:
            raise UserError(f"cannot read {self.what}: {_wrong_text(wrong, error)}") from None
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"cannot read {self.what}: {first_line(error)}") from None


class ParquetTable:
    """A Parquet file."""

    def __init__(self, path: Path) -> None:
        """Raises `UserError`: it is damaged, or holds columns that are neither numbers nor text."""
        self.path = path
        self.what = str(path)
        self.first_row = 1
        self.notes: tuple[str, ...] = ()
        with self._opened() as file:
            self.rows = int(file.metadata.num_rows)
            schema = file.schema_arrow
            groups = range(file.metadata.num_row_groups)
            self.largest_group = max((file.metadata.row_group(i).total_byte_size for i in groups), default=0)
        kept = [field for field in schema if not field.name.startswith(PANDAS_INDEX)]
        self.names = checked_names(self.what, [field.name for field in kept])
        self.strange = {field.name: str(field.type) for field in kept if not is_plain(field.type)}

    def about_rows(self) -> int:
        return self.rows

    def blocks(self) -> "Iterator[pa.Table]":
        return rebatched(self._batches())

    def _batches(self) -> "Iterator[pa.RecordBatch]":
        with self._opened() as file:
            columns = [name for name in self.names if name not in self.strange]
            yield from file.iter_batches(ROWS, columns=columns, use_threads=False)

    @contextmanager
    def _opened(self) -> "Iterator[parquet.ParquetFile]":
        import pyarrow as pa
        from pyarrow import parquet

        try:
            with parquet.ParquetFile(self.path) as file:
                yield file
        except (pa.ArrowException, OSError, ValueError) as error:
            raise UserError(f"cannot read {self.what}: it is damaged ({first_line(error)})") from None


class FrameTable:
    """A DataFrame of pandas."""

    def __init__(self, frame: "pd.DataFrame", what: str) -> None:
        """Raises `UserError`: two columns have one name."""
        import pyarrow as pa

        self.what = what
        self.first_row = 0
        self.notes: tuple[str, ...] = ()
        self.names = checked_names(what, [str(name) for name in frame.columns])
        columns = [_arrow_column(frame.iloc[:, place]) for place in range(frame.shape[1])]
        found = dict(zip(self.names, columns, strict=True))
        self.strange = {name: str(column.type) for name, column in found.items() if not is_plain(column.type)}
        self._table = pa.table({name: column for name, column in found.items() if name not in self.strange})
        self._rows = len(frame)

    def about_rows(self) -> int:
        return self._rows

    def blocks(self) -> "Iterator[pa.Table]":
        return rebatched(iter(self._table.to_batches(ROWS)))


def rebatched(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.Table]":
    """The same rows in blocks of `ROWS`, the last with what is left."""
    import pyarrow as pa

    kept: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        kept.append(batch)
        count += batch.num_rows
        while count >= ROWS:
            together = pa.Table.from_batches(kept)
            yield together.slice(0, ROWS)
            kept = together.slice(ROWS).to_batches()
            count -= ROWS
    if count:
        yield pa.Table.from_batches(kept)


def checked_names(what: str, names: "list[str] | tuple[str, ...]") -> tuple[str, ...]:
    """The names of columns; those without one are called by their place.

    Raises:
        UserError: there are none, or two are alike.
    """
    if not names:
        raise UserError(f"{what} holds no columns")
    called = tuple(name or f"column {place}" for place, name in enumerate(names, start=1))
    counts = Counter(called)
    twice = sorted({name for name in called if counts[name] > 1}, key=called.index)
    if twice:
        some = ", ".join(map(repr, twice[:5])) + (", …" if len(twice) > 5 else "")
        raise UserError(f"{what} has several columns of one name: {some}")
    return called


def is_plain(kind: "pa.DataType") -> bool:
    """Whether values of a kind are numbers or text."""
    from pyarrow import types

    if types.is_dictionary(kind):
        kind = kind.value_type
    number = types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)
    text = types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)
    return bool(number or text or types.is_decimal(kind) or types.is_null(kind))


def _arrow_column(column: "pd.Series") -> "pa.Array":
    import pyarrow as pa

    try:
        found = pa.array(column, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError):
        # Values of several kinds in one column: numbers among texts, say.
        found = pa.array(
            [None if missing else str(value) for value, missing in zip(column, column.isna(), strict=True)]
        )
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def _wrong_text(wrong: "list[csv.InvalidRow]", error: Exception) -> str:
    """What is wrong with a text that is no table, in the words of somebody who looks at it."""
    if not wrong:
        if "straddling" in str(error):
            return f"a row is longer than {TEXT_BLOCK:,} bytes; is a quotation mark left open?"
        return first_line(error)
    row = wrong[0]
    what = f"{row.actual_columns} column" + ("s" if row.actual_columns != 1 else "")
    where = "a row" if row.number is None else f"row {row.number}"
    return f"{where} has {what}, the first one {row.expected_columns}"
