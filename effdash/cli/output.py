"""What commands say: text for people, or one JSON object for machines."""

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TextIO

if TYPE_CHECKING:
    import pandas as pd

DECISION_CHANGED: Final = 1
BAD_INPUT: Final = 2
INTERRUPTED: Final = 130
"""Exit codes. 130 is what shells say of a program that Ctrl-C ended."""


def answer(values: Mapping[str, Any], text: str, *, as_json: bool, file: TextIO | None = None) -> None:
    """Prints a command's answer (to stdout): with `--json` the values on one line, else the text."""
    line = json.dumps(_without_nan(values), allow_nan=False) if as_json else text
    print(line, file=file, flush=True)


def tell(text: str) -> None:
    """Prints one line to stderr, where it is no part of the answer."""
    print(" ".join(text.split()), file=sys.stderr)


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows as text in columns as wide as they must be; numbers stand to the right."""
    lines = [list(titles), *map(list, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    numeric = [all(map(_is_number, column[1:])) for column in zip(*lines, strict=True)]
    padded = (
        [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, numeric, strict=True)
        ]
        for line in lines
    )
    return "\n".join("  ".join(cells).rstrip() for cells in padded)


def records(rows: "pd.DataFrame") -> list[dict[str, Any]]:
    """Rows as plain values; what is missing is None."""
    plain = rows.astype(object)
    plain = plain.where(plain.notna(), None)
    return [dict(zip(plain.columns, row, strict=True)) for row in plain.itertuples(index=False, name=None)]


def share(value: float | None) -> str:
    """A share as text with three digits; a dash where there is none."""
    return "–" if value is None or math.isnan(value) else f"{value:.3f}"


def _is_number(cell: str) -> bool:
    return cell.replace(".", "", 1).isdigit() or cell in ("", "–")


def _without_nan(value: Any) -> Any:
    """JSON has no nan and no infinity: they become null."""
    if isinstance(value, Mapping):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
