"""What UMAP compiles is kept in the user's cache, and nothing is patched afterwards."""

import threading
from pathlib import Path

import numba
import pytest

from effdash.permutations import compiled


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delitem(compiled.sys.modules, "umap", raising=False)
    return tmp_path


def test_what_numba_compiles_within_is_kept(cache):
    compilers = numba.jit, numba.njit
    assert not compiled.umap_is_compiled()
    with compiled._kept():
        double = numba.njit(_double)
        named = numba.njit(fastmath=True)(_triple)
    assert (numba.jit, numba.njit) == compilers
    assert str(compiled._folder()) != numba.config.CACHE_DIR
    assert (double(2), named(2)) == (4, 6)
    assert compiled.umap_is_compiled()
    assert all(path.is_relative_to(cache / "effdash") for path in cache.rglob("*.nbi"))


def test_where_nothing_can_be_written_all_is_as_it_was(cache):
    (cache / "effdash").write_text("a file, and no folder")
    compilers = numba.jit, numba.njit
    with compiled._kept():
        assert (numba.jit, numba.njit) == compilers
    assert not compiled.umap_is_compiled()


def test_a_user_without_a_home_keeps_nothing(cache, monkeypatch):
    def no_home() -> Path:
        raise RuntimeError("could not determine home directory")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(compiled.Path, "home", no_home)
    compilers = numba.jit, numba.njit
    with compiled._kept():
        assert (numba.jit, numba.njit) == compilers
    assert not compiled.umap_is_compiled()


@pytest.mark.parametrize(
    ("platform", "folder"), [("linux", ".cache"), ("darwin", "Library/Caches"), ("win32", "AppData/Local")]
)
def test_caches_are_where_the_system_has_them(cache, monkeypatch, platform, folder):
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(compiled.Path, "home", lambda: cache)
    monkeypatch.setattr(compiled.sys, "platform", platform)
    found = compiled._folder()
    monkeypatch.undo()
    assert found.is_relative_to(cache / folder / "effdash")


def test_threads_that_import_at_once_leave_numba_as_it_was(cache):
    """Without waiting the second would take the first one's compilers for numba's own."""
    compilers = numba.jit, numba.njit
    first_is_in, second_asks = threading.Event(), threading.Event()

    def first() -> None:
        with compiled._kept():
            first_is_in.set()
            second_asks.wait(5)

    def second() -> None:
        first_is_in.wait(5)
        threading.Timer(0.05, second_asks.set).start()
        with compiled._kept():
            first_thread.join(5)

    first_thread, second_thread = (threading.Thread(target=run) for run in (first, second))
    first_thread.start()
    second_thread.start()
    second_thread.join()
    assert (numba.jit, numba.njit) == compilers


def _double(x):
    return 2 * x


def _triple(x):
    return 3 * x
