"""What a trainer writes is there, whole or not at all."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
import torch

from effdash.runs import DataSize, ResumeState, RunWriter, open_run, storage
from effdash.runs import weights as stored_weights
from effdash.runs import writer as writer_module
from effdash.vocab import RunState, UserError


def everything(folder):
    return sorted(path.name for path in folder.iterdir())


def fill_the_disk(writer):
    """No page more than there are now."""
    (pages,) = writer._connection.execute("PRAGMA page_count").fetchone()
    writer._connection.execute(f"PRAGMA max_page_count = {pages}")


def test_a_new_run_is_complete_at_once_and_its_id_says_what_it_is(tmp_path, describe):
    writer = RunWriter.create(tmp_path / "deep" / "runs", describe())
    assert writer.run_id.startswith("20") and "-moons-30x8-" in writer.run_id
    run = open_run(writer.path)
    assert (run.state, run.recorded_epochs, run.last_epoch) == (RunState.RUNNING, [], None)
    assert run.units().empty and run.points().empty and run.status_history().shape == (0, 5)
    writer.close(RunState.FINISHED)


def test_an_ended_run_is_one_file(writer, record_of):
    writer.epoch(record_of(0))
    assert any(name.endswith("-wal") for name in everything(writer.path.parent))
    writer.close(RunState.FINISHED, "done")
    writer.close(RunState.FAILED, "a second time")
    assert everything(writer.path.parent) == ["one.effdash"]
    run = open_run(writer.path)
    assert (run.state, run.message) == (RunState.FINISHED, "done")
    with closing(sqlite3.connect(writer.path)) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (0x65666664,)
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_an_ended_run_holds_no_empty_pages(writer, record_of):
    for epoch in range(60):
        writer.epoch(record_of(epoch), checkpoint={"w": torch.rand(5000)})
    writer.close(RunState.FINISHED)
    with closing(sqlite3.connect(writer.path)) as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (empty,) = connection.execute("PRAGMA freelist_count").fetchone()
    assert empty <= writer_module.WASTE * pages


def test_an_id_is_given_once(writer, describe, make_finished):
    with pytest.raises(UserError, match=r"run 'one' is in .* already"):
        RunWriter.create(writer.path.parent, describe(), run_id="one")
    assert sorted(set(everything(writer.path.parent))) == everything(writer.path.parent)
    assert not [name for name in everything(writer.path.parent) if name.endswith(".tmp")]


@pytest.mark.parametrize("run_id", ["../one", "a/b", "", ".hidden", "a" * 101, "one.effdash"])
def test_an_id_that_leads_elsewhere_is_refused(tmp_path, describe, run_id):
    if run_id == "":
        # No id: it gets one.
        writer = RunWriter.create(tmp_path, describe(), run_id=run_id)
        writer.close(RunState.FINISHED)
        return
    with pytest.raises(UserError, match=r"run id .* should be of letters"):
        RunWriter.create(tmp_path / "runs", describe(), run_id=run_id)
    assert everything(tmp_path / "runs") == []


def test_a_folder_that_cannot_be_written_is_said(tmp_path, describe):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(UserError, match=r"run folder .*file/runs cannot be written: Not a directory"):
        RunWriter.create(tmp_path / "file" / "runs", describe())


def test_an_epoch_trained_again_replaces_the_first(writer, record_of):
    writer.epoch(record_of(3))
    again = replace(record_of(3, test=False, gradient=False), scalars={"loss": 7.0})
    writer.epoch(again)
    run = open_run(writer.path)
    assert run.recorded_epochs == [3]
    assert run.epochs().loss.tolist() == [7.0]
    assert np.isnan(run.history("grad_mean_abs", epochs=[3]).values).all()
    with pytest.raises(UserError, match="epoch 3 lacks status on test"):
        run.units(3, split="test")


@pytest.mark.parametrize(
    "change",
    [
        {"unit_status": np.zeros(4, np.uint8)},
        {"unit_min": np.zeros(5, np.float64)},
        {"point_status": np.zeros((2, 5), np.uint8)},
    ],
)
def test_an_array_that_does_not_fit_is_refused(writer, record_of, change):
    record = record_of(0)
    with pytest.raises(ValueError, match="this run needs"):
        writer.epoch(replace(record, train=replace(record.train, **change)))
    assert open_run(writer.path).recorded_epochs == []


def test_an_unknown_scalar_is_refused(writer, record_of):
    with pytest.raises(ValueError, match="scalar 'lose' is unknown"):
        writer.epoch(replace(record_of(0), scalars={"lose": 1.0}))


def test_what_cannot_be_turned_is_refused(writer):
    with pytest.raises(ValueError, match="field 'seed' cannot be changed; jumpstart and lr can"):
        writer.change(1, "seed", 1.0)


def test_test_records_need_test_data(tmp_path, describe, record_of):
    points = {"train": np.array([0, 2, 5, 7], np.int64)}
    sizes = {"train": DataSize(8, 85)}
    writer = RunWriter.create(tmp_path, describe(probe=points, data_sizes=sizes))
    with pytest.raises(ValueError, match="without test data; it has train"):
        writer.epoch(record_of(0))
    writer.epoch(record_of(0, test=False))
    writer.close(RunState.FINISHED)
    with pytest.raises(UserError, match="split 'test' is not in this run; it has train"):
        open_run(writer.path).units(split="test")


def test_a_full_disk_loses_nothing_that_was_there(writer, record_of):
    for epoch in range(3):
        writer.epoch(record_of(epoch))
    fill_the_disk(writer)
    weights = {"w": torch.rand(100_000)}
    with pytest.raises(UserError, match=r"could not take epoch 3: the disk is full; everything .* is kept"):
        writer.epoch(record_of(3), checkpoint=weights, resume=ResumeState(3, weights, {}))
    writer.close(RunState.FAILED, "disk full")
    run = open_run(writer.path)
    assert run.recorded_epochs == [0, 1, 2]
    assert (run.state, run.message, run.checkpoints()) == (RunState.FAILED, "disk full", [])


def test_a_full_disk_at_creation_leaves_nothing(tmp_path, describe, monkeypatch):
    def full(*_):
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    monkeypatch.setattr("effdash.runs.creation.create_tables", full)
    with pytest.raises(UserError, match="cannot be written: the disk is full"):
        RunWriter.create(tmp_path, describe())
    assert everything(tmp_path) == []


def test_a_file_deleted_under_the_trainer_is_said(writer, record_of):
    writer.epoch(record_of(0))
    writer.path.unlink()
    with pytest.raises(UserError, match="was deleted or moved while it trained"):
        writer.epoch(record_of(1))
    with pytest.raises(UserError, match="was deleted or moved while it trained"):
        writer.close(RunState.FAILED)


def test_weights_and_state_are_stored_with_the_epoch_or_not_at_all(writer, record_of, monkeypatch):
    weights = {"w": torch.tensor([1.0, 2.0])}
    writer.epoch(record_of(0), checkpoint=weights, resume=ResumeState(0, weights, {"seed": [1, "x", None]}))
    monkeypatch.setattr(stored_weights, "MOST_BYTES", 100)
    with pytest.raises(UserError, match="4,000 bytes for the weights of epoch 1 are more than the 100"):
        writer.epoch(record_of(1), checkpoint={"w": torch.zeros(1000)})
    assert open_run(writer.path).recorded_epochs == [0]
    epoch, tensors, values = writer.read_resume_state()
    assert (epoch, values, tensors["w"].tolist()) == (0, {"seed": [1, "x", None]}, [1.0, 2.0])


def test_the_state_to_go_on_from_is_the_latest(writer):
    assert writer.read_resume_state() is None
    random = torch.get_rng_state()
    for epoch in (1, 2):
        writer.resume_state(epoch, {"random": random, "step": torch.tensor(float(epoch))}, {"epoch": epoch})
    epoch, tensors, values = writer.read_resume_state()
    assert (epoch, values) == (2, {"epoch": 2})
    assert torch.equal(tensors["random"], random)
    assert tensors["step"] == 2 and tensors["step"].shape == ()


def test_tied_and_transposed_weights_are_stored(writer):
    tied = torch.arange(6.0).reshape(2, 3)
    writer.checkpoint(0, {"a": tied, "b": tied, "c": tied.T, "d": torch.nn.Parameter(tied)})
    _, weights = open_run(writer.path).weights()
    assert torch.equal(weights["a"], tied) and torch.equal(weights["b"], tied)
    assert torch.equal(weights["c"], tied.T) and torch.equal(weights["d"], tied)


def test_a_network_file_system_gets_no_wal(tmp_path, describe, record_of, monkeypatch):
    monkeypatch.setattr(storage, "on_network", lambda path: True)
    writer = RunWriter.create(tmp_path, describe())
    writer.epoch(record_of(0))
    assert everything(tmp_path) == [writer.path.name]
    run = open_run(writer.path)
    assert (run.state, run.recorded_epochs) == (RunState.RUNNING, [0])
    writer.epoch(record_of(1))
    assert run.recorded_epochs == [0, 1]
    writer.close(RunState.FINISHED)


def test_where_wal_is_refused_the_run_goes_on_without(tmp_path, describe, record_of, monkeypatch):
    class NoWal(sqlite3.Connection):
        def execute(self, statement, *rest):
            if "journal_mode = WAL" in statement:
                raise sqlite3.OperationalError("locking protocol")
            return super().execute(statement, *rest)

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **named: connect(*args, **named, factory=NoWal))
    writer = RunWriter.create(tmp_path, describe())
    writer.epoch(record_of(0))
    assert everything(tmp_path) == [writer.path.name]
    writer.close(RunState.FINISHED)
    assert open_run(writer.path).recorded_epochs == [0]


def test_the_nearest_mount_decides(tmp_path, monkeypatch):
    from types import SimpleNamespace

    home = SimpleNamespace(mountpoint="/", fstype="ext4", opts="rw")
    far = SimpleNamespace(mountpoint=str(tmp_path), fstype="nfs4", opts="rw")
    monkeypatch.setattr(storage.psutil, "disk_partitions", lambda all: [home, far])
    assert storage.on_network(tmp_path / "runs" / "one.effdash")
    assert not storage.on_network(tmp_path.parent / "one.effdash")
