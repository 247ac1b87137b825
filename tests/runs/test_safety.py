"""A stranger's file gets one sentence, whatever is in it, and does nothing."""

import json
import os
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save

from effdash.runs import RunFolder, RunWriter, open_run, safety, storage
from effdash.runs.arrays import pack
from effdash.runs.verification import verify
from effdash.vocab import RunState, UserError


def read_everything(path: Path) -> None:
    """As a page would, piece by piece."""
    run = open_run(path)
    _ = run.config, run.name, run.note, run.state, run.version
    run.epochs()
    run.changes()
    for split in run.splits:
        run.units(split=split)
        run.points(split=split)
        run.status_history(split)
    for epoch in run.checkpoints():
        run.weights(epoch)


def refuses(path: Path, answer: str) -> None:
    """Both who reads it and who brings it in are told, and what was there stays."""
    for act in (read_everything, verify, lambda path: RunFolder(path.parent / "into").import_file(path)):
        with pytest.raises(UserError, match=answer) as caught:
            act(path)
        assert path.name in str(caught.value)
        assert "\n" not in str(caught.value)
    into = path.parent / "into"
    assert not into.exists() or list(into.iterdir()) == []


@pytest.fixture
def path(tmp_path, describe, record_of) -> Path:
    """A good file with weights and a state to go on from."""
    writer = RunWriter.create(tmp_path, describe(), run_id="strange")
    weights = {"w": torch.ones(4)}
    writer.epoch(record_of(0), checkpoint=weights)
    writer.epoch(record_of(1), checkpoint=weights)
    writer.resume_state(1, weights, {})
    writer.change(1, "lr", 0.1)
    writer.close(RunState.FINISHED)
    verify(writer.path)
    read_everything(writer.path)
    return writer.path


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"SQLite format 3\x00", bytes(5000)],
    ids=["empty", "text", "magic alone", "zeros"],
)
def test_what_is_no_run_file(path, content):
    path.write_bytes(content)
    refuses(path, "is not a run file of effdash")


def test_a_foreign_database(path):
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE run (id)")
    refuses(path, "is not a run file of effdash")


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_a_file_cut_short(path, share):
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    os.utime(path, (1, 2))  # read last before it was written: then looking at it changes when it was read
    refuses(path, "is damaged or cut short")


def test_a_newer_version(path, tamper):
    tamper(path, "PRAGMA user_version = 2")
    refuses(path, "was made by a newer effdash: its format is 2, and this effdash reads 1")


def test_no_version(path, tamper):
    tamper(path, "PRAGMA user_version = 0")
    refuses(path, "is of format 0, which no effdash has written")


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("CREATE TRIGGER t AFTER INSERT ON control BEGIN DELETE FROM epoch; END", "'t' is not part of one"),
        ("CREATE VIEW v AS SELECT * FROM run", "'v' is not part of one"),
        ("CREATE TABLE extra (x)", "'extra' is not part of one"),
        ("CREATE INDEX i ON quantity (epoch)", "'i' is not part of one"),
        (
            "ALTER TABLE epoch ADD COLUMN more INTEGER GENERATED ALWAYS AS (epoch + 1)",
            "'epoch' is not part of one",
        ),
        ("DROP TABLE control", "'control' is missing"),
    ],
)
def test_another_schema(path, tamper, statement, name):
    tamper(path, statement)
    refuses(path, f"is not a run file of effdash: {name}")


def test_a_view_in_the_place_of_a_table(path, tamper):
    tamper(path, "DROP TABLE epoch", "CREATE VIEW epoch AS SELECT 1 AS epoch")
    refuses(path, "'epoch' is not part of one")


