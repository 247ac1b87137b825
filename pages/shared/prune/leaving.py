"""With which amount a unit goes: what lets the map follow the slider without asking."""

from collections.abc import Sequence

import numpy as np

from effdash.figures.prune_map import NONE
from effdash.figures.status import HasUnits, layer_starts
from effdash.pruning import Path


def leaving_amounts(path: Path, layers: Sequence[HasUnits]) -> np.ndarray:
    """The smallest amount with which each unit over all layers goes along a path, int64; `NONE`: with none.

    Units that are coupled, or go with their branch, go together and count one by one.
    """
    starts = dict(zip((layer.name for layer in layers), layer_starts(layers), strict=True))
    amounts = np.full(sum(layer.units for layer in layers), NONE, dtype=np.int64)
    gone = 0
    for step, removal in enumerate(path.removals, start=1):
        sites = path.groups[removal.group].sites
        units = [starts[layer] + of_layer[removal.channel] for layer, of_layer in sites.items()]
        units.append(np.array([starts[layer] + unit for layer, unit in path.along.get(step, ())], np.int64))
        gone += sum(map(len, units))
        for numbers in units:
            amounts[numbers] = gone
    return amounts
