"""How much of a chain the samples reach, over the epochs."""

import numpy as np
from jaxtyping import Float, Integer

from effdash.figures.payload import Payload
from effdash.vocab import UserError


def sample_efficiency_payload(
    epochs: Integer[np.ndarray, " epochs"],
    efficiency: Float[np.ndarray, " epochs"],
    *,
    split: str,
    link: str,
    epoch: int | None = None,
    end: int | None = None,
    title: str = "Sample efficiency",
) -> Payload:
    """Point efficiency at each recorded epoch as a line; a sentence where it is 1 at all of them.

    `split` says on which data, and on how many of them: `train, 1,024 of 60,000`. `end`: as for the unit map.

    Raises:
        UserError: a share is not in [0, 1].
    """
    if not ((efficiency >= 0) & (efficiency <= 1)).all():
        raise UserError("sample efficiency is a share; it lies between 0 and 1")
    header = {
        "title": title,
        "split": split,
        "link": link,
        "epoch": epoch,
        "end": end,
        "alwaysWhole": bool((efficiency == 1).all()),
    }
    return Payload(header, {"epochs": epochs.astype(np.int32), "efficiency": efficiency.astype(np.float32)})
