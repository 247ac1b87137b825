"""Which samples fall silent, in a sentence."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from jaxtyping import Integer

MOST_LAYERS: Final = 3
"""How many layers are named, those that silence the most samples."""


def silence_sentence(
    silent: Integer[np.ndarray, " samples"], layers: Sequence[str], *, split: str, total: int
) -> str:
    """How many samples fall silent, and at which layers.

    Args:
        silent: the place of the layer from which each sample is silent; the number of layers where none is.
        layers: names.
        split: the samples' split.
        total: how many samples the split has; `silent` may be of some of them.
    """
    followed = len(silent)
    all_of_them = followed == total
    places, counts = np.unique(silent[silent < len(layers)], return_counts=True)
    many = int(counts.sum())
    where = f"{split} samples" if all_of_them else f"{split} samples that are followed (of {total:,})"
    if many == 0:
        who = f"{split} sample" if all_of_them else f"one of the {followed:,} {where}"
        return f"Every {who} is heard at every layer."
    who = f"any of the {followed:,}" if many == followed else f"{many:,} of {followed:,}"
    first = f"Nobody hears {who} {where}"
    if len(places) == 1:
        those = "It falls" if many == 1 else "They fall"
        return f"{first}. {those} silent at {layers[places[0]]}."
    most = np.sort(np.argsort(-counts, kind="stable")[:MOST_LAYERS])
    named = [f"{counts[place]:,} at {layers[places[place]]}" for place in most]
    rest = many - int(counts[most].sum())
    last = [f"{rest:,} elsewhere"] if rest else []
    *before, end = named + last
    return f"{first}. They fall silent: {', '.join(before)} and {end}."
