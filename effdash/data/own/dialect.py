"""How a table is written as text: its encoding, its separator, its decimal sign and its first line."""

import codecs
import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from effdash.vocab import UserError

HEAD: Final = 256 * 1024
"""So many bytes are looked at to find the separator."""
LINES: Final = 200
CHUNK: Final = 1 << 20
FEWEST_COUNTED: Final = 3
"""Fewer numbers in a first line are values, even where they count from 0 or 1."""
SEPARATORS: Final = {"\t": "tabs", ";": "semicolons", "|": "bars", ",": "commas"}
"""In this order where several would do: a comma may be a decimal sign as well."""
BYTE_ORDER_MARKS: Final = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
FALLBACK: Final = "cp1252"
NUMBER: Final = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|[-+]?(inf|infinity)|nan", re.IGNORECASE)
COMMA_NUMBER: Final = re.compile(r"[-+]?(\d+,\d+|,\d+)([eE][-+]?\d+)?")
POINT_NUMBER: Final = re.compile(r"[-+]?(\d+\.\d+|\.\d+)([eE][-+]?\d+)?")


@dataclass(frozen=True)
class Dialect:
    """How a text is to be read as a table. `names` are those of its columns, as they stand or made up."""

    encoding: str
    separator: str
    decimal: str
    header: bool
    names: tuple[str, ...]
    bytes_per_row: float
    """About so many; the whole head where it holds one row."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was found out that a person may want to check."""
        said = []
        if self.encoding == "utf-8-sig":
            said.append("it begins with a byte order mark")
        elif self.encoding != "utf-8":
            said.append(f"its letters are read as {self.encoding}")
        if self.separator != ",":
            said.append(f"{SEPARATORS[self.separator]} stand between the columns")
        if self.decimal == ",":
            said.append("commas are decimal signs")
        if not self.header:
            said.append(
                f"no line names the columns: they are called {self.names[0]} to {self.names[-1]}"
                if len(self.names) > 1
                else f"no line names the column: it is called {self.names[0]}"
            )
        if self.header and sum(name.isdecimal() for name in self.names) >= FEWEST_COUNTED:
            said.append("the first line, which counts, is taken for the names of the columns")
        return tuple(said)


def find_dialect(path: Path) -> Dialect:
    """Looks at all of a file to find its encoding, and at its first lines for the rest.

    Raises:
        UserError: it is no text, or holds nothing but empty lines or the names of columns.
    """
    encoding = _find_encoding(path)
    with path.open("rb") as file:
        raw = file.read(HEAD)
        whole = not file.read(1)
    text = codecs.getincrementaldecoder(encoding)().decode(raw, final=False)
    separator, rows = _find_separator(text, whole)
    if not rows:
        raise UserError(f"{path} holds nothing but empty lines")
    decimal = _find_decimal(rows, separator)
    header = _is_header(rows[0], decimal)
    if header and whole and len(rows) == 1:
        raise UserError(f"{path} holds no samples")
    names = rows[0] if header else [f"x{number}" for number in range(1, len(rows[0]) + 1)]
    return Dialect(
        encoding=encoding,
        separator=separator,
        decimal=decimal,
        header=header,
        names=tuple(name.strip() for name in names),
        bytes_per_row=len(raw) / max(1, text.count("\n")),
    )


def _find_encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(4)
        for mark, encoding in BYTE_ORDER_MARKS.items():
            if start.startswith(mark):
                return encoding
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        valid = True
        while chunk := file.read(CHUNK):
            if b"\0" in chunk:
                raise UserError(f"{path} is no text: it holds bytes that no text has")
            if valid:
                valid = _decodes(decoder, chunk)
        return "utf-8" if valid and _decodes(decoder, b"", final=True) else FALLBACK


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _find_separator(text: str, whole: bool) -> tuple[str, list[list[str]]]:
    """The sign that splits the most lines into the same number of columns, and the lines so split."""
    best: tuple[float, str, list[list[str]]] = (0.0, ",", [])
    for separator in SEPARATORS:
        rows = _rows(text, separator, whole)
        if not rows:
            continue
        columns, lines = Counter(len(row) for row in rows).most_common(1)[0]
        share = lines / len(rows) if columns > 1 else 0.0
        if share > best[0]:
            best = (share, separator, rows)
    _, separator, rows = best
    return separator, rows or _rows(text, ",", whole)


def _rows(text: str, separator: str, whole: bool) -> list[list[str]]:
    rows = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            if row:
                rows.append(row)
            if len(rows) > LINES:
                return rows[:LINES]
    except csv.Error:
        return rows
    # The last line of a part may be cut off.
    return rows if whole or len(rows) < 2 else rows[:-1]


def _find_decimal(rows: list[list[str]], separator: str) -> str:
    fields = [field.strip() for row in rows for field in row]
    commas = any(COMMA_NUMBER.fullmatch(field) for field in fields)
    points = any(POINT_NUMBER.fullmatch(field) for field in fields)
    return "," if commas and not points else "."


def _is_header(first: list[str], decimal: str) -> bool:
    """Whether a first line names columns: no field of it is a number, or they count from 0 or 1."""
    fields = [field.strip().replace(decimal, ".") for field in first]
    numbers = [field for field in fields if NUMBER.fullmatch(field)]
    if not numbers:
        return any(fields)
    counted = [number for number in numbers if number.isdecimal()]
    if len(counted) < len(numbers) or len(numbers) < FEWEST_COUNTED:
        return False
    start = int(counted[0])
    return start in (0, 1) and [int(number) for number in counted] == list(range(start, start + len(counted)))
