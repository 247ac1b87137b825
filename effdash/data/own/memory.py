"""Whether there is room for the samples, asked before any of them is read."""

from math import prod
from typing import Final

from effdash.vocab import UserError

FLOAT32: Final = 4
CLASS_NUMBER: Final = 8
HEADER: Final = 1000


def bytes_of(rows: int, shape: tuple[int, ...]) -> int:
    """What the tensors of a data set take: samples and classes, mean and scale, and their names."""
    return rows * (FLOAT32 * prod(shape) + CLASS_NUMBER) + 2 * FLOAT32 * prod(shape) + HEADER


def available() -> int:
    import psutil

    return int(psutil.virtual_memory().available)


def check_room(
    what: str, rows: int, shape: tuple[int, ...], *, most: int | None = None, about: bool = False
) -> None:
    """Whether so many samples find room in memory and, where `most` bytes are the limit, in a run file.

    Raises:
        UserError: they do not; the sentence has the numbers.
    """
    needed = bytes_of(rows, shape)
    around = "about " if about else ""
    size = f"{what} becomes {around}{rows:,} samples of {prod(shape):,} features, {in_words(needed)}"
    if most is not None and needed > most:
        fitting = (most - bytes_of(0, shape)) // (bytes_of(1, shape) - bytes_of(0, shape))
        advice = f"take a part of them (samples: {fitting:,})" if fitting >= 10 else "take smaller samples"
        raise UserError(f"{size}; a run file holds {in_words(most)}: {advice}")
    free = available()
    if needed > free:
        raise UserError(
            f"{size}; {in_words(free)} of memory are free: take a part of them, or fewer features"
        )


def in_words(count: int) -> str:
    """Bytes, as in 64 MB or 1.5 GB."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.3g} {unit}" if count < 1000 * size else f"{count / size:,.0f} {unit}"
    return f"{count} bytes"
