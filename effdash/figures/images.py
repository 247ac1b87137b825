"""Small pictures: incoming weights, or samples."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Integer

from effdash.figures.payload import Payload
from effdash.vocab import UserError


def weights_payload(
    images: Float[np.ndarray, "images rows columns"],
    *,
    captions: Sequence[str] = (),
    title: str = "Incoming weights",
    qualifier: str = "",
) -> Payload:
    """Signed pictures on one diverging scale, symmetric about 0.

    Raises:
        UserError: a value is not finite, or there is not a caption for each picture.
    """
    _check(images, captions)
    limit = float(np.abs(images).max(initial=0.0)) or 1.0
    words = {"title": title, "qualifier": qualifier, "captions": list(captions), "classes": None}
    header: dict[str, Any] = {
        **words,
        "hints": [],
        "chosen": None,
        "diverging": True,
        "low": -limit,
        "high": limit,
    }
    return Payload(header, {"images": images.astype(np.float32)})


def samples_payload(
    images: Float[np.ndarray, "images rows columns"],
    *,
    captions: Sequence[str] = (),
    classes: Integer[np.ndarray, " images"] | None = None,
    hints: Sequence[str] = (),
    chosen: int | None = None,
    title: str = "Samples",
    qualifier: str = "",
) -> Payload:
    """Grey pictures, from 0 or the smallest value to the largest; a dot before the caption tells the class.

    `hints` are what hovering says of each picture, instead of its pixels; `chosen` is the one that is ringed.

    Raises:
        UserError: a value is not finite, or there is not a caption or a hint for each picture.
    """
    _check(images, captions)
    if hints and len(hints) != len(images):
        raise UserError(f"there are {len(images)} images and {len(hints)} hints")
    low, high = float(images.min(initial=0.0)), float(images.max(initial=0.0))
    numbers = None if classes is None else [int(number) for number in classes]
    words = {"title": title, "qualifier": qualifier, "captions": list(captions), "classes": numbers}
    told = {"hints": list(hints), "chosen": chosen}
    header = {**words, **told, "diverging": False, "low": low, "high": high if high > low else low + 1}
    return Payload(header, {"images": images.astype(np.float32)})


def _check(images: Float[np.ndarray, "images rows columns"], captions: Sequence[str]) -> None:
    if captions and len(captions) != len(images):
        raise UserError(f"there are {len(images)} images and {len(captions)} captions")
    if not np.isfinite(images).all():
        raise UserError("an image has a value that is not finite")
