"""`effdash runs` and `effdash export`: what there is, and its tables."""

import re
from pathlib import Path

from tests.shell import Shell


def test_runs_are_listed(shell: Shell, trained: str) -> None:
    rows = shell.json("runs")["runs"]
    mine = next(row for row in rows if row["run"] == trained)
    assert (mine["name"], mine["data"], mine["state"], mine["epochs"]) == ("first", "moons", "finished", 4)
    text = shell("runs")
    assert re.search(rf"^{trained} +first +moons +rectangular 3 × 4 ", text, re.MULTILINE)


def test_a_run_is_shown(shell: Shell, trained: str) -> None:
    shown = shell.json("runs", "show", trained)
    assert shown["run"] == trained
    assert shown["config"]["seed"] == 7
    assert shown["layers"] == [{"layer": f"fc{n}", "kind": "relu", "units": 4} for n in (1, 2, 3)]
    text = shell("runs", "show", trained)
    assert "first" in text
    assert "finished" in text
    assert "depth: 3" in text
    assert list(shown["scalars"]) == ["loss"]
    assert f"\nscalars   loss {shown['scalars']['loss']:.4g}\n" in text


def test_a_run_is_found_by_its_file_too(shell: Shell, trained: str) -> None:
    path = shell.runs / f"{trained}.effdash"
    assert shell.json("runs", "show", str(path))["run"] == trained
    assert shell.json("status", str(path))["run"] == trained


def test_deleting_asks_for_a_yes(shell: Shell, trained: str) -> None:
    assert f"deleting {trained} cannot be undone; say --yes" in shell.refused("runs", "delete", trained)
    assert shell.json("runs", "delete", trained, "--yes") == {"deleted": trained}
    assert not list(shell.runs.glob(f"{trained}*"))


def test_tables_are_exported(shell: Shell, trained: str, tmp_path: Path) -> None:
    import pandas as pd

    folder = tmp_path / "tables"
    files = [Path(file) for file in shell.json("export", trained, "--tables", str(folder))["files"]]
    assert files
    assert all(file.is_file() and file.parent == folder for file in files)
    assert {file.suffix for file in files} == {".csv", ".parquet"}
    units = next(file for file in files if file.name.startswith("units") and file.suffix == ".parquet")
    assert {"epoch", "layer", "unit", "status"} <= set(pd.read_parquet(units).columns)
