"""Which kind of file holds a model: by what is in it first, by its name second. Nothing is unpickled here."""

import io
import zipfile
from enum import StrEnum
from pathlib import PurePath
from typing import Final

from effdash.vocab import UserError

MOST_MEMBERS: Final = 100_000
MOST_RATIO: Final = 20
"""A file of weights hardly shrinks: what would grow further than this is made to fill the memory."""
SPARE: Final = 1_000_000
MOST_HEADER: Final = 100_000_000
"""Bytes of the header of a safetensors file, as that format says."""

_ZIP: Final = b"PK"
_PICKLE: Final = b"\x80"
_OLD_TORCH: Final = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""The first pickle in a file of torch before 1.6: its magic number."""
_ONNX_FIELDS: Final = frozenset(b"\x12\x1a\x22\x28\x32\x3a\x42\x72")
"""What may follow the version in an ONNX file."""


class FileKind(StrEnum):
    """What can be opened."""

    ONNX = "onnx"
    SAFETENSORS = "safetensors"
    STATE_DICT = "state dict"
    PROGRAM = "torch.export"


KNOWN: Final = "an ONNX file, safetensors, a PyTorch state dict or a torch.export program"


def kind_of(content: bytes, name: str) -> FileKind:
    """The kind of a file, from its bytes and, where those do not tell, from its name.

    Raises:
        UserError: it is empty, damaged, a zip bomb, of a kind that is refused, or none of those known.
    """
    if not content:
        raise UserError(f"{name} is empty")
    # Its beginning is a number, which may look like anything: so it is asked for first, and closely.
    if _is_safetensors(content):
        return FileKind.SAFETENSORS
    if content.startswith(_ZIP):
        return _kind_of_zip(content, name)
    if content.startswith(_OLD_TORCH):
        return FileKind.STATE_DICT
    if _is_pickle(content):
        raise UserError(
            f"{name} is a pickle, and reading one can run any code: save the weights alone with "
            "torch.save(model.state_dict(), 'weights.pt') in the program that made it, and load those"
        )
    if _is_onnx(content):
        return FileKind.ONNX
    suffix = PurePath(name).suffix.lower()
    if suffix == ".onnx":
        return FileKind.ONNX
    if suffix == ".safetensors":
        return FileKind.SAFETENSORS
    raise UserError(f"{name} is no model that effdash can open: that is {KNOWN}")


def _kind_of_zip(content: bytes, name: str) -> FileKind:
    members = _checked_members(content, name)
    # torch puts everything into a folder of the file's own name.
    inner = {member.partition("/")[2] for member in members}
    if "constants.pkl" in inner or any(member.startswith("code/") for member in inner):
        raise UserError(
            f"{name} is a TorchScript file, which holds code that runs when it is opened: save the state "
            "dict of the module that it was made from, or export that to ONNX"
        )
    if "archive_format" in inner or any("exported_program" in member for member in members):
        return FileKind.PROGRAM
    if "data.pkl" in inner:
        return FileKind.STATE_DICT
    raise UserError(f"{name} is a zip archive without a model that effdash can open: that is {KNOWN}")


def _checked_members(content: bytes, name: str) -> list[str]:
    """The names in an archive that is whole, and that would not fill the memory.

    Raises:
        UserError: it is not.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeDecodeError):
        raise UserError(f"{name} is damaged or cut off: it begins as a zip archive and is none") from None
    size = sum(member.file_size for member in members)
    if len(members) > MOST_MEMBERS or size > MOST_RATIO * len(content) + SPARE:
        raise UserError(
            f"{name} is a zip archive of {len(content):,} bytes that would take {size:,} unpacked: "
            "no file of weights does, so it is refused"
        )
    return [member.filename for member in members]


def _is_pickle(content: bytes) -> bool:
    return content.startswith(_PICKLE) and len(content) > 1 and 2 <= content[1] <= 5


def _is_safetensors(content: bytes) -> bool:
    length = int.from_bytes(content[:8], "little")
    return content[8:9] == b"{" and length <= min(MOST_HEADER, len(content) - 8)


def _is_onnx(content: bytes) -> bool:
    """Whether it begins as every ONNX file that is written: with a small version number."""
    return len(content) > 2 and content[0] == 0x08 and 1 <= content[1] <= 100 and content[2] in _ONNX_FIELDS
