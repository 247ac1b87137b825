"""Samples from files: what is read, and what is refused in which words."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from effdash.data.file import read_samples
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
        ({"x": X}, "holds no array X; it holds x"),
        ({"X": X[:0]}, r"X of .* is empty: its shape is \(0, 2\)"),
        ({"X": X[0]}, r"X of .* has shape \(2,\); it should have one row a sample"),
        ({"X": X[:, :1]}, r"holds samples of shape \(1,\); the network takes \(2,\)"),
        ({"X": np.array([["a", "b"]])}, "X of .* should be a tensor or an array of numbers"),
        ({"X": X * [[1], [np.nan], [1]]}, "X of .* holds a nan or an infinite value, first in sample 1"),
        ({"X": X, "y": Y[:2]}, r"y of .* has shape \(2,\), but X of .* holds 3 samples"),
        ({"X": X, "y": Y + 0.5}, "y of .* holds labels that are no class numbers"),
        ({"X": X, "y": Y + 1}, "y of .* holds class 2; the network knows 0 to 1"),
        ({"X": np.array([{}, {}], dtype=object)}, "cannot read .*: Object arrays cannot be loaded"),
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
        ("a,b\n1,2\n3,\n", "X of .* holds a nan or an infinite value, first in sample 1"),
        ("a,b\n1,red\n3,blue\n", "column 'b' of .* holds no numbers"),
        ("0.5,1.5\n2,3\n", "the first line of .* holds numbers; it should name the columns"),
        ("a,b,y,Label\n1,2,0,1\n", "several columns of classes: 'y', 'Label'"),
        ("a,b,c\n1,2,3\n", r"holds samples of shape \(3,\); the network takes \(2,\)"),
        ("a,b\n", "mine.csv holds no samples"),
        ("", "cannot read .*: No columns to parse from file"),
        ("a,b\n1,2\n1,2,3,4\n", "cannot read .*: Error tokenizing data"),
    ],
)
def test_text_that_is_no_table_of_samples(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(text)
    with pytest.raises(UserError, match=sentence):
        read_samples(path, (2,), 2)


@pytest.mark.parametrize("kind", [".npz", ".csv", ".parquet"])
def test_a_damaged_file_is_one_sentence(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"mine{kind}"
    path.write_bytes(b"PK\x03\x04\xff\xfe broken")
    with pytest.raises(UserError, match=rf"^cannot read .*mine\{kind}: [^\n]+$"):
        read_samples(path, (2,), 2)


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r"mine.xlsx is no table of samples; those end in .npz, .csv, .parquet"
    ):
        read_samples(tmp_path / "mine.xlsx", (2,), 2)
