"""Loaded networks as runs: of one epoch, and of several checkpoints."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import effdash as ed
from effdash.data import Dataset, as_dataset
from effdash.loading import load, make_run, of_module
from effdash.runs import RunFolder
from effdash.runs.verification import verify
from effdash.vocab import UserError
from tests.loading import files
from tests.loading.test_look import Known, Odd, corners


def opened(folder: Path, run_id: str) -> ed.Run:
    return ed.open_run(folder / f"{run_id}.effdash")


def test_a_network_becomes_a_finished_run_of_one_epoch(tmp_path: Path) -> None:
    loaded, data = load("known.pt", content=files.saved(Known().state_dict())), corners()
    run = opened(tmp_path, make_run(loaded, replace(data, name="corners"), tmp_path))
    verify(run.path)
    assert (run.state, run.recorded_epochs, run.checkpoints(), run.name) == ("finished", [0], [0], "known")
    assert run.data().name == "corners"
    assert torch.equal(run.model()(data.X_train), loaded.model(data.X_train))
    table = run.epochs().iloc[0]
    assert (table["train_accuracy"], table["test_accuracy"]) == (1.0, 0.75)
    seen = ed.unit_status(loaded.model, data.X_train)
    recorded = run.units(epoch=0)
    for column in ("unit", "min", "max", "active_share"):
        assert recorded[column].to_numpy() == pytest.approx(seen[column].to_numpy())
    assert recorded["status"].tolist() == seen["status"].tolist()
    assert "taken to be relu" in run.note
    assert RunFolder(tmp_path).list()[0].problem is None


def test_it_can_be_diagnosed_and_pruned(tmp_path: Path) -> None:
    data = corners()
    run = opened(tmp_path, make_run(of_module(Known()), data, tmp_path))
    assert "it learned" in ed.diagnose(run)[0].sentence
    pruned, report = ed.prune(run.model(), run.data(), auto=True)
    assert report.removed == 2
    assert torch.equal(pruned(data.X_train).argmax(1), Known()(data.X_train).argmax(1))


def test_one_state_is_not_called_the_initial_one(tmp_path: Path) -> None:
    data = corners()
    wrong = replace(data, y_train=torch.tensor([1, 0, 0, 1]))
    run = opened(tmp_path, make_run(of_module(Known()), wrong, tmp_path))
    said = [finding.sentence for finding in ed.diagnose(run)]
    assert (
        "one state of it is recorded, so how it learned is not known: its train accuracy is .25; always the "
        "commonest class: .50"
    ) in said


def checkpoint(scale: float, name: str = "known") -> bytes:
    model = Known()
    with torch.no_grad():
        model.fc.bias.fill_(-scale)
    return files.saved(model.state_dict())


def test_checkpoints_become_epochs(tmp_path: Path) -> None:
    data, told = corners(), []
    shifts = {1: 0.0, 5: 1.0, 30: 3.0}
    checkpoints = [
        (epoch, load(f"e{epoch}.pt", content=checkpoint(shift))) for epoch, shift in shifts.items()
    ]
    run_id = make_run(checkpoints, data, tmp_path, name="film", on_epoch=lambda *at: told.append(at))
    run = opened(tmp_path, run_id)
    verify(run.path)
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert (run.name, run.recorded_epochs, run.checkpoints()) == ("film", [1, 5, 30], [1, 5, 30])
    dead = (run.status_history() == 0).sum(1).tolist()
    assert dead == [0, 2, 3]
    for epoch, loaded in checkpoints:
        assert torch.equal(run.model(epoch)(data.X_test), loaded.model(data.X_test))


def test_checkpoints_may_come_one_by_one(tmp_path: Path) -> None:
    told = []
    lazily = ((epoch, of_module(Known())) for epoch in (3, 4))
    run_id = make_run(lazily, corners(), tmp_path, on_epoch=lambda *at: told.append(at), run_id="mine")
    assert run_id == "mine"
    assert told == [(1, 0), (2, 0)]


class Other(Known):
    def forward(self, x: Tensor) -> Tensor:
        return self.out(torch.tanh(self.fc(x)))


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (Known(3), "second is another network than first: it answers other classes"),
        (Other(), "second is another network than first: it takes other steps with them"),
        (nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2)), "it lacks fc.weight"),
        (nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 2)), "second cannot take samples of shape"),
    ],
)
def test_another_network_among_the_checkpoints_leaves_no_run(
    tmp_path: Path, other: nn.Module, said: str
) -> None:
    checkpoints = [(1, of_module(Known(), "first")), (2, of_module(other, "second"))]
    with pytest.raises(UserError, match=said):
        make_run(checkpoints, corners(), tmp_path)
    assert not list(tmp_path.iterdir())


def test_wider_layers_are_named(tmp_path: Path) -> None:
    wide = Known()
    wide.fc, wide.out = nn.Linear(2, 5), nn.Linear(5, 2)
    with pytest.raises(UserError, match=r"its fc.weight is \(5, 2\), not \(3, 2\)"):
        make_run([(1, of_module(Known(), "a")), (2, of_module(wide, "b"))], corners(), tmp_path)
    assert not list(tmp_path.iterdir())


def test_steps_that_cannot_be_described_do_not_hide_another_network(tmp_path: Path) -> None:
    wide = Odd()
    wide.fc2, wide.out = nn.Linear(4, 5), nn.Linear(5, 2)
    with pytest.raises(UserError, match=r"b is another network than a: its fc2.weight is \(5, 4\), not"):
        make_run([(1, of_module(Odd(), "a")), (2, of_module(wide, "b"))], corners(), tmp_path)
    assert not list(tmp_path.iterdir())
    run_id = make_run([(1, of_module(Odd(), "a")), (2, of_module(Odd(), "b"))], corners(), tmp_path)
    assert opened(tmp_path, run_id).recorded_epochs == [1, 2]


class StopError(Exception):
    """As a page's job raises it."""


