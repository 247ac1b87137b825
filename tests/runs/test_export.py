"""What is exported is what the run says."""

import sqlite3
from contextlib import closing

import pandas as pd
import pytest

from effdash.runs import Run, RunWriter, export_file, export_tables, open_run
from effdash.vocab import RunState, UserError


def test_tables_come_out_as_they_are(finished, tmp_path):
    run = open_run(finished)
    files = export_tables(run, tmp_path / "deep" / "tables")
    assert sorted(path.name for path in files) == sorted(
        f"{name}.{kind}" for name in ("epochs", "changes", "units", "points") for kind in ("csv", "parquet")
    )
    assert all(path.exists() for path in files)
    read = {path.stem: pd.read_parquet(path) for path in files if path.suffix == ".parquet"}
    pd.testing.assert_frame_equal(read["epochs"], run.epochs())
    for name, table in (("units", run.units), ("points", run.points)):
        for split in run.splits:
            part = read[name][read[name].split == split].reset_index(drop=True)
            expected = table(split=split)
            pd.testing.assert_frame_equal(part[expected.columns], expected)
    assert read["units"].grad_mean_abs.isna().sum() == 15
    assert read["units"].status.cat.categories.tolist() == ["dead", "linear", "nonlinear"]


def test_csv_says_the_same(finished, tmp_path):
    files = export_tables(open_run(finished), tmp_path)
    for parquet in (path for path in files if path.suffix == ".parquet"):
        expected = pd.read_parquet(parquet)
        csv = pd.read_csv(parquet.with_suffix(".csv"))
        assert list(csv.columns) == list(expected.columns)
        assert len(csv) == len(expected)
        for column in csv:
            if expected[column].dtype == "category" or column == "field":
                assert csv[column].tolist() == expected[column].astype(str).tolist()
            else:
                assert csv[column].to_numpy(float) == pytest.approx(
                    expected[column].to_numpy(float), nan_ok=True
                )


def test_changes_are_exported(writer, tmp_path):
    writer.change(3, "lr", 0.5)
    export_tables(open_run(writer.path), tmp_path)
    assert pd.read_parquet(tmp_path / "changes.parquet").to_dict("list") == {
        "epoch": [3],
        "field": ["lr"],
        "value": [0.5],
    }


def test_a_run_without_epochs_gives_tables_without_rows(writer, tmp_path):
    export_tables(open_run(writer.path), tmp_path)
    units = pd.read_parquet(tmp_path / "units.parquet")
    assert units.empty and "grad_mean_abs" in units
    assert pd.read_csv(tmp_path / "points.csv").empty


def test_a_folder_that_cannot_be_written_is_said(finished, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(UserError, match="file/tables cannot be written: Not a directory"):
        export_tables(open_run(finished), tmp_path / "file" / "tables")


def test_a_copy_of_a_live_run_is_a_whole_run_of_nobody(writer, record_of, tmp_path):
    for epoch in range(3):
        writer.epoch(record_of(epoch))
    target = export_file(open_run(writer.path), tmp_path / "copy.effdash")
    writer.epoch(record_of(3))
    copy = open_run(target)
    assert (copy.state, copy.recorded_epochs) == (RunState.INTERRUPTED, [0, 1, 2])
    assert copy.units(2).equals(open_run(writer.path).units(2))
    assert open_run(writer.path).state == RunState.RUNNING
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.effdash", "runs"]
    with closing(sqlite3.connect(target)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    RunWriter.claim(target).close(RunState.FINISHED)


def test_a_copy_replaces_nothing(finished, tmp_path):
    (tmp_path / "there.effdash").write_text("precious")
    with pytest.raises(UserError, match=r"there.effdash cannot be written: File exists"):
        export_file(Run(finished, shipped=True), tmp_path / "there.effdash")
    assert (tmp_path / "there.effdash").read_text() == "precious"
