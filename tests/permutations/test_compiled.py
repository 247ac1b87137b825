"""What UMAP compiles is kept in the user's cache, and nothing is patched afterwards."""

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


def _double(x):
    return 2 * x


def _triple(x):
    return 3 * x
