"""A pruned network opens again from its file, and goes out to ONNX, with the same outputs."""

import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import effdash as ed
from effdash.diagnosis import diagnose_elsewhere
from effdash.numbers import accuracy
from effdash.pruning import save_pruned
from effdash.vocab import RunState, UserError
from tests.pruning.planting import KINDS, drawn, plant

SHIPPED = Path(__file__).parents[2] / "assets" / "runs" / "digits-wide.effdash"


def pruned_of(kind: str) -> tuple[torch.nn.Module, tuple[torch.Tensor, ...]]:
    model, X = drawn(kind, seed=5, samples=60)
    plant(model, X, kind)
    model, X = model.float(), X.float()
    y = torch.arange(60) % 3
    data = X[:40], y[:40], X[40:], y[40:]
    return ed.prune(model, data, amount=0.4)[0], data


@pytest.mark.parametrize("kind", KINDS)
def test_opens_again_with_the_same_outputs(kind: str, tmp_path: Path) -> None:
    pruned, data = pruned_of(kind)
    run = ed.open_run(save_pruned(pruned, data, tmp_path, name="smaller"))
    with torch.no_grad():
        torch.testing.assert_close(run.model()(data[0]), pruned(data[0]), rtol=1e-6, atol=1e-6)
    assert run.state is RunState.FINISHED
    assert run.name == "smaller"
    assert [(layer.name, layer.units) for layer in run.layers] == [
        (layer.name, layer.units) for layer in ed.find_layers(pruned, data[0])
    ]
    units = run.units(epoch=0)
    expected = ed.unit_status(pruned, data[0])
    assert units["status"].tolist() == expected["status"].tolist()
    assert torch.equal(run.data().X_test, data[2])


def test_one_logit_counts_as_two_in_the_accuracy_kept(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1))
    X = torch.randn(40, 2)
    y = (model(X)[:, 0] > model(X).median()).long()
    right = ((model(X)[:, 0] > 0).long() == y).double().mean()
    run = ed.open_run(save_pruned(model, (X, y, X, y), tmp_path))
    assert 0.5 < run.epochs().iloc[0]["train_accuracy"] == pytest.approx(float(right))
    (found,) = [one for one in diagnose_elsewhere(run, X, y, name="the same") if "accuracy" in one.sentence]
    assert accuracy(float(right)) in found.sentence


def test_a_run_and_what_became_of_it(tmp_path: Path) -> None:
    parent = ed.open_run(SHIPPED)
    data, model = parent.data(), parent.model()
    pruned, report = ed.prune(model, data, amount=0.75)
    run = ed.open_run(save_pruned(pruned, data, tmp_path, parent=parent, run_id="smaller"))
    assert run.parent == parent.id
    assert run.config == parent.config
    assert torch.equal(run.data().X_train, data.X_train)
    epochs = run.epochs().iloc[0]
    assert epochs["train_accuracy"] == pytest.approx(report.accuracy["train"][1])
    assert epochs["test_accuracy"] == pytest.approx(report.accuracy["test"][1])
    assert report.accuracy["test"][0] - report.accuracy["test"][1] <= 0.005
    with pytest.raises(UserError, match="run 'smaller' is in"):
        save_pruned(pruned, data, tmp_path, parent=parent, run_id="smaller")
    again, _ = ed.prune(run.model(), data, amount=0.2)
    assert again.fc1.out_features < pruned.fc1.out_features


@pytest.mark.parametrize("kind", ["dense", "padded", "residual", "linked", "linked convolutions"])
def test_onnx_agrees_for_any_number_of_samples(kind: str, tmp_path: Path) -> None:
    runtime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    pruned, data = pruned_of(kind)
    path = tmp_path / "pruned.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            pruned,
            (data[0][:2],),
            path,
            input_names=["x"],
            dynamic_shapes=({0: torch.export.Dim("n")},),
            verbose=False,
        )
    session = runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for X in (data[0][:1], data[0]):
        with torch.no_grad():
            expected = pruned(X).numpy()
        np.testing.assert_allclose(session.run(None, {"x": X.numpy()})[0], expected, rtol=1e-5, atol=1e-5)


def test_a_name_that_no_file_can_hold_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    model = torch.nn.Sequential()
    model.add_module("one two", torch.nn.Linear(2, 4))
    model.add_module("act", torch.nn.ReLU())
    model.add_module("out", torch.nn.Linear(4, 2))
    X, y = torch.randn(20, 2), torch.arange(20) % 2
    with pytest.raises(UserError, match="one two"):
        save_pruned(model, (X, y, X, y), tmp_path)
    assert not list(tmp_path.iterdir())


def test_weights_that_no_file_can_hold_leave_none_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("effdash.runs.weights.MOST_BYTES", 10)
    with pytest.raises(UserError, match="bytes for the weights of epoch 0 are more than the 10"):
        save_pruned(
            nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2)), ed.load_data("moons"), tmp_path
        )
    assert list(tmp_path.iterdir()) == []
