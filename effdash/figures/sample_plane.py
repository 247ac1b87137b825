"""The samples at their places on the plane, those that fall silent in a ring."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Integer

from effdash.figures.payload import Payload
from effdash.figures.plane import Extent
from effdash.vocab import Split, UserError


def sample_plane_payload(
    places: Float[np.ndarray, "samples 2"],
    classes: Integer[np.ndarray, " samples"],
    silent: Integer[np.ndarray, " samples"],
    numbers: Integer[np.ndarray, " samples"],
    *,
    layers: Sequence[str],
    class_names: Sequence[str],
    extent: Extent,
    split: Split,
    chosen: int | None = None,
    title: str = "Silent samples",
    qualifier: str = "",
) -> Payload:
    """Samples of one split that can be chosen.

    Args:
        places: two features.
        classes: numbers in `class_names`.
        silent: the place of the layer from which each is silent; the number of layers where it is heard.
        numbers: of the samples in their split.
        layers: names.
        class_names: of all classes.
        extent: of the plane.
        split: test samples are hollow, as in every figure.
        chosen: the number of a sample.

    Raises:
        UserError: a sample is silent from a layer that is not there.
    """
    if len(silent) and silent.max() > len(layers):
        raise UserError(f"a sample is silent from layer {silent.max()}; there are {len(layers)} layers")
    header = {
        "title": title,
        "qualifier": qualifier,
        "extent": [float(side) for side in extent],
        "classes": list(class_names),
        "layers": list(layers),
        "chosen": chosen,
    }
    arrays: dict[str, np.ndarray] = {
        "points": places.astype(np.float32),
        "labels": classes.astype(np.uint16),
        "heldOut": np.full(len(places), int(split == Split.TEST), dtype=np.uint8),
        "silent": silent.astype(np.uint32),
        "numbers": numbers.astype(np.uint32),
    }
    return Payload(header, arrays)
