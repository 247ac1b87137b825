"""Which epoch a checkpoint is of, as its name says."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath
from typing import Final

from effdash.vocab import UserError

MOST_DIGITS: Final = 9
BEGINNINGS: Final = ("init", "initial")
"""Names of weights before training: epoch 0."""

_SAID: Final = tuple(
    re.compile(rf"(?<![a-z])(?:{words})[=_\-. ]*(\d+)", re.IGNORECASE)
    for words in ("epochs?|ep|e", "steps?|iter|iterations?", "checkpoint|ckpt|cp")
)


def epochs_of(names: Sequence[str]) -> list[int]:
    """The epochs that file names tell, in the order of the names; a single name without a number is 0.

    A number behind a word such as `epoch`, `step` or `checkpoint` counts; else the first number in which the
    names differ.

    Raises:
        UserError: a name tells none, or two tell the same.
    """
    stems = [PurePath(name).stem for name in names]
    if len(stems) == 1:
        return [_said(stems[0]) or 0]
    epochs = _by_words(stems)
    if epochs is None:
        epochs = _by_difference(stems, names)
    for epoch, count in Counter(epochs).items():
        if count > 1:
            both = [name for name, other in zip(names, epochs, strict=True) if other == epoch][:2]
            raise UserError(f"{' and '.join(both)} both tell epoch {epoch}; each checkpoint needs its own")
    return epochs


def _said(stem: str) -> int | None:
    """The number behind a word that announces it."""
    for pattern in _SAID:
        found = pattern.search(stem)
        if found and len(found[1]) <= MOST_DIGITS:
            return int(found[1])
    return 0 if stem.lower() in BEGINNINGS else None


def _by_words(stems: Sequence[str]) -> list[int] | None:
    epochs = [_said(stem) for stem in stems]
    return None if None in epochs else [epoch for epoch in epochs if epoch is not None]


def _by_difference(stems: Sequence[str], names: Sequence[str]) -> list[int]:
    """The first number in which they differ, where their words are the same."""
    numbers = [[int(word) for word in re.findall(r"\d+", stem) if len(word) <= MOST_DIGITS] for stem in stems]
    for name, found in zip(names, numbers, strict=True):
        if not found:
            raise UserError(
                f"{name} tells no epoch; checkpoints are put in order by a number in their names, as in "
                "epoch_10.pt"
            )
    columns = list(zip(*numbers, strict=False))
    differing = [column for column in columns if len(set(column)) > 1]
    best = next((column for column in differing if len(set(column)) == len(stems)), None)
    return list(best or (differing or columns)[0])
