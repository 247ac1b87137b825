"""Samples, or units, on a map that moves with the epochs."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from jaxtyping import Float, Integer, UInt8, UInt16

from effdash.figures.payload import Payload
from effdash.vocab import UserError

STEPS: Final = 65_535
"""Places along each side of the map."""


def sample_map_payload(
    epochs: Integer[np.ndarray, " _"],
    places: Float[np.ndarray, "_ _ 2"],
    classes: Integer[np.ndarray, " _"] | None,
    class_names: Sequence[str],
    numbers: Integer[np.ndarray, " _"],
    *,
    followed: Sequence[int] = (),
    link: str,
    epoch: int | None = None,
    end: int | None = None,
    qualifier: str = "",
    caption: str = "",
    title: str = "Map of the samples",
) -> Payload:
    """The samples at each kept epoch.

    Args:
        epochs: rising.
        places: on the map, epoch after epoch, `(epoch, sample, 2)`.
        classes: of the samples; `None` where they have no labels.
        class_names: of all classes.
        numbers: of the samples in their split.
        followed: the numbers of those that are ringed.
        link: figures with the same one move their epoch together.
        epoch: the one looked at; `None`: the newest.
        end: the newest epoch of the run.
        qualifier: on which data.
        caption: what to look for.

    Raises:
        UserError: no epoch; sizes that do not fit.
    """
    _check(epochs, places)
    for what, values in (("classes", classes), ("numbers", numbers)):
        if values is not None and len(values) != places.shape[1]:
            raise UserError(f"there are {len(values)} {what} for {places.shape[1]} samples on the map")
    header: dict[str, Any] = {
        "title": title,
        "qualifier": qualifier,
        "caption": caption,
        "classes": [] if classes is None else list(class_names),
        "followed": [int(number) for number in followed],
        "link": link,
        "epoch": epoch,
        "end": end,
    }
    arrays = {
        "epochs": epochs.astype(np.int32),
        "places": map_steps(places),
        "samples": numbers.astype(np.uint32),
    }
    if classes is not None:
        arrays["labels"] = classes.astype(np.uint16)
    return Payload(header, arrays)


def unit_places_payload(
    epochs: Integer[np.ndarray, " _"],
    places: Float[np.ndarray, "_ _ 2"],
    status: UInt8[np.ndarray, "_ _"],
    *,
    layer: str,
    split: str,
    chosen: int | None = None,
    link: str,
    epoch: int | None = None,
    end: int | None = None,
    qualifier: str = "",
    caption: str = "",
    title: str = "Map of the units",
) -> Payload:
    """The units of a layer at each kept epoch, by the orders that they tell; `chosen` is ringed.

    `status` are their codes at these epochs on `split`, `(epoch, unit)`. All else as for samples.

    Raises:
        UserError: no epoch; sizes that do not fit.
    """
    _check(epochs, places)
    if status.shape != places.shape[:2]:
        raise UserError(f"statuses of {status.shape} do not fit a map of {places.shape[:2]} epochs and units")
    header: dict[str, Any] = {
        "title": title,
        "qualifier": qualifier,
        "caption": caption,
        "layer": layer,
        "split": split,
        "chosen": chosen,
        "link": link,
        "epoch": epoch,
        "end": end,
    }
    arrays = {"epochs": epochs.astype(np.int32), "places": map_steps(places), "status": status}
    return Payload(header, arrays)


def map_steps(places: Float[np.ndarray, "epochs items 2"]) -> UInt16[np.ndarray, "epochs items 2"]:
    """Places in steps of one square, its middle that of every epoch's map.

    The size of such a map means nothing, so each is drawn at the same: the root mean square of the distances
    from the middle. Nor do its directions: all are turned so that the last one is widest across.
    """
    centred = places.astype(np.float64) - places.mean(axis=1, keepdims=True, dtype=np.float64)
    size = np.sqrt(np.square(centred).sum(axis=2).mean(axis=1))
    scaled = centred / np.where(size == 0, 1.0, size)[:, None, None]
    axes = np.linalg.eigh(scaled[-1].T @ scaled[-1])[1][:, ::-1]
    # An axis may point either way; always the same one, so that the next payload is turned alike.
    axes *= np.where(axes.diagonal() < 0, -1.0, 1.0)
    turned = scaled @ axes
    reach = max(1.0, float(np.abs(turned).max(initial=0.0)))
    return np.rint((turned / reach + 1) / 2 * STEPS).astype(np.uint16)


def _check(epochs: Integer[np.ndarray, " _"], places: Float[np.ndarray, "_ _ 2"]) -> None:
    if not len(epochs):
        raise UserError("a map needs at least one epoch")
    if len(epochs) != len(places):
        raise UserError(f"there are {len(places)} maps for {len(epochs)} epochs")
