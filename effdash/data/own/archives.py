"""ZIP files, as NPZ files and folders of images come in."""

import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from effdash.data.own.contents import first_line
from effdash.vocab import UserError


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Says in one sentence why a ZIP file, or something in it, cannot be read.

    Raises:
        UserError: it is damaged, needs a password, or is packed in a way that Python does not know.
    """
    try:
        yield
    except UserError:
        raise
    except RuntimeError as error:
        raise UserError(f"cannot read {what}: {first_line(error).lower()}") from None
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, ValueError) as error:
        raise UserError(f"cannot read {what}: it is damaged ({first_line(error).lower()})") from None
