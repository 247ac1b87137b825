"""A watched loop from its first line to its end, whatever end it takes; and what never stops it."""

import ast
import logging

import numpy as np
import pytest
import torch
from torch import nn

import effdash as ed
from effdash.runs import RunFolder, send
from effdash.runs.verification import verify
from effdash.vocab import UserError
from effdash.watcher import recording, snippet

from .loops import blobs, loader_of, make_net, only_run, run_of, train

DATA = blobs(40)


def test_epochs_count_from_1_and_the_file_is_there_before_them(tmp_path):
    with ed.watch(make_net(), DATA, name="mine", runs=tmp_path, strict=True) as run:
        begun = run_of(run)
        assert begun.state == "running" and begun.recorded_epochs == [] and begun.name == "mine"
        assert "-mine-" in run.id and not begun.has_config
        run.epoch(loss=torch.tensor(0.5), lr=np.float32(0.25), jumpstart=0.3, recall=torch.tensor([0.75]))
        table = run_of(run).epochs()
        with pytest.raises(UserError, match="is watched in somebody's own loop"):
            send(run.path, "stop")
    assert table.epoch.tolist() == [1]
    assert table[["loss", "lr", "jumpstart", "recall"]].iloc[0].tolist() == [0.5, 0.25, 0.3, 0.75]
    ended = run_of(run)
    assert ended.state == "finished" and ended.checkpoints() == [1] and ended.extra_scalars == ("recall",)
    (summary,) = RunFolder(tmp_path).list()
    assert (summary.network, summary.activation, summary.data) == ("own, 2 layers", "relu", "own data")
    verify(run.path)


def test_two_watches_of_one_name_are_two_runs(tmp_path):
    runs = [ed.watch(make_net(), DATA, name="mine", runs=tmp_path, strict=True) for _ in range(2)]
    for loss, run in enumerate(runs):
        run.epoch(loss=loss)
    for run in runs:
        run.close()
        run.close()
        run.epoch(loss=9)
    assert runs[0].id != runs[1].id
    assert [run_of(run).epochs().loss.tolist() for run in runs] == [[0.0], [1.0]]


@pytest.mark.parametrize(
    ("error", "state", "message"),
    [
        (
            ZeroDivisionError("by\nnothing"),
            "failed",
            "the loop failed after epoch 1: ZeroDivisionError: by nothing",
        ),
        (KeyboardInterrupt(), "interrupted", "the loop was interrupted after epoch 1 (KeyboardInterrupt)"),
        (SystemExit(3), "interrupted", "the loop was interrupted after epoch 1 (SystemExit)"),
        (SystemExit(0), "finished", None),
    ],
)
def test_an_error_in_the_loop_is_the_runs_end_and_stays_the_loops(tmp_path, error, state, message):
    with (
        pytest.raises(type(error)) as caught,
        ed.watch(make_net(), DATA, runs=tmp_path, strict=True, record_every=2) as run,
    ):
        run.epoch()
        raise error
    assert caught.value is error
    found = run_of(run)
    assert (found.state, found.message) == (state, message)
    assert found.recorded_epochs == [1]
    verify(run.path)


def test_an_error_of_ours_is_one_sentence_and_the_loop_goes_on(tmp_path, caplog):
    model = make_net()
    with caplog.at_level(logging.WARNING, "effdash"), ed.watch(model, DATA, runs=tmp_path) as run:
        run.epoch(loss=1.0)
        run.path.unlink()
        for _ in range(3):
            run.epoch(loss=1.0)
    (record,) = caplog.records
    assert record.name == "effdash" and record.exc_info is None and "\n" not in record.getMessage()
    assert record.getMessage().startswith("effdash records no more of this training, which goes on: run file")
    assert not run.recording
    with ed.watch(model, DATA, runs=tmp_path / "two", strict=True) as run:
        run.epoch()
        run.path.unlink()
        with pytest.raises(UserError, match=r"gone|deleted or moved"):
            run.epoch()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"data": 3}, "data is a int"),
        ({"runs": "{file}/runs"}, "cannot be written"),
        ({"model": nn.Linear(4, 3)}, "applies no nonlinearity"),
        (
            {"model": nn.Sequential(nn.Linear(5, 3), nn.ReLU(), nn.Linear(3, 2))},
            "RuntimeError: mat1 and mat2",
        ),
        ({"checkpoints": -1}, "checkpoints = -1"),
        ({"record_every": 0}, "record_every = 0"),
    ],
)
def test_what_cannot_begin_is_told_and_the_loop_runs_all_the_same(tmp_path, caplog, options, sentence):
    (tmp_path / "file").write_text("")
    options = {"model": make_net(), "data": DATA, "runs": tmp_path} | options
    options["runs"] = str(options["runs"]).replace("{file}", str(tmp_path / "file"))
    with caplog.at_level(logging.WARNING, "effdash"), ed.watch(**options) as run:
        run.epoch(loss=1.0)
    assert run.id is None and run.path is None
    assert [sentence in record.getMessage() for record in caplog.records] == [True]
    with pytest.raises((UserError, RuntimeError), match=sentence.removeprefix("RuntimeError: ")):
        ed.watch(**options, strict=True)


