"""NPZ files and objects of other libraries as data."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.datasets import load_diabetes, load_digits, load_iris
from torch.utils.data import IterableDataset, TensorDataset

from effdash.data import load_data
from effdash.data.own import read_own
from effdash.vocab import UserError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 3))
Y = np.arange(30) % 3


def saved(tmp_path: Path, **arrays: np.ndarray) -> Path:
    path = tmp_path / "mine.npz"
    np.savez_compressed(path, **arrays)
    return path


def test_arrays_are_split_and_standardised(tmp_path: Path) -> None:
    data = read_own(saved(tmp_path, X=X, y=Y))
    assert (data.feature_names, data.class_names) == (("x1", "x2", "x3"), ("0", "1", "2"))
    assert (len(data.X_train), len(data.X_test)) == (24, 6)
    assert data.X_train.mean(0).abs().max() < 1e-6


def test_parts_of_their_own_stay_as_they_are(tmp_path: Path) -> None:
    path = saved(tmp_path, x_train=X[:20], y_train=Y[:20, None], x_test=X[20:], y_test=Y[20:])
    data = read_own(path, standardise=False)
    np.testing.assert_array_equal(data.X_train, X[:20].astype(np.float32))
    assert data.y_test.tolist() == Y[20:].tolist()


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 3), (3, 4, 5)])
def test_images_get_their_channels_first(tmp_path: Path, shape: tuple[int, ...]) -> None:
    images = RNG.integers(0, 256, (12, *shape), dtype=np.uint8)
    data = read_own(saved(tmp_path, X=images, y=np.arange(12) % 2), standardise=False, test_share=0.0)
    expected = (
        images[:, None] if len(shape) == 2 else images if shape[0] == 3 else images.transpose(0, 3, 1, 2)
    )
    assert data.image_shape == data.input_shape == expected.shape[1:]
    np.testing.assert_array_equal(data.X_train, expected)


def test_pixels_share_mean_and_deviation(tmp_path: Path) -> None:
    images = RNG.integers(0, 256, (40, 4, 5), dtype=np.uint8)
    data = read_own(saved(tmp_path, X=images, y=np.arange(40) % 2))
    assert len(data.mean.unique()) == len(data.scale.unique()) == 1
    assert abs(float(data.X_train.mean())) < 1e-5
    assert float(data.X_train.std(correction=0)) == pytest.approx(1, abs=1e-5)


def test_arrays_in_fortran_order_and_words_as_labels_are_read(tmp_path: Path) -> None:
    words = np.array(["c", "a", "b"])[Y]
    data = read_own(saved(tmp_path, X=np.asfortranarray(X), y=words), standardise=False, test_share=0.0)
    np.testing.assert_array_equal(data.X_train, X.astype(np.float32))
    assert [data.class_names[y] for y in data.y_train.tolist()] == words.tolist()


def with_hole(place: tuple[int, int], value: float = np.nan) -> np.ndarray:
    spoiled = X.copy()
    spoiled[place] = value
    return spoiled


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"Z": X}, "holds no array X, nor X_train; it holds Z"),
        ({"X": X}, "holds no array y"),
        ({"X": X[:0], "y": Y[:0]}, r"X of .* is empty: its shape is \(0, 3\)"),
        ({"X": X, "y": Y[:5]}, r"y of .* has shape \(5,\), but X holds 30 samples"),
        ({"X": X, "y": Y * 0}, "y of .* holds one class only, '0'"),
        ({"X": X, "y": X[:, 0]}, "y of .* holds 30 different values in 30 rows, as measurements do"),
        ({"X": with_hole((3, 1)), "y": Y}, r"mine.npz lacks 1 value, in feature 2 \(1\); fill"),
        (
            {"X": with_hole((3, 1), np.inf), "y": Y},
            "feature 2 of .* holds an infinite value in sample 3 of X",
        ),
        ({"X": X.astype(str), "y": Y}, "X of .* should be an array of numbers, not of <U"),
        ({"X": X, "y": Y, "X_test": X[:, :2], "X_train": X, "y_train": Y, "y_test": Y}, None),
        (
            {"X_train": X, "y_train": Y, "X_test": X[:, :2], "y_test": Y},
            r"X_test of .* samples of shape \(2,\), X_train of",
        ),
        (
            {"X_train": X, "y_train": Y * 0, "X_test": X, "y_test": Y},
            "the training part of .* fewer than two classes",
        ),
    ],
)
def test_arrays_that_are_no_data(tmp_path: Path, arrays: dict[str, np.ndarray], sentence: str | None) -> None:
    path = saved(tmp_path, **arrays)
    if sentence is None:
        assert read_own(path).input_shape == (3,)
        return
    with pytest.raises(UserError, match=sentence) as error:
        read_own(path)
    assert "\n" not in str(error.value)
    assert "allow_pickle" not in str(error.value)


def test_an_array_that_says_it_is_vast_is_never_read(tmp_path: Path) -> None:
    """A header of some bytes that promises 8 TB."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f8", "fortran_order": False, "shape": (10**9, 1000)}
    )
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("X.npy", header.getvalue())
    with pytest.raises(
        UserError, match=r"cannot read .*bomb.npz: X ends before its 1,000,000,000,000 values"
    ):
        read_own(path, no_label=True)