def bomb() -> bytes:
    return zlib.compress(bytes(200_000_000), 9)


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (lambda: pack(np.zeros(4, np.uint8)), "an array of 4 bytes should have 5"),
        (lambda: pack(np.zeros(6, np.uint8)), "an array is longer than the 5 bytes"),
        (bomb, "an array is longer than the 5 bytes"),
        (lambda: b"", "an array of 0 bytes should have 5"),
        (lambda: b"no zlib", "an array is damaged"),
        (lambda: pack(np.full(5, 3, np.uint8)), "3 is no status"),
    ],
    ids=["short", "long", "bomb", "empty", "no zlib", "no status"],
)
def test_arrays_that_cannot_be(path, tamper, data, answer):
    tamper(path, "UPDATE quantity SET data = ? WHERE name = 'status'", values=(data(),))
    refuses(path, f"is damaged: {answer}")


def test_a_missing_array(path, tamper):
    tamper(path, "DELETE FROM quantity WHERE name = 'status' AND split = 'test' AND epoch = 1")
    with pytest.raises(UserError, match="is damaged: epoch 1 lacks status on test"):
        read_everything(path)


@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        ("UPDATE layer SET units = 1000000000000", "units"),
        ("UPDATE layer SET units = 0 WHERE position = 0", "one has no units"),
        ("UPDATE layer SET positions = 'x'", "is damaged"),
        ("UPDATE layer SET name = 'fc1'", "two layers have one name"),
        ("DELETE FROM layer", "0 layers"),
        ("DELETE FROM run", "it holds no run"),
        ("UPDATE run SET config = '{'", "is damaged"),
        ("UPDATE run SET config = '{\"epochs\": -1}'", "epochs = -1: "),
        ("UPDATE run SET config = '{\"lambda\": 1}'", "unknown field 'lambda'"),
        ("UPDATE run SET state = 'asleep'", "'asleep' is not a valid RunState"),
        ("UPDATE run SET versions = '[]'", "is damaged"),
        ("UPDATE run SET versions = '{DEEP}'", "is damaged"),
        ("UPDATE run SET parent = '../x'", "run id '../x'"),
        ("UPDATE run SET created = 1e300", "is damaged"),
        ("UPDATE run SET input_shape = '{}'", None),
        ("UPDATE split SET probed = 2000000000", "2000000000 probe samples"),
        ("UPDATE split SET points = x'00'", "an array of 0 bytes should have"),
        ("UPDATE split SET name = 'valid' WHERE name = 'test'", "'valid' is not a valid Split"),
        ("DELETE FROM split WHERE name = 'train'", "it has no training data"),
    ],
)
def test_rows_that_cannot_be(path, tamper, statement, answer):
    tamper(path, statement.replace("{DEEP}", "[" * 100_000))
    if answer is None:
        open_run(path)
        return
    try:
        read_everything(path)
    except UserError as error:
        assert path.name in str(error) or "run id" in str(error)
        assert answer in str(error)
    else:
        pytest.fail("it was read")
    with pytest.raises(UserError):
        verify(path)


@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        ("INSERT INTO quantity VALUES ('unknown', 'train', 0, x'00')", "an array 'unknown'"),
        ("INSERT INTO quantity VALUES ('status', 'train', 77, x'00')", "at epoch 77"),
        ("UPDATE change SET field = 'seed'", "a change of 'seed'"),
        ("UPDATE change SET value = 9e999", "to inf"),
        ("UPDATE resume SET \"values\" = '{'", "is damaged"),
        ("UPDATE resume SET tensors = x'00'", "its tensors are damaged"),
        ("INSERT INTO data VALUES (1, '{}', x'00')", "its tensors are damaged"),
    ],
)
def test_what_nobody_reads_at_once_is_checked_when_it_comes_in(path, tamper, statement, answer):
    tamper(path, statement)
    with pytest.raises(UserError, match=answer):
        verify(path)


def hostile_header(**changes: object) -> bytes:
    entry = {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]} | changes
    header = json.dumps({"w": entry}).encode()
    return len(header).to_bytes(8, "little") + header + bytes(16)


