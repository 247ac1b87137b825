"""What kind of data a path holds, told by its ending and by its first bytes."""

from pathlib import Path
from typing import Final, Literal

from effdash.vocab import UserError

Kind = Literal["csv", "parquet", "npz", "images"]

TEXT_ENDINGS: Final = (".csv", ".tsv", ".txt")
KINDS: Final[dict[str, Kind]] = {
    **dict.fromkeys(TEXT_ENDINGS, "csv"),
    ".parquet": "parquet",
    ".npz": "npz",
    ".zip": "images",
}
ENDINGS: Final = tuple(KINDS)
"""What a file of data may end in; a folder holds images."""

ZIP: Final = b"PK\x03\x04"
EMPTY_ZIP: Final = b"PK\x05\x06"
PARQUET: Final = b"PAR1"
HDF5: Final = b"\x89HDF"
PNG: Final = b"\x89PNG"
PICKLES: Final = tuple(b"\x80" + bytes([protocol]) for protocol in range(2, 6))
"""How pickles of the protocols 2 to 5 begin; older ones are text."""


def kind_of(path: Path) -> Kind:
    """What is at `path`.

    Raises:
        UserError: nothing, an empty file, one of an ending that is not read, or one whose first bytes are not
            those of its kind.
    """
    try:
        if path.is_dir():
            return "images"
        if not path.exists():
            raise UserError(f"there is no file or folder {path}")
        if not path.is_file():
            raise UserError(f"{path} is neither a file nor a folder")
        kind = KINDS.get(path.suffix.lower())
        if kind is None:
            raise UserError(
                f"{path} is no file of data that can be read; those end in {', '.join(ENDINGS)}, or are a "
                "folder of images"
            )
        with path.open("rb") as file:
            first = file.read(8)
    except UserError:
        raise
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None
    if not first:
        raise UserError(f"{path} is empty")
    _check_first_bytes(path, kind, first)
    return kind


def first_line(error: Exception) -> str:
    """What another library says of a file, as part of a sentence."""
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _check_first_bytes(path: Path, kind: Kind, first: bytes) -> None:
    expected = {
        "csv": "a table as text",
        "parquet": "a Parquet file",
        "npz": "an NPZ file",
        "images": "a ZIP file",
    }
    seen = _seen(first)
    if kind == "csv":
        fits = seen is None
    elif kind == "parquet":
        fits = first.startswith(PARQUET)
    else:
        fits = first.startswith((ZIP, EMPTY_ZIP))
    if not fits:
        what = f"it begins like {seen}" if seen else "it does not begin like one"
        raise UserError(f"{path} is not {expected[kind]}, whatever its name says: {what}")


def _seen(first: bytes) -> str | None:
    """What some first bytes belong to, where that is sure and no text."""
    if first.startswith(PICKLES):
        return "a pickle, which is never opened, because that could run anything"
    known = {
        ZIP: "a ZIP file, as workbooks are too",
        EMPTY_ZIP: "an empty ZIP file",
        PARQUET: "a Parquet file",
        HDF5: "an HDF5 file",
        PNG: "an image",
        b"\xff\xd8\xff": "an image",
        b"\x1f\x8b": "a compressed file",
        b"%PDF": "a PDF",
        b"\xd0\xcf\x11\xe0": "an old workbook",
        b"\x93NUMPY": "a single array, .npy",
    }
    return next((what for start, what in known.items() if first.startswith(start)), None)
