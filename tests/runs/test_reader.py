"""A run reads as tidy tables and plain arrays, from any thread, while it is written."""

import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from effdash.config import RunConfig
from effdash.runs import DataSize, LayerInfo, Run, RunFolder, RunWriter, open_run
from effdash.vocab import SCALARS, RunState, UserError


def test_the_description_comes_back(finished):
    run = open_run(finished)
    assert (run.id, run.name, run.note, run.parent) == ("done", "done", "", None)
    assert run.config == RunConfig(epochs=20)
    assert run.layers == [LayerInfo("fc1", "relu", 3), LayerInfo("conv1", "relu", 2, (4, 4))]
    assert (run.n_units, run.splits, run.input_shape, run.n_classes) == (5, ["train", "test"], (2,), 2)
    assert (run.data_size(), run.data_size("test")) == (DataSize(8, 85), DataSize(4, 15))
    assert run.probe().tolist() == [0, 2, 5, 7]
    assert run.versions == {"torch": "2.13.0"}
    assert run.created.tzinfo is not None


def test_epochs_are_one_row_each(finished):
    table = open_run(finished).epochs()
    assert list(table.columns) == ["epoch", *SCALARS]
    assert table.epoch.tolist() == [0, 1, 4]
    assert table.loss.tolist() == [1, 0.5, 0.2]
    assert table.lr.isna().all()
    assert set(table.drop(columns="epoch").dtypes) == {np.dtype(np.float64)}


def test_units_are_one_row_each(finished):
    table = open_run(finished).units(4)
    assert list(table.columns) == [
        *("epoch", "layer", "unit", "split", "status"),
        *("min", "max", "active_share", "constant", "grad_mean_abs"),
    ]
    assert table.layer.tolist() == ["fc1"] * 3 + ["conv1"] * 2
    assert table.layer.cat.categories.tolist() == ["fc1", "conv1"] and table.layer.cat.ordered
    assert table.unit.tolist() == [0, 1, 2, 0, 1]
    assert table.status.tolist() == ["linear", "nonlinear", "dead", "linear", "nonlinear"]
    assert table.status.cat.ordered
    assert table["min"].tolist() == [4, 3, 2, 1, 0]
    assert table["max"].tolist() == [4, 5, 6, 7, 8]
    assert table.constant.tolist() == [True, False, False, False, False]
    assert table.grad_mean_abs.tolist() == [4] * 5
    assert table.split.tolist() == ["train"] * 5


def test_units_of_one_layer_of_test_data_over_all_epochs(finished):
    table = open_run(finished).units(layer="conv1", split="test")
    assert "grad_mean_abs" not in table
    assert table.epoch.tolist() == [0, 0, 1, 1, 4, 4]
    assert table["max"].tolist() == [103, 104, 104, 105, 107, 108]
    whole = open_run(finished).units(split="test")
    pd.testing.assert_frame_equal(table, whole[whole.layer == "conv1"].reset_index(drop=True))


def test_points_carry_the_index_of_their_sample(finished):
    table = open_run(finished).points(1)
    assert list(table.columns) == ["epoch", "layer", "point", "split", "status"]
    assert table.point.tolist() == [0, 2, 5, 7] * 2
    assert table.layer.tolist() == ["fc1"] * 4 + ["conv1"] * 4
    assert table.status.cat.codes.tolist() == [1, 0, 0, 2, 2, 1, 1, 0]
    second = open_run(finished).points(layer="conv1", split="test")
    assert second.epoch.tolist() == [0, 0, 1, 1, 4, 4]
    assert second.status.cat.codes.tolist() == [(1 + p + e) % 3 for e in (0, 1, 4) for p in (1, 3)]


def test_histories_are_arrays_epoch_by_unit(finished):
    run = open_run(finished)
    history = run.status_history()
    assert history.dtype == np.uint8
    assert history.tolist() == [[(unit + epoch) % 3 for unit in range(5)] for epoch in (0, 1, 4)]
    assert run.history("max", "test").values.tolist()[2] == [104, 105, 106, 107, 108]
    some = run.history("max", epochs=[4, 0])
    assert some.epochs.tolist() == [0, 4]
    assert some.values.tolist() == [[0, 1, 2, 3, 4], [4, 5, 6, 7, 8]]
    assert run.history("grad_mean_abs").epochs.tolist() == [0, 1, 4]
    assert run.history("point_status", "test").values.shape == (3, 2, 2)
    assert run.history("grad_mean_abs", epochs=[4]).values.tolist() == [[4] * 5]


def test_a_gradient_that_was_not_looked_at_is_unknown(writer, record_of):
    writer.epoch(record_of(0, gradient=False))
    assert open_run(writer.path).units(0).grad_mean_abs.isna().all()


@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        (lambda run: run.units(2), "epoch 2 is not recorded in this run; the nearest are 1 and 4"),
        (lambda run: run.history("min", epochs=[0, 9]), "epoch 9 is not recorded in this run; the nearest"),
        (
            lambda run: run.history("max", epochs=[9]),
            "epoch 9 is not recorded in this run; the nearest are 4",
        ),
        (lambda run: run.units(layer="fc9"), "layer 'fc9' is not in this run; it has fc1, conv1"),
        (lambda run: run.points(layer="fc9"), "layer 'fc9' is not in this run; it has fc1, conv1"),
        (lambda run: run.status_history("valid"), "split 'valid' is not in this run; it has train, test"),
        (lambda run: run.history("mean"), "quantity 'mean' is unknown; known are status, "),
        (lambda run: run.history("grad_mean_abs", "test"), "known on train alone, not on test"),
        (lambda run: run.weights(), "run 'done' keeps no weights"),
    ],
)
def test_what_is_not_there_is_said(finished, ask, answer):
    with pytest.raises(UserError, match=answer):
        ask(open_run(finished))


