"""Where chosen samples stand in the order of one unit a layer, through the depth of a network."""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float64

from effdash import vocab
from effdash.permutations.joint import Ranks, Units
from effdash.permutations.ranks import doubled_ranks


def ranks_through_depth(ranks: Mapping[str, Ranks], layer: str, unit: int, samples: Units) -> pd.DataFrame:
    """Follow an order through the layers, from a unit to the one most like it in the next, both ways.

    A unit a layer, and not a mean of many, so that what is shown is an order that some unit does have;
    `similarity` says how much of it is the same order still.

    `ranks` has the layers in the order of the network, each from `order_ranks` on the same samples. A row for
    each layer and chosen sample: `layer`, `unit`, `similarity` (to the unit of the neighbouring layer from
    which it was reached; 1 where it began), `point`, `rank` (from 0, lowest, to 1, highest; tied samples at
    their average; 0.5 for all if the unit never varies).
    """
    names = list(ranks)
    start = names.index(layer)
    found = {layer: (unit, 1.0)}
    for path in (names[start:], names[start::-1]):
        for here, there in itertools.pairwise(path):
            found[there] = _most_like(ranks[here][:, found[here][0]], ranks[there])
    return pd.concat([_rows(name, *found[name], ranks[name], samples) for name in names], ignore_index=True)


def _most_like(order: Float64[np.ndarray, " sample"], ranks: Ranks) -> tuple[int, float]:
    similarity = order @ ranks
    best = int(similarity.argmax())
    return best, float(similarity[best])


def _rows(
    layer: str, unit: int, similarity: float, ranks: Ranks, samples: Sequence[int] | np.ndarray
) -> pd.DataFrame:
    places = doubled_ranks(ranks[:, [unit]])[0]
    points = np.asarray(samples, dtype=np.int64)
    widest = max(1, len(places) - 1)
    return pd.DataFrame(
        {
            vocab.LAYER: layer,
            vocab.UNIT: unit,
            "similarity": similarity,
            vocab.POINT: points,
            "rank": (places[points] / widest + 1) / 2,
        }
    )
