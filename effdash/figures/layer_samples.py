"""Share of dead, linear and nonlinear samples at every layer."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Integer, UInt8

from effdash.figures.payload import Payload
from effdash.figures.rows import sample_shares
from effdash.figures.status import HasUnits


def samples_by_layer_payload(
    layers: Sequence[HasUnits],
    epochs: Integer[np.ndarray, " epochs"],
    point_status: UInt8[np.ndarray, "epochs layers samples"],
    *,
    split: str,
    link: str,
    epoch: int | None = None,
    title: str = "Samples by layer",
) -> Payload:
    """A stacked column a layer, at every recorded epoch; a sentence where all samples are nonlinear.

    `point_status`: status codes of the samples at each layer.
    `split` says on which data, and how many of them: `train, 1,024 of 60,000`.
    """
    dead, linear = sample_shares(point_status)
    header = {
        "title": title,
        "split": split,
        "link": link,
        "epoch": epoch,
        "layers": [layer.name for layer in layers],
        "neverTold": not (dead.any() or linear.any()),
    }
    arrays = {
        "epochs": epochs.astype(np.int32),
        "deadSamples": dead,
        "linearSamples": linear,
    }
    return Payload(header, arrays)
