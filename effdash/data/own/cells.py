"""A column's values, told apart: numbers, texts and missing ones."""

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from effdash.data.own.dialect import NUMBER

if TYPE_CHECKING:
    import pyarrow as pa

MISSING_WORDS: Final = (
    "",
    "?",
    "NA",
    "N/A",
    "n/a",
    "#N/A",
    "<NA>",
    "NaN",
    "nan",
    "-nan",
    "NULL",
    "null",
    "None",
)
"""What stands where a value is missing: the words of pandas, and the question mark of older data sets."""


class Cells(NamedTuple):
    """A block of one column. A value is missing, or a number, or else a text."""

    numbers: np.ndarray
    """float64 (row); nan where there is no number."""
    missing: np.ndarray
    """bool (row)"""
    texts: "pa.Array | None"
    """Text (row), trimmed, of a column that holds any; null where a value is missing."""

    @property
    def text(self) -> np.ndarray:
        """Where a text stands, bool (row)."""
        return np.isnan(self.numbers) & ~self.missing


def cells_of(column: "pa.ChunkedArray", decimal: str = ".") -> Cells:
    """Tells the values of a block apart. `decimal` is the sign before the decimals of numbers in text."""
    import pyarrow as pa
    from pyarrow import compute, types

    values = column.combine_chunks()
    if isinstance(values, pa.ChunkedArray):
        values = pa.concat_arrays(values.chunks)
    if types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if types.is_null(values.type):
        return Cells(np.full(len(values), np.nan), np.ones(len(values), dtype=bool), None)
    if not _is_text(values.type):
        numbers = _to_float64(values)
        return Cells(numbers, np.isnan(numbers), None)
    texts = compute.utf8_trim_whitespace(values.cast(pa.string()))
    absent = compute.is_in(texts, value_set=pa.array(MISSING_WORDS, pa.string()))
    missing = compute.or_(compute.is_null(texts), absent).to_numpy(zero_copy_only=False)
    texts = compute.if_else(pa.array(missing), pa.scalar(None, pa.string()), texts)
    return Cells(_parsed(texts, decimal), missing, texts)


def _parsed(texts: "pa.Array", decimal: str) -> np.ndarray:
    """Texts as numbers, float64; nan where one is none."""
    import pyarrow as pa
    from pyarrow import compute

    if decimal == ",":
        # A point is no decimal sign here, and must not pass for one.
        comma = compute.and_(
            compute.match_substring(texts, ","), compute.invert(compute.match_substring(texts, "."))
        )
        whole = compute.invert(compute.match_substring_regex(texts, "[.,]"))
        texts = compute.if_else(
            comma,
            compute.replace_substring(texts, ",", ".", max_replacements=1),
            compute.if_else(whole, texts, pa.scalar(None, pa.string())),
        )
    try:
        return _to_float64(compute.cast(texts, pa.float64()))
    except pa.ArrowInvalid:
        like_numbers = compute.match_substring_regex(texts, f"^({NUMBER.pattern})$", ignore_case=True)
        numbers = compute.if_else(like_numbers, texts, pa.scalar(None, pa.string()))
        return _to_float64(compute.cast(numbers, pa.float64()))


def _to_float64(values: "pa.Array") -> np.ndarray:
    import pyarrow as pa

    return np.array(values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64)


def _is_text(kind: "pa.DataType") -> bool:
    from pyarrow import types

    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))
