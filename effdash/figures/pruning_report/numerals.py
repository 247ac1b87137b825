"""How the report writes its numbers."""

import math
from typing import Final

from effdash.numbers import scientific

MINUS: Final = "−"
NOTHING: Final = "–"


def count(value: int) -> str:
    return f"{value:,}"


def share(value: float) -> str:
    """With three digits, and not rounded to 1 unless it is; a dash where it is not known."""
    if math.isnan(value):
        return NOTHING
    return f"{min(value, 0.999) if value < 1 else value:.3f}"


def percent(value: float) -> str:
    """A share as a percentage, with what digits it takes not to round something to nothing."""
    if math.isnan(value):
        return NOTHING
    if 0 < value < 0.0005:
        return "under 0.1 %"
    return f"{100 * value:.1f} %"


def signed(value: float) -> str:
    """With three digits that count, and a minus sign of its own."""
    return scientific(value, digits=3).replace("-", MINUS) if math.isfinite(value) else NOTHING


def correlation(value: float) -> str:
    """With three digits after the point, and not rounded to 1 unless it is."""
    return share(value).replace("-", MINUS)


def cost(value: float) -> str:
    return NOTHING if math.isnan(value) else scientific(value)


def times(before: float | int, after: float | int) -> str:
    """How many times less: `16.8 ×`."""
    return f"{before / after:.1f} ×" if after else NOTHING


def milliseconds(value: float) -> str:
    return f"{scientific(value)} ms"
