"""Where chosen samples stand in the order of one unit a layer, through the depth of a network."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from jaxtyping import Float, Integer

from effdash import vocab
from effdash.figures.payload import Payload
from effdash.vocab import UserError

MOST_OF_A_CLASS: Final = 3


def depth_payload(
    table: pd.DataFrame,
    *,
    layer: str,
    erased: Float[np.ndarray, " _"],
    classes: Integer[np.ndarray, " _"] | None,
    class_names: Sequence[str],
    numbers: Integer[np.ndarray, " _"],
    followed: Sequence[int] = (),
    qualifier: str = "",
    caption: str = "",
    title: str = "Through the depth",
) -> Payload:
    """A column a layer and a line a sample.

    Args:
        table: that of `ranks_through_depth`, layer after layer, the samples in the same order in each.
        layer: in which the order begins that is followed.
        erased: the share of all samples that the unit of each layer erases.
        classes: of the chosen samples; `None` where they have no labels.
        class_names: of all classes.
        numbers: of the chosen samples in their split.
        followed: the numbers of those that were asked for.
        qualifier: on which data and when.
        caption: what to look for.

    Raises:
        UserError: sizes that do not fit.
    """
    names = list(dict.fromkeys(table[vocab.LAYER]))
    if len(table) != len(names) * len(numbers):
        raise UserError(f"{len(table)} ranks are not those of {len(numbers)} samples at {len(names)} layers")
    if classes is not None and len(classes) != len(numbers):
        raise UserError(f"there are {len(classes)} classes for {len(numbers)} samples")
    if len(erased) != len(names):
        raise UserError(f"there are {len(erased)} shares of erased samples for {len(names)} layers")
    ways = table.drop_duplicates(vocab.LAYER)
    header: dict[str, Any] = {
        "title": title,
        "qualifier": qualifier,
        "caption": caption,
        "layers": names,
        "start": names.index(layer),
        "classes": [] if classes is None else list(class_names),
        "followed": [int(number) for number in followed],
    }
    arrays = {
        "ranks": table["rank"].to_numpy(dtype=np.float32).reshape(len(names), len(numbers)),
        "units": ways[vocab.UNIT].to_numpy(dtype=np.uint32),
        "similarity": ways["similarity"].to_numpy(dtype=np.float32),
        "erased": erased.astype(np.float32),
        "samples": numbers.astype(np.uint32),
    }
    if classes is not None:
        arrays["labels"] = classes.astype(np.uint16)
    return Payload(header, arrays)


def telling_samples(
    order: Float[np.ndarray, " samples"], classes: Integer[np.ndarray, " samples"] | None, most: int
) -> list[int]:
    """Places of a few samples that tell the order well, from the lowest to the highest.

    Of each class some, evenly through its samples, three at most; of more classes than `most`, or without
    any, samples at even steps through the order.
    """
    rising = np.argsort(order, kind="stable")
    if classes is not None and len(np.unique(classes)) > 1:
        labels = np.unique(classes)
        each = max(1, min(MOST_OF_A_CLASS, most // len(labels)))
        told = {place for label in labels for place in _evenly(rising[classes[rising] == label], each)}
        rising = np.array([place for place in rising if place in told])
    steps = np.linspace(0, len(rising) - 1, min(most, len(rising)))
    return [int(rising[step]) for step in steps.round().astype(np.int64)]


def _evenly(places: Integer[np.ndarray, " members"], wanted: int) -> list[int]:
    """In the middles of so many equal parts."""
    steps = (np.arange(wanted) + 0.5) / wanted * len(places)
    return [int(places[int(step)]) for step in steps]
