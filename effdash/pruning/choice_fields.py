"""The fields of a choice as plain values: checked, and as a short text for addresses.

The text is the method and then what differs from the default, joined by `-`: `n134` (amount), `a` (auto), `w`
(without compensation), `t0.01` (tolerance), `m8` (multiple), `v` (branches may vanish), `lNAME` (a locked
layer), `kUNITS_NAME` and `rUNITS_NAME` (units of a layer pinned as kept, as removed). UNITS are numbers and
spans joined by `.`, as in `3.7~9`. What is no letter, digit, `.` or `_` in a name is written as `~` and two
hexadecimal digits for each byte of UTF-8.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from reprlib import repr as shortened
from typing import Annotated, Any, Final

from pydantic import Field

from effdash.config import Part, Share, build
from effdash.vocab import UserError

MOST_PINS: Final = 1_000_000
"""No person pins more units than this, but a short text could name any number of them."""

Unit = Annotated[int, Field(ge=0, lt=10**9)]
Units = dict[str, list[Unit]]
"""Numbers of units by layer, rising."""


class Fields(Part, strict=True):
    """The fields of a `Choice`, see there. A truth value is no number."""

    method: str = "margin"
    amount: Annotated[int, Field(ge=0, lt=10**9)] = 0
    auto: bool = False
    compensate: bool = True
    tolerance: Share = 0.0
    multiple: Annotated[int, Field(ge=1, lt=10**9)] = 1
    kept: Units = Field(default_factory=dict)
    removed: Units = Field(default_factory=dict)
    locked: list[str] = Field(default_factory=list)
    vanish: bool = False

    def to_text(self) -> str:
        parts = [_quoted(self.method)]
        if self.amount:
            parts.append(f"n{self.amount}")
        if self.auto:
            parts.append("a")
        if not self.compensate:
            parts.append("w")
        if self.tolerance:
            parts.append(f"t{_quoted(repr(self.tolerance))}")
        if self.multiple > 1:
            parts.append(f"m{self.multiple}")
        if self.vanish:
            parts.append("v")
        parts += [f"l{_quoted(layer)}" for layer in self.locked]
        for tag, units in (("k", self.kept), ("r", self.removed)):
            parts += [f"{tag}{_spans(numbers)}_{_quoted(layer)}" for layer, numbers in units.items()]
        return "-".join(parts)

    @classmethod
    def from_text(cls, text: str) -> "Fields":
        """Raises a UserError where `to_text` did not write it."""
        method, *parts = text.split("-")
        values: dict[str, Any] = {"kept": {}, "removed": {}, "locked": []}
        try:
            values["method"] = _unquoted(method)
            for part in parts:
                _read(part, values)
        except ValueError as error:
            raise UserError(f"the plan {shortened(text)} cannot be read: {error}; was it cut off?") from None
        return build(cls, values)


def _read(part: str, values: dict[str, Any]) -> None:
    """Enters what one part of a text says.

    Raises:
        ValueError: it says nothing; the message tells what was met.
    """
    tag, rest = part[:1], part[1:]
    match tag:
        case "n" | "m":
            values["amount" if tag == "n" else "multiple"] = _number(rest)
        case "t":
            values["tolerance"] = _share(rest)
        case "l":
            values["locked"].append(_unquoted(rest))
        case "k" | "r":
            spans, named, layer = rest.partition("_")
            if not named:
                raise ValueError(f"{shortened(part)} names no layer")
            pins = values["kept" if tag == "k" else "removed"]
            pins.setdefault(_unquoted(layer), []).extend(_numbers(spans, room=MOST_PINS - _count(values)))
        case _ if part == "v":
            values["vanish"] = True
        case _ if part in ("a", "w"):
            values["auto" if tag == "a" else "compensate"] = tag == "a"
        case _:
            raise ValueError(f"{shortened(part)} means nothing in it")


def _count(values: Mapping[str, Any]) -> int:
    return sum(len(units) for pins in ("kept", "removed") for units in values[pins].values())


# ---------------------------------------------------------------------- numbers


def _spans(numbers: Iterable[int]) -> str:
    """`3.7~9` for 3, 7, 8 and 9."""
    rising = [*numbers]
    starts = [rising[0], *(number for last, number in pairwise(rising) if number != last + 1)]
    ends = [*(last for last, number in pairwise(rising) if number != last + 1), rising[-1]]
    spans = zip(starts, ends, strict=True)
    return ".".join(str(start) if start == end else f"{start}~{end}" for start, end in spans)


def _numbers(spans: str, room: int) -> Iterator[int]:
    for span in spans.split("."):
        first, _, last = span.partition("~")
        start = _number(first)
        end = _number(last) if last else start
        if end < start:
            raise ValueError(f"{shortened(span)} runs backwards")
        room -= end - start + 1
        if room < 0:
            raise ValueError(f"it pins more than {MOST_PINS:,} units")
        yield from range(start, end + 1)


def _share(text: str) -> float:
    try:
        return float(_unquoted(text))
    except ValueError:
        raise ValueError(f"{shortened(text)} is no share") from None


def _number(digits: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", digits):
        raise ValueError(f"{shortened(digits)} is no number")
    return int(digits)


# ---------------------------------------------------------------------- names


def _quoted(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._]", lambda match: _bytes(match[0]), name)


def _bytes(character: str) -> str:
    return "".join(f"~{byte:02x}" for byte in character.encode())


def _unquoted(text: str) -> str:
    if not re.fullmatch(r"(?:[A-Za-z0-9._]|~[0-9a-f]{2})*", text):
        raise ValueError(f"{shortened(text)} is no name")
    parts = re.split(r"~([0-9a-f]{2})", text)
    coded = b"".join(bytes.fromhex(part) if place % 2 else part.encode() for place, part in enumerate(parts))
    try:
        return coded.decode()
    except UnicodeDecodeError:
        raise ValueError(f"{shortened(text)} is no name") from None
