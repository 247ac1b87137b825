"""The numbers that somebody hands in at an epoch's end."""

from typing import Any, Final

from effdash.runs.scalars import MOST_NAMES, why_no_scalar
from effdash.vocab import SCALARS

TOO_MANY: Final = "…"
"""In place of the names that go beyond the most that a run has: one sentence does for all of them."""


def checked_scalars(scalars: dict[str, Any], own: set[str]) -> tuple[dict[str, float], dict[str, str]]:
    """Those that are numbers, as floats; and, by the names of the others, a sentence each why they are not.

    A number is whatever turns into a float by itself: also a tensor or an array with one value. `own` are the
    names that the run has beside its columns; those that are new are added to them.
    """
    numbers: dict[str, float] = {}
    refused: dict[str, str] = {}
    for name, value in scalars.items():
        if value is None:
            continue
        why = None if name in SCALARS else why_no_scalar(name)
        if why is not None:
            refused[name] = why
            continue
        if name not in SCALARS and name not in own and len(own) == MOST_NAMES:
            refused.setdefault(TOO_MANY, f"{name}: a run has {MOST_NAMES} scalars of its own at most")
            continue
        try:
            numbers[name] = _number(value)
        except (TypeError, ValueError, RuntimeError):
            refused[name] = f"{name} = {_shortened(value)}: it should be one number"
            continue
        if name not in SCALARS:
            own.add(name)
    return numbers, refused


def _number(value: Any) -> float:
    if isinstance(value, str | bytes):
        raise TypeError("a text is no number")
    if hasattr(value, "item") and getattr(value, "size", None) is not None:
        return float(value.item())
    return float(value)


def _shortened(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 40 else text[:39] + "…"
