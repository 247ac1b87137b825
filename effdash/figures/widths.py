"""How wide each layer is left."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Integer

from effdash.figures.payload import Payload
from effdash.figures.status import HasUnits
from effdash.vocab import UserError


def widths_payload(
    layers: Sequence[HasUnits],
    kept: Integer[np.ndarray, " layers"],
    *,
    locked: Sequence[int] = (),
    title: str = "Widths",
) -> Payload:
    """A bar a layer: `kept` of its units are left. `locked`: numbers of the layers whose units are to stay.

    Raises:
        UserError: no layer, or more units are kept in a layer than it has.
    """
    sizes = np.array([layer.units for layer in layers], dtype=np.int32)
    if not len(sizes) or len(kept) != len(sizes):
        raise UserError(f"widths are given for {len(kept)} layers, there are {len(sizes)}")
    for layer, size, left in zip(layers, sizes.tolist(), kept.tolist(), strict=True):
        if not 0 <= left <= size:
            raise UserError(f"{left} units are kept in layer {layer.name!r}, which has {size}")
    header = {"title": title, "layers": [layer.name for layer in layers], "locked": sorted(locked)}
    return Payload(header, {"sizes": sizes, "kept": kept.astype(np.int32)})
