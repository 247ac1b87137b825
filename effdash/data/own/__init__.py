"""A person's own data: from a file, a folder or an object of another library to a `Dataset`."""

from effdash.data.own.contents import ENDINGS
from effdash.data.own.preview import Preview, preview
from effdash.data.own.reading import (
    MISSING,
    adopt,
    check_trainable,
    digest_of,
    own_config,
    read_own,
    stream_own,
)

__all__ = [
    "ENDINGS",
    "MISSING",
    "Preview",
    "adopt",
    "check_trainable",
    "digest_of",
    "own_config",
    "preview",
    "read_own",
    "stream_own",
]
