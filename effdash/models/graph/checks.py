"""What an attribute of a graph's node may be: a type and a range, checked before anything is made of it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True)
class Check:
    """Whether a value fits, and what would have, in words."""

    words: str
    fits: Callable[[Any], bool]


def whole(least: int, most: int) -> Check:
    return Check(f"a whole number from {least} to {most}", lambda value: _is_whole(value, least, most))


def units() -> Check:
    """How many units or features there are."""
    return whole(1, 10**8)


def number() -> Check:
    return Check("a finite number", _is_number)


def truth() -> Check:
    return Check("true or false", lambda value: isinstance(value, bool))


def word(*options: str) -> Check:
    return Check(
        f"one of {', '.join(map(repr, options))}",
        lambda value: isinstance(value, str) and value in options,
    )


def wholes(count: tuple[int, int], least: int, most: int) -> Check:
    """A list of so many whole numbers, at least and at most."""
    fewest, largest = count
    many = f"{fewest}" if fewest == largest else f"{fewest} to {largest}"
    return Check(
        f"a list of {many} whole numbers from {least} to {most}",
        lambda value: (
            isinstance(value, list)
            and fewest <= len(value) <= largest
            and all(_is_whole(item, least, most) for item in value)
        ),
    )


def numbers(fewest: int, most: int) -> Check:
    return Check(
        f"a list of {fewest} to {most} finite numbers",
        lambda value: (
            isinstance(value, list) and fewest <= len(value) <= most and all(_is_number(v) for v in value)
        ),
    )


def items() -> Check:
    """What stands in brackets behind a tensor: numbers, slices `[start, stop, step]`, null for a new axis."""
    return Check(
        f"a list of at most {MOST_DIMS} whole numbers, slices [start, stop, step] and nulls",
        lambda value: isinstance(value, list) and len(value) <= MOST_DIMS and all(map(_is_item, value)),
    )


def optional(check: Check) -> Check:
    return Check(f"{check.words}, or null", lambda value: value is None or check.fits(value))


def either(first: Check, second: Check) -> Check:
    return Check(f"{first.words}, or {second.words}", lambda value: first.fits(value) or second.fits(value))


MOST_DIMS: Final = 8
_FURTHEST: Final = 10**9


def _is_whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_number(value: Any) -> bool:
    """Finite, and an integer no larger than a double counts exactly."""
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        return abs(value) <= 2**53
    return isinstance(value, float) and math.isfinite(value)


def _is_item(value: Any) -> bool:
    if value is None or _is_whole(value, -_FURTHEST, _FURTHEST):
        return True
    if not isinstance(value, list) or len(value) != 3:
        return False
    start, stop, step = value
    return (
        (start is None or _is_whole(start, -_FURTHEST, _FURTHEST))
        and (stop is None or _is_whole(stop, -_FURTHEST, _FURTHEST))
        and (step is None or _is_whole(step, 1, _FURTHEST))
    )
