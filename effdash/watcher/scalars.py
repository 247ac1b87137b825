"""The numbers that somebody hands in at an epoch's end."""

from typing import Any

from effdash.runs.scalars import MOST_NAMES, why_no_scalar
from effdash.vocab import SCALARS


def checked_scalars(scalars: dict[str, Any]) -> tuple[dict[str, float], dict[str, str]]:
    """Those that are numbers, as floats; and, by the names of the others, a sentence each why they are not.

    A number is whatever turns into a float by itself: also a tensor or an array with one value.
    """
    numbers, refused = {}, {}
    for name, value in scalars.items():
        if value is None:
            continue
        why = None if name in SCALARS else why_no_scalar(name)
        if why is not None:
            refused[name] = why
            continue
        try:
            numbers[name] = _number(value)
        except (TypeError, ValueError, RuntimeError):
            refused[name] = f"{name} = {_shortened(value)}: it should be one number"
    own = [name for name in numbers if name not in SCALARS]
    for name in own[MOST_NAMES:]:
        refused[name] = f"{name}: a run has {MOST_NAMES} scalars of its own at most"
        del numbers[name]
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
