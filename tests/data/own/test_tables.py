"""Tables of somebody's own: how they are written, what becomes of their columns, and what is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from effdash.data import load_data
from effdash.data.own import preview, read_own
from effdash.vocab import UserError

HEADER = "size,colour,sold"
ROWS = [
    f"{number / 4},{'red' if number % 3 else 'blue'},{'yes' if number % 2 else 'no'}" for number in range(20)
]
PLAIN = "\n".join([HEADER, *ROWS]) + "\n"


def written(tmp_path: Path, content: str | bytes, name: str = "shop.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def values(data) -> np.ndarray:
    """All samples in their own scale, sorted."""
    X = (torch.cat([data.X_train, data.X_test]) * data.scale + data.mean).numpy()
    return X[np.lexsort(X.round(4).T)]


def test_a_table_becomes_numbers_and_one_feature_a_text(tmp_path: Path) -> None:
    data = read_own(written(tmp_path, PLAIN))
    assert data.name == "shop"
    assert data.class_names == ("no", "yes")
    assert data.feature_names == ("size", "colour=blue", "colour=red")
    assert (len(data.X_train), len(data.X_test)) == (16, 4)
    assert data.y_test.bincount().tolist() == [2, 2]
    expected = np.array([[n / 4, n % 3 == 0, n % 3 != 0] for n in range(20)], dtype=np.float32)
    np.testing.assert_allclose(values(data), expected[np.lexsort(expected.T)], atol=1e-6)
    assert data.X_train.mean(0).abs().max() < 1e-6
    assert torch.allclose(data.X_train.std(0, correction=0), torch.ones(3), atol=1e-5)
    for x, y in zip(data.X_train * data.scale + data.mean, data.y_train, strict=True):
        assert round(float(x[0]) * 4) % 2 == y


@pytest.mark.parametrize(
    ("name", "content", "notes"),
    [
        ("shop.csv", PLAIN.replace(",", ";").encode(), ["semicolons stand between the columns"]),
        ("shop.tsv", PLAIN.replace(",", "\t").encode(), ["tabs stand between the columns"]),
        ("shop.txt", b"\xef\xbb\xbf" + PLAIN.encode(), ["it begins with a byte order mark"]),
        (
            "shop.csv",
            PLAIN.replace(",", ";").replace(".", ",").encode("utf-16"),
            ["its letters are read as utf-16", "semicolons stand between", "commas are decimal signs"],
        ),
        ("shop.csv", PLAIN.replace("\n", "\r\n").encode(), []),
    ],
)
def test_the_same_table_written_otherwise_is_the_same(
    tmp_path: Path, name: str, content: bytes, notes: list[str]
) -> None:
    expected = read_own(written(tmp_path, PLAIN, "shop.csv"))
    path = written(tmp_path, content, name)
    data = read_own(path)
    assert torch.equal(data.X_train, expected.X_train)
    assert torch.equal(data.y_test, expected.y_test)
    assert (data.feature_names, data.class_names) == (expected.feature_names, expected.class_names)
    said = preview(path).notes
    assert len(said) == len(notes)
    assert all(found.startswith(note) for found, note in zip(said, notes, strict=True))


def test_without_a_line_of_names_columns_are_numbered(tmp_path: Path) -> None:
    path = written(tmp_path, "\n".join(ROWS))
    data = read_own(path)
    assert data.feature_names == ("x1", "x2=blue", "x2=red")
    assert preview(path).notes == ("no line names the columns: they are called x1 to x3",)


def test_letters_of_windows_are_read_and_it_is_said(tmp_path: Path) -> None:
    path = written(tmp_path, PLAIN.replace("blue", "grün").encode("cp1252"))
    assert read_own(path).feature_names == ("size", "colour=grün", "colour=red")
    assert preview(path).notes == ("its letters are read as cp1252",)


def test_an_index_that_pandas_wrote_is_no_feature(tmp_path: Path) -> None:
    frame = pd.read_csv(written(tmp_path, PLAIN))
    frame.to_csv(tmp_path / "indexed.csv")
    frame.to_parquet(tmp_path / "indexed.parquet")
    for name in ("indexed.csv", "indexed.parquet"):
        assert read_own(tmp_path / name).feature_names == ("size", "colour=blue", "colour=red")


def test_the_bundled_irises_from_a_file_are_the_bundled_irises(tmp_path: Path) -> None:
    from sklearn.datasets import load_iris

    bunch = load_iris(as_frame=True)
    frame = bunch.frame.assign(target=bunch.target_names[bunch.target])
    frame.to_csv(tmp_path / "iris.csv", index=False)
    own, bundled = load_data(tmp_path / "iris.csv", seed=3), load_data("iris", seed=3)
    assert torch.allclose(own.X_train, bundled.X_train, atol=1e-6)
    assert torch.equal(own.y_test, bundled.y_test)
    assert own.class_names == bundled.class_names


def test_values_that_are_large_and_close_together_keep_their_differences(tmp_path: Path) -> None:
    rows = [f"{1.7e9 + number},{number % 2}" for number in range(100)]
    data = read_own(written(tmp_path, "\n".join(["time,y", *rows])))
    steps = torch.cat([data.X_train, data.X_test])[:, 0].sort().values.diff() * data.scale[0]
    assert torch.allclose(steps, torch.ones(99), atol=1e-4)


@pytest.mark.parametrize(
    ("column", "classes"),
    [
        (["3", "10", "3", "10"], ("3", "10")),
        (["2.0", "1.0", "2.0", "1.0"], ("1", "2")),
        (["0.5", "0.25", "0.5", "0.25"], ("0.25", "0.5")),
        (["b", "a", "b", "a"], ("a", "b")),
        (["-1", "1", "1", "-1"], ("-1", "1")),
    ],
)
def test_classes_are_sorted_as_numbers_or_as_words(tmp_path: Path, column: list[str], classes: tuple) -> None:
    rows = [f"{number},{column[number % 4]}" for number in range(16)]
    data = read_own(written(tmp_path, "\n".join(["a,y", *rows])), standardise=False)
    assert data.class_names == classes
    for x, y in zip(data.X_train[:, 0].tolist(), data.y_train.tolist(), strict=True):
        assert data.class_names[y] == column[int(x) % 4].removesuffix(".0")


HOLES = "\n".join([HEADER, *ROWS, ",red,yes", "7,,no", "NA,?,yes"])


def test_missing_values_are_refused_by_count_and_column(tmp_path: Path) -> None:
    path = written(tmp_path, HOLES)
    with pytest.raises(
        UserError, match=r"lacks 4 values, in column 'size' \(2\), column 'colour' \(2\); fill"
    ):
        read_own(path)
    assert preview(path).problems == (("missing", "4 values are missing, in 'size' (2), 'colour' (2)"),)


def test_missing_values_become_the_mean_of_train_or_their_rows_go(tmp_path: Path) -> None:
    path = written(tmp_path, HOLES)
    filled = read_own(path, missing="mean")
    assert len(filled.y_train) + len(filled.y_test) == 23
    holes = torch.cat([filled.X_train, filled.X_test])[:, 0] == 0
    assert int(holes.sum()) == 2
    dropped, whole = read_own(path, missing="drop"), read_own(written(tmp_path, PLAIN))
    assert torch.allclose(dropped.X_train, whole.X_train, atol=1e-6)


def test_a_label_that_is_missing_cannot_be_made_up(tmp_path: Path) -> None:
    path = written(tmp_path, PLAIN + "1,red,\n")
    for missing in ("refuse", "mean"):
        with pytest.raises(UserError, match=r"the label is missing in 1 of 21 rows of .*, first in row 22"):
            read_own(path, label="sold", missing=missing)
    assert len(read_own(path, missing="drop").X_train) == 16


def test_columns_are_left_out_and_a_part_is_drawn(tmp_path: Path) -> None:
    path = written(tmp_path, PLAIN)
    data = read_own(path, leave_out=["colour"], samples=10, test_share=0.4, standardise=False)
    assert data.feature_names == ("size",)
    assert (len(data.X_train), len(data.X_test)) == (6, 4)
    assert data.scale.tolist() == [1.0]
    everything = read_own(path, test_share=0.0)
    assert everything.X_test.shape == (0, 3)


def test_measurements_have_no_classes(tmp_path: Path) -> None:
    rows = [f"{number},{number / 7}" for number in range(60)]
    path = written(tmp_path, "\n".join(["a,y", *rows]))
    with pytest.raises(UserError, match=r"column 'y' of .* holds 60 different values .* as measurements do"):
        read_own(path)
    data = read_own(path, label="y", no_label=True)
    assert (data.n_classes, data.feature_names, int(data.y_train.max())) == (0, ("a",), 0)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "shop.csv is empty"),
        ("\n\n\n", "holds nothing but empty lines"),
        ("a,b\n", "holds no samples"),
        ("a,a,b,b\n1,2,3,4\n", "has several columns of one name: 'a', 'b'"),
        (PLAIN + "many,red,no\n", "column 'size' of .* holds 'many' in row 22, and numbers elsewhere"),
        (PLAIN + "1,red\n", "row 22 has 2 columns, the first one 3"),
        (PLAIN + "inf,red,no\n", "column 'size' of .* holds an infinite value in row 22"),
        (PLAIN + "1e300,red,no\n", "holds 1e[+]300, which is too large for a network's float32"),
        (PLAIN.replace("yes", "no"), "no column of .* looks like the classes"),
        ("a,y\n" + "1,7\n" * 5, "column 'y' of .* holds one class only, '7'"),
        ("a,y\n" + "1,2\n" * 9 + "1,3\n", "class '3' has one sample only; it takes two"),
        ("a,y,Label\n1,0,0\n2,1,1\n", "several columns of classes by their names: 'y', 'Label'"),
        ("y\n0\n1\n0\n1\n", "has no column left that could be a feature"),
        ("a,b,y\n,1,0\n,2,1\n,3,0\n,4,1\n", "column 'a' of .* holds no value at all"),
        (
            "name,y\n" + "".join(f"n{number},{number % 2}\n" for number in range(200)),
            "column 'name' of .* holds 200 different texts, too many",
        ),
        (b"a,b\n1,2\0\n", "is no text"),
        (
            b"\x1f\x8b\x08\x00rest",
            "is not a table as text, whatever its name says: it begins like a compressed",
        ),
        (b"PK\x03\x04rest", "it begins like a ZIP file, as workbooks are too"),
    ],
)
def test_a_table_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, content: str | bytes, sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence) as error:
        read_own(written(tmp_path, content))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({"label": "price"}, "label = 'price' is no column of .*; it has 'size', 'colour', 'sold'"),
        ({"leave_out": ["price"]}, "leave_out = 'price' is no column"),
        ({"label": "sold", "leave_out": ["sold"]}, "is the label, so it is no feature anyway"),
        ({"missing": "median"}, "missing = 'median': input should be 'refuse', 'mean' or 'drop'"),
        ({"test_share": 1.0}, "test_share = 1.0 is out of range"),
        ({"test_share": 0.01}, "test_share = 0.01 splits 20 samples into 19 and 1"),
        ({"samples": 21}, "samples = 21: there are only 20"),
        ({"seed": -1}, "seed = -1 is out of range"),
        (
            {"most_bytes": 1100},
            r"becomes 20 samples of 3 features, 1.42 kB; .* take a part of them|take smaller",
        ),
    ],
)
def test_choices_that_cannot_be_are_named(tmp_path: Path, how: dict, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        read_own(written(tmp_path, PLAIN), **how)


def test_what_finds_no_room_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, "a,b,y\n" + "1,2,0\n" * 5000)
    monkeypatch.setattr("effdash.data.own.memory.available", lambda: 10_000)
    monkeypatch.setattr(
        "effdash.data.own.table_reading.profile_of", lambda *_, **__: pytest.fail("it was read")
    )
    with pytest.raises(
        UserError, match=r"becomes about 2,\d\d\d samples of 2 features, .*kB; 10 kB of memory"
    ):
        read_own(path)


def test_many_blocks_are_one_table(tmp_path: Path) -> None:
    rows = np.arange(40_000)
    frame = pd.DataFrame({"a": rows * 0.5, "b": rows % 7, "y": rows % 2})
    frame.to_csv(tmp_path / "long.csv", index=False)
    data = read_own(tmp_path / "long.csv", standardise=False, test_share=0.0)
    assert data.X_train[:, 0].double().tolist() == (rows * 0.5).tolist()
    assert torch.equal(data.y_train, torch.from_numpy(rows % 2))
    assert len(preview(tmp_path / "long.csv").head) == 8
