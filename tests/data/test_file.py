"""Samples from files: what is read, and what is refused in which words."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from effdash.data.file import read_samples
from effdash.data.own import read_own
from effdash.vocab import UserError

X = np.array([[0.5, 1.0], [2.0, -3.0], [4.0, 0.25]])
Y = np.array([1, 0, 1])


def write(path: Path, X: np.ndarray, y: np.ndarray | None) -> Path:
    """The same samples as a file of the kind that `path` ends in."""
    if path.suffix == ".npz":
        np.savez(path, X=X, **({} if y is None else {"y": y}))
        return path
    table = pd.DataFrame(X, columns=[f"feature {number}" for number in range(X.shape[1])])
    if y is not None:
        # Among the features: it is told by its name.
        table.insert(1, "Label", y)
    if path.suffix == ".csv":
        table.to_csv(path, index=False)
    else:
        table.to_parquet(path)
    return path


@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize("kind", [".npz", ".csv", ".parquet", ".CSV"])
def test_samples_and_classes_are_read(tmp_path: Path, kind: str, labelled: bool) -> None:
    path = write(tmp_path / f"mine{kind.lower()}", X, Y if labelled else None).rename(
        tmp_path / f"mine{kind}"
    )
    samples = read_samples(path, (2,), 2)
    np.testing.assert_array_equal(samples.X, X.astype(np.float32))
    assert samples.y is None if not labelled else samples.y.tolist() == [1, 0, 1]


def test_flat_rows_take_the_shape_of_the_input(tmp_path: Path) -> None:
    images = np.arange(24).reshape(2, 1, 3, 4)
    for rows in (images, images.reshape(2, 12)):
        samples = read_samples(write(tmp_path / "images.npz", rows, None), (1, 3, 4), 2)
        np.testing.assert_array_equal(samples.X, images)


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"Z": X}, "holds no array X, nor X_train; it holds Z"),
        ({"X": X[:0]}, r"X of .* is empty: its shape is \(0, 2\)"),
        ({"X": X[0]}, r"X of .* has shape \(2,\); it should have one row a sample"),
        ({"X": X[:, :1]}, r"holds samples of shape \(1,\); the network takes \(2,\)"),
        ({"X": np.array([["a", "b"]])}, "X of .* should be an array of numbers, not of <U1"),
        (
            {"X": X * [[1], [np.nan], [1]]},
            "mine.npz lacks 2 values, in feature 1 \\(1\\), feature 2 \\(1\\); a network takes no sample",
        ),
        ({"X": X, "y": Y[:2]}, r"y of .* has shape \(2,\), but X holds 3 samples"),
        ({"X": X, "y": Y + 0.5}, "y of .* holds labels that are no class numbers"),
        ({"X": X, "y": Y + 1}, "y of .* holds class 2; the network knows 0 to 1"),
        (
            {"X": np.array([{}, {}], dtype=object)},
            "X of .* holds objects, which are pickles: they are never opened",
        ),
    ],
)
def test_arrays_that_are_no_samples(tmp_path: Path, arrays: dict[str, np.ndarray], sentence: str) -> None:
    path = tmp_path / "mine.npz"
    np.savez(path, **arrays)
    with pytest.raises(UserError, match=sentence):
        read_samples(path, (2,), 2)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b\n1,2\n3,\n", r"mine.csv lacks 1 value, in column 'b' \(1\); a network takes no sample"),
        ("a,b\n1,red\n3,blue\n", "column 'b' of .* holds no numbers"),
        ("a,b\n1,2\n3,x\n4,5\n", "column 'b' of .* holds 'x' in row 3, and numbers elsewhere"),
        ("a,b,y\n1,2,red\n3,4,red\n", "y of .* holds 'red', which is no class; they should be 0, 1, 2"),
        ("a,b,y,Label\n1,2,0,1\n", "several columns of classes: 'y', 'Label'"),
        ("a,b,c,d\n1,2,3,4\n", r"holds samples of shape \(4,\); the network takes \(2,\)"),
        ("a,b\n", "mine.csv holds no samples"),
        ("", "mine.csv is empty"),
        ("a,b\n1,2\n1,2,3,4\n", "cannot read .*: row 3 has 4 columns, the first one 2"),
    ],
)
def test_text_that_is_no_table_of_samples(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(text)
    with pytest.raises(UserError, match=sentence):
        read_samples(path, (2,), 2)


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (".npz", "cannot read .*mine.npz: it is damaged"),
        (".csv", "mine.csv is not a table as text, whatever its name says: it begins like a ZIP file"),
        (".parquet", "mine.parquet is not a Parquet file, whatever its name says: it begins like a ZIP file"),
    ],
)
def test_a_damaged_file_is_one_sentence(tmp_path: Path, kind: str, sentence: str) -> None:
    path = tmp_path / f"mine{kind}"
    path.write_bytes(b"PK\x03\x04\xff\xfe broken")
    with pytest.raises(UserError, match=sentence) as error:
        read_samples(path, (2,), 2)
    assert "\n" not in str(error.value)


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.xlsx"
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(
        UserError, match=r"mine.xlsx is no file of data that can be read; those end in .csv, .tsv"
    ):
        read_samples(path, (2,), 2)


def test_a_table_without_names_has_its_classes_last(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("0.5\t1\t1\n2\t-3\t0\n4\t0.25\t1\n")
    samples = read_samples(path, (2,), 2)
    np.testing.assert_array_equal(samples.X, X.astype(np.float32))
    assert samples.y is not None
    assert samples.y.tolist() == [1, 0, 1]


def test_like_a_data_set_samples_become_what_its_own_became(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    rows = [
        f"{number / 7},{'red' if number % 3 else 'blue'},{'yes' if number % 2 else 'no'}"
        for number in range(20)
    ]
    path.write_text("\n".join(["size,colour,sold", *rows]))
    data = read_own(path)
    again = read_samples(path, data.input_shape, 2, like=data)
    together = torch.cat([data.X_train, data.X_test])
    assert again.y is not None
    for x, y in zip(data.X_train, data.y_train, strict=True):
        distance, place = (again.X - x).abs().amax(1).min(0)
        assert distance == 0
        assert again.y[place] == y
    assert again.X.shape == together.shape
    # Another order of the columns, none of the classes, and a colour that was never seen.
    path.write_text("colour,size\nmauve,0\nred,1\n")
    other = read_samples(path, data.input_shape, 2, like=data)
    assert other.y is None
    plain = other.X * data.scale + data.mean
    assert torch.allclose(plain, torch.tensor([[0.0, 0.0, 0.0], [1.0, 0.0, 1.0]]), atol=1e-6)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "size,sold\n1,yes\n2,no\n",
            "has no column for 'colour=blue', 'colour=red', which the network takes",
        ),
        (
            "size,colour,sold\n1,red,perhaps\n",
            "y of .* holds 'perhaps', which is no class; the network knows 'no', 'yes'",
        ),
    ],
)
def test_like_a_data_set_what_does_not_fit_is_named(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "mine.csv"
    rows = [
        f"{number},{'red' if number % 3 else 'blue'},{'yes' if number % 2 else 'no'}" for number in range(20)
    ]
    path.write_text("\n".join(["size,colour,sold", *rows]))
    data = read_own(path)
    path.write_text(text)
    with pytest.raises(UserError, match=sentence):
        read_samples(path, data.input_shape, 2, like=data)
