"""Share of dead, linear and nonlinear samples at every layer."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Integer

from effdash.figures.payload import Payload
from effdash.figures.rows import LayerFigures
from effdash.figures.status import HasUnits


def samples_by_layer_payload(
    layers: Sequence[HasUnits],
    epochs: Integer[np.ndarray, " epochs"],
    rows: LayerFigures,
    *,
    split: str,
    link: str,
    epoch: int | None = None,
    title: str = "Samples by layer",
) -> Payload:
    """A stacked column a layer, at every recorded epoch; a sentence where all samples are nonlinear.

    `split` says on which data, and how many of them: `train, 1,024 of 60,000`.

    Raises:
        UserError: the sizes do not fit each other.
    """
    rows.check(len(epochs), len(layers))
    header = {
        "title": title,
        "split": split,
        "link": link,
        "epoch": epoch,
        "layers": [layer.name for layer in layers],
        "neverTold": not (rows.dead_samples.any() or rows.linear_samples.any()),
    }
    arrays = {
        "epochs": epochs.astype(np.int32),
        "deadSamples": rows.dead_samples,
        "linearSamples": rows.linear_samples,
    }
    return Payload(header, arrays)