@pytest.mark.parametrize(
    "weights",
    [
        lambda: b"",
        lambda: b"\x80\x04\x95 a pickle",
        lambda: save({"w": torch.ones(4)})[:-1],
        lambda: save({"w": torch.ones(4)}) + b"more",
        lambda: (2**62).to_bytes(8, "little") + b"{}",
        lambda: hostile_header(shape=[2**40]),
        lambda: hostile_header(data_offsets=[0, 2**40]),
        lambda: hostile_header(dtype="OBJECT"),
    ],
    ids=["empty", "pickle", "cut", "more", "long header", "large shape", "far offset", "dtype"],
)
def test_weights_are_safetensors_or_nothing(path, tamper, weights):
    tamper(path, "UPDATE checkpoint SET weights = ?", values=(weights(),))
    refuses(path, "is damaged: its tensors are damaged")


def test_own_data_that_does_not_fit(path, tamper):
    words = json.dumps({"class_names": ["a", "b"], "feature_names": ["x"], "image_shape": None})
    one = torch.ones(3, 1)
    good = {
        "X_train": one,
        "y_train": torch.tensor([0, 1, 1]),
        "X_test": one.clone(),
        "y_test": torch.tensor([0, 1, 0]),
    }
    good |= {"mean": torch.zeros(1), "scale": torch.ones(1)}
    cases: list[tuple[dict[str, torch.Tensor], str]] = [
        ({"y_train": torch.tensor([0, 1])}, "its train data has samples and labels that do not fit"),
        ({"y_test": torch.tensor([0, 1, 2])}, "its test data has a label that is no class"),
        ({"mean": torch.zeros(2)}, "a mean or a scale of another shape"),
        ({"X_test": torch.ones(3, 2)}, "its test data has samples and labels that do not fit"),
    ]
    for change, answer in cases:
        tamper(path, "INSERT OR REPLACE INTO data VALUES (1, ?, ?)", values=(words, save(good | change)))
        with pytest.raises(UserError, match=answer):
            open_run(path).data()
        with pytest.raises(UserError, match=answer):
            verify(path)
    tamper(path, "INSERT OR REPLACE INTO data VALUES (1, ?, ?)", values=(words, save(good)))
    verify(path)


def test_damaged_pages_are_said_or_harmless(path):
    """Bytes overwritten anywhere: every answer is a run or one sentence."""
    content = path.read_bytes()
    rng = np.random.default_rng(0)
    said = 0
    for _ in range(40):
        damaged = bytearray(content)
        place = int(rng.integers(0, len(content) - 500))
        damaged[place : place + 500] = rng.bytes(500)
        path.write_bytes(damaged)
        for act in (read_everything, verify):
            try:
                act(path)
            except UserError as error:
                said += 1
                assert "strange" in str(error) or "run id" in str(error)
    assert said > 20


def test_endless_work_is_interrupted(path, monkeypatch):
    monkeypatch.setattr(safety, "MOST_CALLS", 3)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    with (
        pytest.raises(UserError, match="cannot be read: it takes too long"),
        storage.reading(path) as connection,
    ):
        connection.execute(endless).fetchone()


def test_a_history_larger_than_memory_is_refused(path, monkeypatch):
    monkeypatch.setattr("effdash.runs.quantities.MOST_BYTES", 10)
    with pytest.raises(UserError, match=r"max of 2 epochs takes 40 bytes at once; ask for fewer epochs"):
        open_run(path).history("max")


def test_a_file_too_large_is_refused(path, monkeypatch):
    monkeypatch.setattr("effdash.runs.verification.MOST_BYTES", 10)
    with pytest.raises(UserError, match=r"strange.effdash has .* bytes; 10 are the most"):
        verify(path)


def test_looking_changes_nothing(path):
    before = path.read_bytes(), path.stat().st_mtime_ns
    beside = sorted(path.parent.iterdir())
    read_everything(path)
    verify(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert sorted(path.parent.iterdir()) == beside


def test_a_reader_cannot_write(path):
    with pytest.raises(UserError, match="cannot be read"), storage.reading(path) as connection:
        connection.execute("DELETE FROM epoch")
    assert open_run(path).recorded_epochs == [0, 1]
