"""Scalars of somebody's own: further columns of the epochs, and hostile until checked."""

import dataclasses

import numpy as np
import pytest

from effdash.runs import RunFolder, RunWriter, export_tables, open_run
from effdash.runs.arrays import pack
from effdash.runs.verification import verify
from effdash.vocab import RunState, UserError

FLOAT = np.array([0.5])


@pytest.fixture
def path(tmp_path, describe, record_of):
    """Epochs 0, 1 and 4; `f1` from the second on, another one at the last alone."""
    writer = RunWriter.create(tmp_path, describe(config=None, name="my run"), run_id="own")
    for epoch, extra in ((0, {}), (1, {"f1": 0.25}), (4, {"val/loss": np.inf, "f1": 0.75})):
        writer.epoch(dataclasses.replace(record_of(epoch), extra=extra))
    # An epoch that is trained again is replaced, its scalars, too.
    writer.epoch(dataclasses.replace(record_of(1), extra={"f1": 0.5}))
    writer.close(RunState.FINISHED)
    return writer.path


def test_they_are_further_columns(path, tmp_path):
    run = open_run(path)
    table = run.epochs()
    assert run.extra_scalars == ("f1", "val/loss")
    assert list(table.columns[-2:]) == ["f1", "val/loss"] and table.columns[-3] == "seconds"
    np.testing.assert_array_equal(table["f1"], [np.nan, 0.5, 0.75])
    np.testing.assert_array_equal(table["val/loss"], [np.nan, np.nan, np.inf])
    assert run.history("status").epochs.tolist() == [0, 1, 4]
    verify(path)
    assert RunFolder(tmp_path / "into").import_file(path) == "own"
    files = export_tables(run, tmp_path / "tables")
    (csv,) = [file for file in files if file.name == "epochs.csv"]
    assert csv.read_text(encoding="utf-8").splitlines()[0].endswith("seconds,f1,val/loss")


@pytest.mark.parametrize(
    "name", ["epoch", "loss", "<b>x", "a\nb", "", " a", "a" * 65, "`x`", "[x](y)", "$x$"]
)
def test_names_that_cannot_be(writer, record_of, name):
    with pytest.raises(ValueError, match=r"column that a run has|should be letters"):
        writer.epoch(dataclasses.replace(record_of(1), extra={name: 1.0}))


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (("scalar.<script>", "train", 1, pack(FLOAT)), "a scalar's name should be letters"),
        (("scalar.loss", "train", 1, pack(FLOAT)), "'loss' is a column that a run has anyway"),
        (("scalar.a\nb", "train", 1, pack(FLOAT)), "a scalar's name should be letters"),
        (("scalar.x", "train", 1, pack(np.zeros(2))), "an array is longer than the 8 bytes"),
        (("scalar.x", "train", 1, b"xyz"), "an array is damaged"),
        (("scalar.x", "test", 1, pack(FLOAT)), "a scalar is on 'test'"),
        (("scalar.x", "train", 3, pack(FLOAT)), "at epoch 3"),
    ],
)
def test_what_cannot_be_is_damage(path, tamper, row, sentence):
    tamper(path, "INSERT INTO quantity VALUES (?, ?, ?, ?)", values=row)
    with pytest.raises(UserError, match=sentence):
        open_run(path).epochs()
    with pytest.raises(UserError, match=r"is damaged"):
        verify(path)


def test_more_names_than_a_run_can_have(path, tamper):
    for number in range(120):
        tamper(
            path, "INSERT INTO quantity VALUES (?, 'train', 1, ?)", values=(f"scalar.n{number}", pack(FLOAT))
        )
    for act in (verify, lambda path: open_run(path).epochs()):
        with pytest.raises(UserError, match="more than 100 scalars"):
            act(path)


def test_a_run_without_classes_is_whole(tmp_path, describe, record_of):
    writer = RunWriter.create(tmp_path, describe(config=None, n_classes=0), run_id="none")
    writer.epoch(record_of(1, test=False, gradient=False))
    writer.close(RunState.FINISHED)
    verify(writer.path)
    run = open_run(writer.path)
    assert run.n_classes == 0 and not run.has_config


def test_fewer_than_no_classes_is_damage(path, tamper):
    tamper(path, "UPDATE run SET classes = -1")
    with pytest.raises(UserError, match="it has -1 classes"):
        open_run(path)


def test_the_weights_kept_are_as_many_as_were_asked_for(tmp_path, describe, record_of):
    import torch

    writer = RunWriter.create(tmp_path, describe(config=None), run_id="few", checkpoints=3)
    for epoch in range(10):
        writer.epoch(record_of(epoch), checkpoint={"w": torch.zeros(2)})
    assert writer.checkpoint_stride == 8
    writer.close(RunState.FINISHED)
    assert open_run(writer.path).checkpoints() == [0, 8, 9]
