"""The folder of runs: what is in it, what comes in, what goes."""

from pathlib import Path

import pytest

from effdash.config import Change, JumpstartConfig, NetworkConfig, RunConfig
from effdash.runs import RunFolder, RunWriter, open_run, runs_folder, send
from effdash.vocab import RunState, UserError


@pytest.fixture
def folder(tmp_path) -> RunFolder:
    return RunFolder(tmp_path / "runs", shipped=tmp_path / "shipped")


@pytest.fixture
def shipped(tmp_path, make_finished) -> Path:
    return make_finished(tmp_path / "shipped", "born-dead")


def test_where_runs_are(monkeypatch, tmp_path):
    monkeypatch.delenv("EFFDASH_RUNS", raising=False)
    assert runs_folder() == Path("runs")
    monkeypatch.setenv("EFFDASH_RUNS", str(tmp_path))
    assert runs_folder() == tmp_path
    assert runs_folder("here") == Path("here")


def test_a_folder_that_is_not_there_is_empty(folder):
    assert folder.list() == []


def test_a_row_says_what_a_run_is(folder, describe, record_of):
    config = RunConfig(
        name="first",
        network=NetworkConfig(name="residual", depth=4, width=5, skip=2, batch_norm=True, activation="gelu"),
        jumpstart=JumpstartConfig(weight=0.1),
        epochs=20,
    )
    writer = RunWriter.create(folder.path, describe(config=config, parent="older", note="n"), run_id="a")
    writer.epoch(record_of(0))
    writer.epoch(record_of(4))
    (row,) = folder.list()
    assert (row.id, row.name, row.note, row.parent, row.shipped) == ("a", "first", "n", "older", False)
    assert (row.data, row.network, row.activation) == ("moons", "residual 4 × 5, skip 2, batch norm", "gelu")
    assert (row.jumpstart, row.epochs, row.planned_epochs) == (0.1, 4, 20)
    assert (row.train_accuracy, row.test_accuracy) == (0.5, None)
    # Epoch 4's statuses are 1, 2, 0, 1, 2.
    assert (row.dead, row.linear, row.nonlinear) == (1, 2, 2)
    assert (row.state, row.problem) == (RunState.RUNNING, None)
    assert row.path == writer.path
    writer.change(6, "jumpstart", 0.3)
    writer.close(RunState.FAILED)
    (row,) = folder.list()
    assert (row.jumpstart, row.state) == (0.3, RunState.FAILED)
    assert row.modified.timestamp() == pytest.approx(writer.path.stat().st_mtime)


def test_a_run_without_epochs_has_a_row(folder, describe):
    RunWriter.create(folder.path, describe(config=None), run_id="a").close(RunState.INTERRUPTED)
    (row,) = folder.list()
    assert (row.epochs, row.dead, row.data, row.network) == (None, None, "own data", "own, 2 layers")


def test_the_newest_come_first_and_the_shipped_last(folder, shipped, make_finished):
    for run_id in ("b", "c", "a"):
        make_finished(folder.path, run_id)
    assert [row.id for row in folder.list()] == ["a", "c", "b", "born-dead"]
    assert [row.shipped for row in folder.list()] == [False, False, False, True]


def test_what_cannot_be_read_is_listed_with_its_reason(folder, make_finished, tamper):
    newer = make_finished(folder.path, "newer")
    tamper(newer, "PRAGMA user_version = 2")
    make_finished(folder.path, "good")
    (folder.path / "text.effdash").write_text("hello")
    (folder.path / "strange name.effdash").write_bytes((folder.path / "good.effdash").read_bytes())
    (folder.path / ".new-1.tmp").write_text("half a run")
    (folder.path / ".hidden.effdash").write_text("no run")
    problems = {row.id: row.problem for row in folder.list()}
    assert set(problems) == {"newer", "good", "text", "strange name"}
    assert problems["good"] is None
    assert "newer effdash" in problems["newer"]
    assert "is not a run file" in problems["text"]
    assert "run id 'strange name' should be" in problems["strange name"]