def test_numbers_that_overflow_are_the_trainings_failure(tmp_path, caplog):
    model = make_net()
    with ed.watch(model, DATA, runs=tmp_path) as run:
        run.epoch(loss=1.0)
        with torch.no_grad():
            model[0].weight.fill_(float("nan"))
        run.epoch(loss=float("nan"))
    found = run_of(run)
    assert found.state == "failed"
    assert found.message.startswith("after epoch 2: layer '1' has pre-activations that are nan or infinite")
    findings = ed.diagnose(found)
    assert findings[0].kind == "exploding_loss"


def test_scalars_that_are_none_are_left_out_and_told_once(tmp_path, caplog):
    with caplog.at_level(logging.WARNING, "effdash"), ed.watch(make_net(), DATA, runs=tmp_path) as run:
        for _ in range(2):
            run.epoch(loss=torch.ones(3), good=1, none=None, word="x", **{"<b>": 2, "epoch": 7})
    table = run_of(run).epochs()
    assert list(table.columns[-1:]) == ["good"] and table.loss.isna().all()
    said = " | ".join(record.getMessage() for record in caplog.records)
    assert len(caplog.records) == 4
    assert "loss = tensor([1., 1., 1.]): it should be one number" in said
    assert "word = 'x': it should be one number" in said
    assert "'epoch' is a column that a run has anyway" in said
    assert "should be letters, digits" in said
    with (
        ed.watch(make_net(), DATA, runs=tmp_path, strict=True) as run,
        pytest.raises(UserError, match="one number"),
    ):
        run.epoch(word="x")


def test_no_more_scalars_than_a_run_can_have_however_many_epochs_bring_them(tmp_path, caplog):
    with caplog.at_level(logging.WARNING, "effdash"), ed.watch(make_net(), DATA, runs=tmp_path) as run:
        for epoch in range(3):
            run.epoch(loss=1.0, **{f"loss {epoch} {number}": number for number in range(40)})
        run.epoch(**{"loss 0 3": 7, "one more": 8})
    found = run_of(run)
    assert len(found.extra_scalars) == 100 and found.extra_scalars[-1] == "loss 2 19"
    assert found.epochs()["loss 0 3"].iloc[-1] == 7
    (record,) = caplog.records
    assert "left out loss 2 20: a run has 100 scalars of its own at most" in record.getMessage()
    verify(run.path)


def test_the_stride_doubles_and_the_last_epoch_is_recorded(tmp_path, monkeypatch):
    monkeypatch.setattr(recording, "ROWS", 4)
    with ed.watch(make_net(), DATA, runs=tmp_path, strict=True) as run:
        for _ in range(23):
            run.epoch(loss=1.0)
    assert run_of(run).recorded_epochs == [1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 23]
    with ed.watch(make_net(), DATA, runs=tmp_path, strict=True, record_every=3) as run:
        for epoch in range(8):
            run.epoch(loss=epoch)
    assert run_of(run).epochs()[["epoch", "loss"]].to_numpy().tolist() == [[1, 0], [3, 2], [6, 5], [8, 7]]


@pytest.mark.parametrize(("checkpoints", "kept"), [(0, []), (3, 3), (40, 12)])
def test_so_many_weights_are_kept_the_last_among_them(tmp_path, checkpoints, kept):
    model = make_net()
    with ed.watch(model, DATA, runs=tmp_path, strict=True, checkpoints=checkpoints) as run:
        for _ in range(12):
            with torch.no_grad():
                model[0].bias += 1
            run.epoch(loss=1.0)
    found = run_of(run)
    if checkpoints == 0:
        assert found.checkpoints() == []
        return
    assert found.checkpoints()[-1] == 12 and len(found.checkpoints()) <= kept
    assert torch.equal(found.weights()[1]["0.bias"], model[0].bias.detach())


def test_a_loop_that_never_says_epoch(tmp_path):
    with ed.watch(make_net(), DATA, runs=tmp_path, strict=True) as run:
        pass
    assert (run_of(run).state, run_of(run).message) == ("interrupted", "run.epoch() was never called")


@pytest.mark.parametrize("end", ["the process ends", "it is forgotten"])
def test_what_nobody_closes_says_so(tmp_path, end):
    run = ed.watch(make_net(), DATA, runs=tmp_path, strict=True)
    run.epoch(loss=1.0)
    if end == "the process ends":
        # What runs then.
        assert run._forgotten.atexit
        run._forgotten()
    else:
        del run
    found = only_run(tmp_path)
    assert (found.state, found.message) == ("interrupted", "it ended without run.close()")
    assert found.recorded_epochs == [1]
    assert [path.name for path in tmp_path.iterdir()] == [found.path.name]


def test_a_watched_run_can_be_pruned(tmp_path):
    model = make_net()
    run = train(
        model,
        loader_of(),
        watched=lambda: ed.watch(model, loader_of(), test=DATA, runs=tmp_path, strict=True),
    )
    found = run_of(run)
    pruned, _ = ed.prune(found.model(), found.data(), auto=True)
    X = found.data().X_train
    assert torch.equal(pruned(X).argmax(1), model.eval()(X).argmax(1))
    assert sum(one.numel() for one in pruned.parameters()) < sum(one.numel() for one in model.parameters())


@pytest.mark.parametrize("jumpstart", [None, 0.3])
def test_the_lines_to_paste_are_python(jumpstart):
    text = snippet("/home/me/my runs", "it's mine", jumpstart)
    tree = ast.parse(text)
    assert "/home/me/my runs" in [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    assert len(text.splitlines()) == (3 if jumpstart is None else 5)
    assert ("Jumpstart" in text) == (jumpstart is not None)