def test_being_stopped_leaves_no_run(tmp_path: Path) -> None:
    def stop(done: int, of: int) -> None:
        if done == 2:
            raise StopError

    with pytest.raises(StopError):
        make_run([(epoch, of_module(Known())) for epoch in (1, 2, 3)], corners(), tmp_path, on_epoch=stop)
    assert not list(tmp_path.iterdir())
    with pytest.raises(UserError, match="there are no checkpoints"):
        make_run([], corners(), tmp_path)


def test_a_network_that_cannot_be_described_keeps_its_tables(tmp_path: Path) -> None:
    run = opened(tmp_path, make_run(of_module(Odd()), corners(), tmp_path))
    assert run.units(epoch=0)["layer"].unique().tolist() == ["fc1", "fc2"]
    assert run.checkpoints() == []
    with pytest.raises(UserError, match="cannot rebuild"):
        run.model()


def test_data_without_classes_and_without_a_test_part(tmp_path: Path) -> None:
    data = corners()
    bare = replace(
        data,
        class_names=(),
        y_train=data.y_train * 0,
        X_test=data.X_test[:0],
        y_test=data.y_test[:0],
    )
    run = opened(tmp_path, make_run(of_module(Known(1)), bare, tmp_path))
    verify(run.path)
    assert (run.n_classes, run.splits) == (0, ["train"])
    assert np.isnan(run.epochs()["train_accuracy"].iloc[0])
    assert run.model()(data.X_train).shape == (4, 1)


def test_of_large_data_a_part_is_kept_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("effdash.loading.keeping.MOST_BYTES", 110_000)
    y = np.arange(1000) % 4 // 3
    X = np.random.default_rng(0).random((1000, 2))
    data: Dataset = as_dataset((X, y, X[:200], y[:200]))
    run = opened(tmp_path, make_run(of_module(Known()), data, tmp_path))
    kept = run.data()
    assert len(kept.y_train) + len(kept.y_test) < 700
    assert float(kept.y_train.double().mean()) == pytest.approx(0.25, abs=0.01)
    assert f"{len(kept.y_train) + len(kept.y_test)} of 1,200 samples are kept and looked at" in run.note
    assert run.data_size("train") == (len(kept.y_train), len(kept.y_train))
