"""Numbers as people write them."""

from typing import Final

FEW: Final = 25
"""Up to so many things are counted out; of more, the percentage says it sooner."""


def scientific(value: float, digits: int = 2) -> str:
    """A number as people write it: `0`, `0.012`, `120`, `8.8 × 10⁻⁶`."""
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e4:
        return f"{float(f'{value:.{digits}g}'):g}"
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{mantissa} × 10{raised}"


def counted(count: int, total: int, things: str) -> str:
    """A part of many things: `3 of 8 units`, `94 % of the units`, `under 1 % of the units`."""
    return f"{part(count, total)} {things}" if total <= FEW else f"{part(count, total)} of the {things}"


def part(count: int, total: int) -> str:
    """The same without the things: `3 of 8`, `94 %`."""
    return f"{count} of {total}" if total <= FEW else percent(count, total)


def percent(count: int, total: int) -> str:
    """A share in words that do not round something to nothing, or nearly all to all."""
    if 0 < count < 0.005 * total:
        return "under 1 %"
    if 0.995 * total <= count < total:
        return "over 99 %"
    return f"{100 * count / total:.0f} %"


def accuracy(value: float) -> str:
    """An accuracy with two digits, `.52`; with more where two would round it to all or nothing."""
    for digits in (2, 3, 4):
        text = f"{value:.{digits}f}"
        if 0 < float(text) < 1 or value in (0, 1):
            break
    return text.removeprefix("0")
