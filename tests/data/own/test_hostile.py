"""Files that are not what they say: nothing in them is executed."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from effdash.data.own import preview, read_own
from effdash.vocab import UserError
from tests.data.own.planted import Planted, planted_pickle


@pytest.mark.parametrize("protocol", [2, 4, 5])
@pytest.mark.parametrize("ending", [".csv", ".tsv", ".txt", ".parquet", ".npz", ".zip"])
def test_a_pickle_under_another_name_is_not_opened(tmp_path: Path, ending: str, protocol: int) -> None:
    mark, path = tmp_path / "mark", tmp_path / f"mine{ending}"
    path.write_bytes(planted_pickle(mark, protocol))
    for look in (read_own, preview):
        with pytest.raises(UserError, match="it begins like a pickle, which is never opened") as error:
            look(path)
        assert "\n" not in str(error.value)
    assert not mark.exists()


def test_a_pickle_of_letters_is_a_text_without_sense(tmp_path: Path) -> None:
    mark, path = tmp_path / "mark", tmp_path / "mine.csv"
    path.write_bytes(planted_pickle(mark, protocol=0))
    with pytest.raises(UserError):
        read_own(path)
    assert not mark.exists()


@pytest.mark.parametrize("name", ["X", "y"])
def test_a_pickle_in_an_npz_is_not_opened(tmp_path: Path, name: str) -> None:
    mark, path = tmp_path / "mark", tmp_path / "mine.npz"
    objects = np.empty((4, 2) if name == "X" else 4, dtype=object)
    objects[:] = Planted(mark)
    np.savez(path, **{"X": np.zeros((4, 2)), "y": np.arange(4) % 2, name: objects})
    with pytest.raises(
        UserError, match=f"{name} of .* holds objects, which are pickles: they are never opened"
    ):
        read_own(path)
    assert not mark.exists()


def test_a_bare_pickle_as_a_member_of_an_npz_is_no_array(tmp_path: Path) -> None:
    mark, path = tmp_path / "mark", tmp_path / "mine.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("X.npy", planted_pickle(mark))
    with pytest.raises(UserError, match=r"X of .* is no array of NumPy's"):
        read_own(path)
    assert not mark.exists()


@pytest.mark.parametrize("ending", [".parquet", ".npz"])
@pytest.mark.parametrize("keep", [0.3, 0.9, 0.999])
def test_a_truncated_file_is_damaged(tmp_path: Path, ending: str, keep: float) -> None:
    import pandas as pd

    path = tmp_path / f"mine{ending}"
    values = np.random.default_rng(0).normal(size=(500, 2))
    if ending == ".npz":
        np.savez(path, X=values, y=np.arange(500) % 2)
    else:
        pd.DataFrame(values, columns=["a", "b"]).assign(y=np.arange(500) % 2).to_parquet(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(keep * len(content))])
    with pytest.raises(UserError, match="it is damaged") as error:
        read_own(path)
    assert "\n" not in str(error.value)


def test_damage_in_the_middle_is_said_or_harmless(tmp_path: Path) -> None:
    held = io.BytesIO()
    np.savez_compressed(held, X=np.random.default_rng(0).normal(size=(200, 2)), y=np.arange(200) % 2)
    path = tmp_path / "mine.npz"
    for place in range(40, len(held.getvalue()), 97):
        content = bytearray(held.getvalue())
        content[place] ^= 0xFF
        path.write_bytes(content)
        try:
            read_own(path)
        except UserError as error:
            assert "\n" not in str(error)
