"""UMAP as machine code that is kept: otherwise it compiles itself for a minute in every process anew."""

import functools
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

COMPILED_WITH: Final = ("umap-learn", "pynndescent", "numba", "llvmlite", "numpy")
"""Packages whose code ends up in what is compiled: of other versions nothing may be taken."""


def umap_is_compiled() -> bool:
    """Whether an earlier process of this user has compiled UMAP and kept it."""
    return any(_folder().rglob("*.nbi"))


def umap_class() -> Any:
    """`umap.UMAP`; importing it takes seconds, and the first map on a machine a minute more."""
    with _kept():
        from umap import UMAP
    return UMAP


def _folder() -> Path:
    """Where the machine code lies: in the user's own cache, a folder for each set of versions."""
    own = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME")
    caches = Path(own) if own else Path.home() / ".cache"
    return caches / "effdash" / "-".join(map(version, COMPILED_WITH))


@contextmanager
def _kept() -> Iterator[None]:
    """Within, what numba is told to compile is kept: UMAP itself asks for that in a single function.

    Where no folder can be written, everything is as it is without.
    """
    import numba

    folder = _folder()
    if "umap" in sys.modules or not _is_writable(folder):
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
