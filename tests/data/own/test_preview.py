"""The first look at somebody's data."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from effdash.data.own import preview, read_own
from effdash.data.own.preview import MOST_ROWS
from effdash.vocab import UserError

FRAME = pd.DataFrame(
    {
        "size": np.arange(30) / 4,
        "colour": ["red", "blue", "green"] * 10,
        "when": [f"2026-{number:02}" for number in range(30)],
        "species": ["b", "a"] * 15,
    }
)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_columns_rows_and_classes_are_shown(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"mine.{ending}"
    FRAME.to_csv(path, index=False) if ending == "csv" else FRAME.to_parquet(path)
    seen = preview(path)
    assert (seen.kind, seen.rows, seen.label) == (ending, 30, "species")
    assert seen.classes is not None
    assert seen.classes.to_dict() == {"a": 15, "b": 15}
    assert seen.columns.to_dict("list") == {
        "column": ["size", "colour", "when", "species"],
        "kind": ["number", "category", "category", "category"],
        "missing": [0, 0, 0, 0],
        "distinct": [30, 3, 30, 2],
        "example": ["0", "red", "2026-00", "b"],
    }
    assert list(seen.head.columns) == list(FRAME.columns)
    assert len(seen.head) == 8
    assert seen.input_shape == read_own(path).input_shape == (34,)
    assert seen.problems == ()


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    frame = FRAME.astype({"size": object})
    frame.loc[4, "size"] = "large"
    frame.loc[5, "colour"] = None
    frame["name"] = [f"n{number}" for number in range(30)]
    frame = pd.concat([frame] * 4, ignore_index=True)
    frame["name"] = [f"n{number}" for number in range(120)]
    frame.to_csv(tmp_path / "mine.csv", index=False)
    seen = preview(tmp_path / "mine.csv", label="species")
    assert [(about, sentence.split(" of /")[0]) for about, sentence in seen.problems] == [
        ("missing", "4 values are missing, in 'colour' (4)"),
        ("column", "column 'size'"),
        ("column", "column 'name'"),
    ]
    assert "holds 'large' in row 6, and numbers elsewhere" in seen.problems[1].sentence
    assert "holds 120 different texts, too many" in seen.problems[2].sentence


def test_the_guess_goes_by_names_then_by_the_last_column(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    for columns, label in (
        (["a", "Target", "c"], "Target"),
        (["a", "y", "class"], None),
        (["a", "b", "c"], "c"),
    ):
        frame = pd.DataFrame({name: np.arange(20) % (place + 2) for place, name in enumerate(columns)})
        frame.to_csv(path, index=False)
        assert preview(path).label == label
    pd.DataFrame({"a": range(20), "b": np.arange(20) / 7}).to_csv(path, index=False)
    seen = preview(path)
    assert seen.label is None
    (problem,) = seen.problems
    assert problem.about == "label"
    assert "no column of" in problem.sentence


def test_a_long_table_is_counted_on_its_first_rows(tmp_path: Path) -> None:
    rows = MOST_ROWS + 50_000
    path = tmp_path / "long.csv"
    path.write_text("a,y\n" + "1,0\n2,1\n" * (rows // 2))
    seen = preview(path)
    assert seen.rows is None
    assert seen.notes == (f"counted on the first {114_688:,} rows",)
    assert abs(seen.bytes_needed / (rows * 12) - 1) < 0.1


def test_arrays_have_a_row_a_feature_and_one_for_the_labels(tmp_path: Path) -> None:
    path = tmp_path / "mine.npz"
    X = np.arange(20.0).reshape(10, 2)
    X[3, 1] = np.nan
    np.savez(path, X=X, y=np.arange(10) % 2)
    seen = preview(path)
    assert seen.columns["column"].tolist() == ["x1", "x2", "y"]
    assert seen.columns["missing"].tolist() == [0, 1, 0]
    assert (seen.label, seen.rows, seen.input_shape) == ("y", 10, (2,))
    assert preview(path, label="y").label == "y"
    assert read_own(path, label="y", missing="drop").n_classes == 2
    with pytest.raises(UserError, match=r"label = 'z' is no array of .*; it holds X, y"):
        preview(path, label="z")


def test_a_column_that_is_not_there_is_refused(tmp_path: Path) -> None:
    FRAME.to_csv(tmp_path / "mine.csv", index=False)
    with pytest.raises(UserError, match="label = 'x' is no column"):
        preview(tmp_path / "mine.csv", label="x")
