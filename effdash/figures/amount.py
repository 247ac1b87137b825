"""How many units are to go: the slider, and what the figures that follow it are told."""

from typing import Any

from effdash.figures.payload import Payload
from effdash.vocab import UserError


def amount_payload(
    amount: int,
    *,
    removed: int,
    most: int,
    units: int,
    link: str,
    exact: int = 0,
    auto: int | None = None,
    title: str = "Units kept",
) -> Payload:
    """The slider over the units that can go.

    Args:
        amount: so many units are to go at most.
        removed: so many are gone, which pins, coupled units and rounded widths may set apart from `amount`.
        most: the largest amount that there is.
        units: of the network, those that cannot go among them.
        link: figures with the same link move their amount together.
        exact: up to this amount the outputs on the pruning data stay as they are.
        auto: the amount at which auto stopped.

    Raises:
        UserError: more are gone, or can go, than there are.
    """
    if not 0 <= removed <= units:
        raise UserError(f"{removed} units are gone, of a network of {units}")
    header = amount_header(amount, most=most, units=units, link=link, exact=exact, auto=auto)
    return Payload({**header, "title": title, "removed": removed})


def amount_header(
    amount: int, *, most: int, units: int, link: str, exact: int, auto: int | None
) -> dict[str, Any]:
    """What every figure of an amount is told, each number within what there is.

    Raises:
        UserError: a negative amount, or more units can go than there are.
    """
    if not 0 <= most <= units:
        raise UserError(f"{most} units can go, of a network of {units}")
    if amount < 0:
        raise UserError(f"amount = {amount}: so many units are to go, which is not negative")
    return {
        "link": link,
        "amount": min(amount, most),
        "most": most,
        "units": units,
        "exact": min(exact, most),
        "auto": None if auto is None else min(auto, most),
    }
