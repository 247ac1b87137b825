"""Images as samples: opened one at a time, of few trusted formats, brought to one size."""

import io
import warnings
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np

from effdash.config import OwnData
from effdash.data.own.contents import PICKLES, first_line
from effdash.data.own.image_files import Listing
from effdash.data.own.matrix import Survey, rows_of_block
from effdash.data.own.raw import Raw
from effdash.vocab import UserError

if TYPE_CHECKING:
    from PIL import Image

FORMATS: Final = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
MOST_PIXELS: Final = 50_000_000
"""Of one image; a small file may say that it is as large as a house."""
GREY: Final = ("1", "L", "LA", "I", "I;16", "I;16L", "I;16B")
LOOKED_AT: Final = 200
"""So many images tell whether most are in colour, and their commonest size."""


class ImageMatrix:
    """Images as numbers from 0 to 1, (channel, height, width)."""

    def __init__(self, listing: Listing, size: tuple[int, int], colour: bool) -> None:
        self.what = listing.what
        self.rows = len(listing.files)
        self.shape: tuple[int, ...] = (3 if colour else 1, *size)
        self._listing = listing

    def survey(self) -> Survey:
        """Nothing lacks in an image, and its values are small."""
        features = int(np.prod(self.shape))
        nothing = np.zeros(features, dtype=np.int64)
        return Survey(nothing, np.zeros(features), np.zeros(self.rows, dtype=bool), None, 1.0)

    def blocks(self) -> Iterator[np.ndarray]:
        rows = rows_of_block(self.shape)
        files = self._listing.files
        for start in range(0, self.rows, rows):
            part = files[start : start + rows]
            yield np.stack(
                [pixels(self.row(start + i), file.read(), self.shape) for i, file in enumerate(part)]
            )

    def feature(self, number: int) -> str:
        channel, row, column = np.unravel_index(number, self.shape)
        return f"pixel ({row}, {column}) of channel {channel}"

    def row(self, number: int) -> str:
        return f"{self._listing.files[number].name} of {self.what}"


def raw_images(listing: Listing, how: OwnData, name: str) -> Raw:
    """The images of a listing as samples; their folders are their classes.

    Raises:
        UserError: one class only, or an image that cannot be read.
    """
    if len(listing.classes) < 2:
        raise UserError(
            f"{listing.what} holds images of one class only, {listing.classes[0]!r}; at least two are needed"
        )
    size, colour, _ = size_and_colour(listing, how)
    matrix = ImageMatrix(listing, size, colour)
    number = {label: place for place, label in enumerate(listing.classes)}
    y = np.array([number[file.label] for file in listing.files], dtype=np.int64)
    return Raw(
        name=name,
        matrix=matrix,
        y=np.zeros_like(y) if how.no_label else y,
        class_names=() if how.no_label else listing.classes,
        feature_names=(),
        image_shape=(matrix.shape[0], *size),
        one_scale=True,
        test=np.array([file.test for file in listing.files]) if listing.split else None,
    )


def size_and_colour(listing: Listing, how: OwnData) -> tuple[tuple[int, int], bool, tuple[str, ...]]:
    """Height and width, whether in colour, and what should be said of it."""
    step = max(1, len(listing.files) // LOOKED_AT)
    looked = [opened(f"{file.name} of {listing.what}", file.read()) for file in listing.files[::step]]
    sizes = Counter((image.height, image.width) for image in looked)
    in_colour = sum(image.mode not in GREY for image in looked)
    size = how.image_size or min(sizes, key=lambda size: (-sizes[size], size))
    colour = 2 * in_colour > len(looked) if how.colour is None else how.colour
    words = "in colour" if colour else "in grey"
    notes = [f"images of {size[0]} × {size[1]} pixels, {words}"]
    if len(sizes) > 1 or size not in sizes:
        notes.append("images of other sizes are brought to this one")
    return size, colour, tuple(notes)


def opened(what: str, content: bytes) -> "Image.Image":
    """An image whose pixels are not decoded yet.

    Raises:
        UserError: it is none, of another format, or would have very many pixels.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError:
        raise UserError(f"{what} says that it has too many pixels; {MOST_PIXELS:,} are the most") from None
    except Exception as error:
        raise UserError(f"{what} cannot be read as an image: {_reason(content, error)}") from None
    if image.width * image.height > MOST_PIXELS:
        raise UserError(
            f"{what} says that it has {image.width:,} × {image.height:,} pixels; {MOST_PIXELS:,} are the most"
        )
    return image


def pixels(what: str, content: bytes, shape: tuple[int, ...]) -> np.ndarray:
    """An image as numbers from 0 to 1, float64 `shape`: (channel, height, width).

    Raises:
        UserError: it cannot be decoded.
    """
    from PIL import Image, ImageOps

    image = opened(what, content)
    channels, height, width = shape
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image.load()
            image = ImageOps.exif_transpose(image)
            if image.mode.startswith(("I", "F")):
                image = _eight_bits(image)
            if "A" in image.mode or "transparency" in image.info:
                white = Image.new("RGBA", image.size, "white")
                white.alpha_composite(image.convert("RGBA"))
                image = white
            image = image.convert("L" if channels == 1 else "RGB")
            if image.size != (width, height):
                image = image.resize((width, height), Image.Resampling.BILINEAR)
    except Exception as error:
        raise UserError(f"{what} cannot be read as an image: {_reason(content, error)}") from None
    values = np.asarray(image, dtype=np.float64) / 255
    return values.reshape(height, width, channels).transpose(2, 0, 1)


def _eight_bits(image: "Image.Image") -> "Image.Image":
    """Images of 16 bits, which Pillow's own conversion would cut off at 255."""
    from PIL import Image

    values = np.asarray(image, dtype=np.float64)
    return Image.fromarray(np.clip(values / 257, 0, 255).round().astype(np.uint8))


def _reason(content: bytes, error: Exception) -> str:
    from PIL import UnidentifiedImageError

    if content.startswith(PICKLES):
        return "it is a pickle, which is never opened, because that could run anything"
    if not content:
        return "it is empty"
    if isinstance(error, UnidentifiedImageError):
        return f"it is none of {', '.join(FORMATS)}"
    return first_line(error)