def test_a_large_history_is_read_fast_and_right(tmp_path, describe, record_of):
    rng = np.random.default_rng(0)
    units = 5000
    writer = RunWriter.create(
        tmp_path,
        describe(
            layers=[LayerInfo("wide", "relu", units)],
            probe={"train": np.arange(4)},
            data_sizes={"train": DataSize(4, 4)},
        ),
    )
    states = rng.integers(0, 3, (60, units)).astype(np.uint8)
    record = record_of(0, test=False, gradient=False)
    floats = np.zeros(units, np.float32)
    for epoch, state in enumerate(states):
        split = replace(
            record.train,
            unit_status=state,
            unit_min=floats,
            unit_max=floats,
            active_share=floats,
            point_status=np.zeros((1, 4), np.uint8),
        )
        writer.epoch(replace(record, epoch=epoch, train=split))
    run = open_run(writer.path)
    started = time.perf_counter()
    assert np.array_equal(run.status_history(), states)
    assert time.perf_counter() - started < 1
    writer.close(RunState.FINISHED)


def test_a_name_and_a_note_are_kept_and_told(finished):
    run = open_run(finished)
    run.rename("  my   run ")
    run.set_note("look at\nfc1")
    assert (open_run(finished).name, open_run(finished).note) == ("my run", "look at\nfc1")
    run.rename("")
    assert run.name == "done"
    with pytest.raises(UserError, match="the name has 201 characters; 200 are the most"):
        run.rename("x" * 201)
    with pytest.raises(UserError, match="the note has 10,001 characters"):
        run.set_note("x" * 10_001)


def test_a_name_is_given_while_the_run_trains(writer, record_of):
    run = open_run(writer.path)
    run.rename("live")
    writer.epoch(record_of(0))
    assert (run.name, run.last_epoch) == ("live", 0)


def test_the_version_changes_with_all_that_can_be_seen(writer, record_of):
    run = open_run(writer.path)
    versions = [run.version]
    steps = [
        lambda: writer.epoch(record_of(0)),
        lambda: writer.epoch(record_of(0)),
        lambda: writer.change(1, "lr", 0.1),
        lambda: writer.checkpoint(0, {"w": torch.zeros(1)}),
        lambda: writer.state(RunState.PAUSED),
        lambda: run.rename("other"),
        lambda: run.set_note("note"),
        lambda: writer.close(RunState.FINISHED),
    ]
    for step in steps:
        step()
        assert open_run(writer.path).version == run.version
        versions.append(run.version)
    assert len(set(versions)) == len(steps) + 1
    assert run.version == versions[-1]


def test_changes_are_kept_in_order_and_replaced(writer):
    writer.change(150, "jumpstart", 0.3)
    writer.change(20, "lr", 0.01)
    writer.change(150, "jumpstart", 0.5)
    table = open_run(writer.path).changes()
    assert table.to_dict("list") == {
        "epoch": [20, 150],
        "field": ["lr", "jumpstart"],
        "value": [0.01, 0.5],
    }


def test_a_deleted_file_is_said(finished):
    run = open_run(finished)
    finished.unlink()
    for ask in (run.epochs, run.units, lambda: run.state, lambda: run.rename("x"), run.weights):
        with pytest.raises(UserError, match=r"run file .*done.effdash is gone: it was deleted or moved"):
            ask()


def test_threads_read_while_it_is_written(writer, record_of):
    """A reader never sees half an epoch, and all of an epoch it has once seen."""
    run = open_run(writer.path)
    writer.epoch(record_of(0))
    troubles = []
    done = threading.Event()

    def look():
        seen = 0
        try:
            while not done.is_set():
                epochs, values = run.history("max")
                assert len(epochs) >= seen
                seen = len(epochs)
                assert np.array_equal(values, epochs[:, None] + np.arange(5))
                table = run.units(split="test")
                assert len(table) % 5 == 0 and len(table) >= 5 * seen
        except BaseException as error:
            troubles.append(error)

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for epoch in range(1, 60):
        writer.epoch(record_of(epoch))
    writer.close(RunState.FINISHED)
    done.set()
    for thread in threads:
        thread.join()
    assert troubles == []
    assert sorted(path.name for path in writer.path.parent.iterdir()) == ["one.effdash"]


def test_an_idle_reader_holds_nothing(writer, record_of):
    run = open_run(writer.path)
    writer.epoch(record_of(0))
    run.units()
    assert writer._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)


def test_another_process_reads_a_live_run_without_torch_and_leaves_the_trainer_its_locks(writer, record_of):
    """A process loses its locks on a file when it closes it once past SQLite; the next one to close the run
    would then take itself for the last, and remove the WAL under the trainer.
    """
    writer.epoch(record_of(0))
    open_run(writer.path).units()
    RunFolder(writer.path.parent).list()
    code = (
        "import sys; from effdash.runs import open_run; print(open_run(sys.argv[1]).last_epoch, "
        "'torch' in sys.modules or 'sklearn' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(writer.path)]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "0 False\n"
    assert writer.path.with_name("one.effdash-wal").exists()
    writer.epoch(record_of(1))
    assert open_run(writer.path).recorded_epochs == [0, 1]


def test_a_shipped_run_is_read_in_place_and_stays_as_it_is(finished):
    before = finished.read_bytes()
    run = Run(finished, shipped=True)
    assert run.last_epoch == 4 and len(run.units(4)) == 5
    with pytest.raises(UserError, match="is an example that came with effdash: it stays as it is"):
        run.rename("mine")
    with suppress(UserError):
        run.set_note("mine")
    assert finished.read_bytes() == before