def test_a_row_has_no_problem_with_a_live_trainer(folder, describe, record_of):
    writer = RunWriter.create(folder.path, describe(), run_id="live")
    for epoch in range(3):
        writer.epoch(record_of(epoch))
        assert folder.list()[0].epochs == epoch
    writer.close(RunState.FINISHED)


def test_a_run_is_found_by_its_exact_id(folder, shipped, make_finished):
    path = make_finished(folder.path, "mine")
    assert folder.find("mine") == path
    assert folder.open("mine").shipped is False
    assert folder.find("born-dead") == shipped
    assert folder.open("born-dead").shipped is True
    with pytest.raises(UserError, match=r"run 'min' is not in .*runs; effdash runs lists"):
        folder.find("min")


@pytest.mark.parametrize("run_id", ["../shipped/born-dead", "/etc/passwd", "..", "", "a\0b", "a\nb"])
def test_no_id_leads_out_of_the_folder(folder, shipped, run_id):
    for act in (folder.find, folder.open, folder.delete):
        with pytest.raises(UserError, match=r"run id .* should be of letters"):
            act(run_id)
    assert shipped.exists()


def test_deletion_takes_everything(folder, make_finished):
    path = make_finished(folder.path, "mine")
    for suffix in ("-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).write_bytes(b"")
    make_finished(folder.path, "other")
    folder.delete("mine")
    assert [left.name for left in folder.path.iterdir()] == ["other.effdash"]
    with pytest.raises(UserError, match="run 'mine' is not in"):
        folder.delete("mine")


def test_what_cannot_be_read_can_be_deleted(folder):
    folder.path.mkdir()
    (folder.path / "text.effdash").write_text("hello")
    folder.delete("text")
    assert folder.list() == []


def test_shipped_and_trained_runs_cannot_be_deleted(folder, shipped, describe):
    with pytest.raises(UserError, match="run 'born-dead' is an example that came with effdash"):
        folder.delete("born-dead")
    writer = RunWriter.create(folder.path, describe(), run_id="live")
    with pytest.raises(UserError, match="run 'live' is being trained: stop it before"):
        folder.delete("live")
    writer.close(RunState.FINISHED)
    folder.delete("live")
    assert [row.id for row in folder.list()] == ["born-dead"]


def test_nobody_trains_a_shipped_run(shipped):
    with pytest.raises(UserError, match="nobody is training"):
        send(shipped, "stop")


def test_a_file_comes_in_by_path_and_by_bytes(folder, shipped, make_finished, tmp_path):
    source = make_finished(
        tmp_path / "elsewhere", "good", config=RunConfig(changes=(Change(epoch=2, lr=0.1),))
    )
    assert folder.import_file(source) == "good"
    assert folder.import_file(source) == "good-2"
    assert folder.import_file(source.read_bytes(), "my run (1).effdash") == "my-run-1"
    assert folder.import_file(source.read_bytes(), "../../etc/passwd") == "etc-passwd"
    assert folder.import_file(source, "born-dead.effdash") == "born-dead-2"
    assert folder.import_file(source.read_bytes()) == "run"
    assert source.exists()
    for row in folder.list()[:-1]:
        run = folder.open(row.id)
        assert run.units(4).equals(open_run(source).units(4))
        assert run.config == open_run(source).config
    assert not [path for path in folder.path.iterdir() if path.suffix != ".effdash"]


def test_a_copy_of_a_live_run_belongs_to_nobody(folder, describe, record_of, tmp_path):
    writer = RunWriter.create(tmp_path / "elsewhere", describe(), run_id="live")
    writer.epoch(record_of(0))
    with pytest.raises(UserError, match="is in use or was interrupted: open it where it is first"):
        folder.import_file(writer.path)
    writer._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    run_id = folder.import_file(writer.path.read_bytes(), "copy")
    assert folder.open(run_id).state == RunState.INTERRUPTED
    assert folder.open(run_id).recorded_epochs == [0]
    writer.close(RunState.FINISHED)
    RunWriter.claim(folder.find(run_id)).close(RunState.FINISHED)


def test_a_folder_that_cannot_be_written_is_said(tmp_path, finished):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(UserError, match="cannot be brought here: Not a directory"):
        RunFolder(tmp_path / "file" / "runs").import_file(finished)
