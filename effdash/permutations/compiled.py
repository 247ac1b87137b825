"""UMAP as machine code that is kept: otherwise it compiles itself for a minute in every process anew."""

import functools
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

COMPILED_WITH: Final = ("umap-learn", "pynndescent", "numba", "llvmlite", "numpy")
"""Packages whose code ends up in what is compiled: of other versions nothing may be taken."""
USUAL: Final = {"darwin": "Library/Caches", "win32": "AppData/Local"}
"""Where in a home the caches are; elsewhere in `.cache`."""
_PATCHING: Final = threading.Lock()
"""Held while numba's compilers are replaced: a second thread would take the replacements for numba's own."""


def umap_is_compiled() -> bool:
    """Whether an earlier process of this user has compiled UMAP and kept it."""
    folder = _folder()
    return folder is not None and any(folder.rglob("*.nbi"))


def umap_class() -> Any:
    """`umap.UMAP`; importing it takes seconds, and the first map on a machine a minute more."""
    with _kept():
        from umap import UMAP
    return UMAP


def _folder() -> Path | None:
    """Where the machine code lies: in the user's own cache, a folder for each set of versions.

    Nowhere else: numba unpickles what it finds there. `None`: the user has no home.
    """
    own = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME")
    try:
        caches = Path(own) if own else Path.home() / USUAL.get(sys.platform, ".cache")
    except RuntimeError:
        return None
    return caches / "effdash" / "-".join(map(version, COMPILED_WITH))


@contextmanager
def _kept() -> Iterator[None]:
    """Within, what numba is told to compile is kept: UMAP itself asks for that in a single function.

    Where no folder can be written, everything is as it is without.
    """
    import numba

    folder = _folder()
    with _PATCHING:
        if "umap" in sys.modules or folder is None or not _is_writable(folder):
            yield
            return
        compilers = {name: getattr(numba, name) for name in ("jit", "njit")}
        settings: Any = numba.config
        before = settings.CACHE_DIR
        settings.CACHE_DIR = str(folder)
        for name, compiler in compilers.items():
            setattr(numba, name, _keeping(compiler))
        try:
            yield
        finally:
            settings.CACHE_DIR = before
            for name, compiler in compilers.items():
                setattr(numba, name, compiler)


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def _keeping(compiler: Callable[..., Any]) -> Callable[..., Any]:
    """A compiler of numba that keeps what it makes."""

    @functools.wraps(compiler)
    def keeping(*args: Any, **options: Any) -> Any:
        return compiler(*args, **{"cache": True, **options})

    return keeping