def test_arrays_of_zeros_that_find_no_room_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path, X=np.zeros((100_000, 10)), y=np.arange(100_000) % 2)
    assert path.stat().st_size < 100_000
    monkeypatch.setattr("effdash.data.own.memory.available", lambda: 1_000_000)
    with pytest.raises(
        UserError, match=r"becomes 100,000 samples of 10 features, 4.8 MB; 1 MB of memory are free"
    ):
        read_own(path)


# Objects


def test_a_bunch_is_the_bundled_data_set() -> None:
    for name, load in (("iris", load_iris), ("digits", load_digits)):
        own, bundled = load_data(load(), seed=1), load_data(name, seed=1)
        assert torch.allclose(own.X_train, bundled.X_train, atol=1e-5)
        assert torch.equal(own.y_test, bundled.y_test)
        assert (own.class_names, own.feature_names) == (bundled.class_names, bundled.feature_names)
        assert own.image_shape == bundled.image_shape
    frame = load_data(load_iris(as_frame=True), seed=1)
    assert torch.allclose(frame.X_train, load_data("iris", seed=1).X_train, atol=1e-5)


def test_a_regression_is_said_and_can_go_on_without_classes() -> None:
    with pytest.raises(
        UserError, match="target of the Bunch holds 214 different values in 442 rows, as measure"
    ):
        load_data(load_diabetes())
    assert load_data(load_diabetes(), no_label=True).n_classes == 0


def test_a_dataframe_is_a_table() -> None:
    frame = pd.DataFrame({"a": range(12), "b": ["x", "y", "z"] * 4, "c": [True, False] * 6})
    data = load_data(frame, label="c", leave_out=["b"], standardise=False)
    assert (data.feature_names, data.class_names) == (("a",), ("0", "1"))
    frame["when"] = pd.Timestamp("2026-01-01")
    with pytest.raises(UserError, match="column 'when' of the DataFrame holds values of the kind timestamp"):
        load_data(frame, label="c")


def test_a_torch_dataset_is_read_item_by_item() -> None:
    pairs = TensorDataset(torch.from_numpy(X), torch.from_numpy(Y))
    data = load_data(pairs, standardise=False, test_share=0.0)
    np.testing.assert_array_equal(data.X_train, X.astype(np.float32))
    assert data.y_train.tolist() == Y.tolist()
    assert load_data(TensorDataset(torch.from_numpy(X)), no_label=True).n_classes == 0


class Stream(IterableDataset):
    def __iter__(self):
        return iter([])


class Ragged(torch.utils.data.Dataset):
    def __len__(self) -> int:
        return 3

    def __getitem__(self, row: int) -> tuple[torch.Tensor, int]:
        return torch.zeros(row + 1), row


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (Stream(), "a torch IterableDataset has no length"),
        (Ragged(), r"sample 1 of the Dataset has shape \(2,\), sample 0 \(1,\)"),
        (TensorDataset(torch.zeros(4, 2)), "the Dataset has no labels"),
        (TensorDataset(torch.zeros(0, 2)), "the Dataset is empty"),
        (3, "data should be a name, a file, a folder, a Bunch, a DataFrame or a torch Dataset, not int"),
    ],
)
def test_objects_that_are_no_data(source: object, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        load_data(source)
