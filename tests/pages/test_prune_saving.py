"""What a person leaves the Prune page with: a run, files, and a training that goes on from it."""

import io

import numpy as np
import pandas as pd
import pytest
import safetensors.torch
import torch

from effdash.pruning import Choice, applies_to, read_plan
from effdash.runs import open_run
from effdash.vocab import UserError
from pages.shared.prune.downloads import Files, noting_problems
from pages.shared.prune.readers import Bench, result_of
from pages.shared.prune.readers import plan_of as plan_of_method

from .conftest import again, labels, plainly, press

PLAN = "margin-n5"


@pytest.fixture
def plan_of(visit, shelf):
    """The Prune page at a plan, with a menu open."""
    shelf.finished("plane")

    def open_page(menu: str, plan: str = PLAN, run: str = "plane"):
        app = visit("prune", run=run, plan=plan)
        app.session_state[menu] = True
        return again(app)

    return open_page


def new_runs(shelf) -> list[str]:
    return sorted(path.stem for path in shelf.path.glob("*.effdash") if path.stem != "plane")


def test_closed_menus_cost_nothing(visit, shelf):
    shelf.finished("plane")
    app = visit("prune", run="plane", plan=PLAN)
    assert not app.error
    assert not {"Save as a run", "Train it on"} & set(labels(app))


def test_it_is_saved_as_a_child(plan_of, shelf):
    app = press(plan_of("save menu"), "Save as a run")
    (run_id,) = new_runs(shelf)
    run = open_run(shelf.path / f"{run_id}.effdash")
    assert (run.parent, run.name, run.n_units) == ("plane", "plane, 7 of 12 units", 7)
    assert run.note == f"Pruned from plane, epoch 6: 7 of 12 units kept.\nPlan: {PLAN}"
    assert next(run.model().parameters()).dtype == torch.float32
    assert "Saved as “plane, 7 of 12 units”" in plainly(app)
    opened = press(app, "Open it")
    assert opened.query_params["run"] in (run_id, [run_id])


def test_notes_and_a_name_of_ones_own_go_with_it(plan_of, shelf):
    app = plan_of("save menu")
    app.session_state["prune notes"] = {"plane": {("fc1", 2): "looks like a twin"}}
    app.text_input[0].set_value("  my   network ")
    press(again(app), "Save as a run")
    (run_id,) = new_runs(shelf)
    run = open_run(shelf.path / f"{run_id}.effdash")
    assert run.name == "my network"
    assert run.note.endswith("\nfc1 · 2: looks like a twin")


def test_nothing_removed_is_nothing_to_save(plan_of):
    app = plan_of("save menu", plan="margin")
    assert "Nothing is removed yet: as a run, this network is there already." in plainly(app)
    assert "Save as a run" not in labels(app)


def test_fine_tuning_saves_and_trains_on_from_what_was_saved(plan_of, shelf, orders):
    shelf.finished("answer")
    orders.answer = "answer"
    app = press(plan_of("fine-tune menu"), "Train it on")
    saved = next(run_id for run_id in new_runs(shelf) if run_id != "answer")
    ((config, _),) = orders.started
    assert orders.starts == [(saved, None)]
    assert (config.name, config.epochs) == ("plane, 7 of 12 units, fine-tuned", 20)
    plane = open_run(shelf.path / "plane.effdash").config
    assert (config.optimizer, config.jumpstart) == (plane.optimizer, plane.jumpstart)
    assert app.query_params["run"] in ("answer", ["answer"])
    assert "plan" not in app.query_params


def test_what_is_typed_is_trained(plan_of, shelf, orders):
    orders.answer = "plane"
    app = plan_of("fine-tune menu")
    for label, value in (("Epochs", 7), ("Learning rate", 0.02), ("λ", 0.1)):
        next(box for box in app.number_input if box.label == label).set_value(value)
    press(again(app), "Train it on")
    ((config, _),) = orders.started
    assert (config.epochs, config.optimizer.lr, config.jumpstart.weight) == (7, 0.02, 0.1)


def test_a_run_saved_before_is_the_start(plan_of, shelf, orders):
    orders.answer = "plane"
    app = press(plan_of("save menu"), "Save as a run")
    (run_id,) = new_runs(shelf)
    app.session_state["fine-tune menu"] = True
    press(again(app), "Train it on")
    assert new_runs(shelf) == [run_id]
    assert orders.starts == [(run_id, None)]


def test_with_nothing_removed_the_run_itself_is_trained_on(plan_of, shelf, orders):
    orders.answer = "plane"
    press(plan_of("fine-tune menu", plan="margin"), "Train it on")
    assert orders.starts == [("plane", 6)]
    assert new_runs(shelf) == []


def test_a_refusal_of_the_trainer_is_a_sentence(plan_of, orders):
    orders.answer = UserError("the folder cannot be written")
    app = press(plan_of("fine-tune menu"), "Train it on")
    assert "the folder cannot be written" in plainly(app)


def test_a_learning_rate_of_nothing_is_told(plan_of, shelf, orders):
    app = plan_of("fine-tune menu")
    next(box for box in app.number_input if box.label == "Learning rate").set_value(0.0)
    app = press(again(app), "Train it on")
    assert "optimizer.lr = 0.0: input should be greater than 0" in plainly(app)
    assert orders.started == []
    assert new_runs(shelf) == []


# Files, as the browser asks for them: in a thread without a page


@pytest.fixture
def files(trained) -> Files:
    run = open_run(trained["plane"])
    bench = Bench.of(run, 6, run.data())
    choice = Choice.from_text(PLAN)
    result = result_of(plan_of_method(bench, choice.method), choice)
    return Files(run, result, {("fc1", 2): "looks like a twin"})


def test_the_plan_can_be_applied_again(files):
    bench = files.result.bench
    applies = applies_to(bench.model, bench.data, run_id="plane", epoch=6)
    assert read_plan(files.plan().decode(), applies) == Choice.from_text(PLAN)


def test_the_command_in_the_report_names_the_file_that_it_is_downloaded_as(files):
    assert files.stem == "plane-7-units"
    assert "effdash prune plane --plan plane-7-units.html" in files.report().decode()


def test_the_table_has_every_unit_and_the_notes(files):
    table = pd.read_csv(io.BytesIO(files.reasons()))
    assert len(table) == 12
    assert (~table["kept"]).sum() == 5
    noted = table[table["note"].notna()]
    assert noted[["layer", "unit", "note"]].values.tolist() == [["fc1", 2, "looks like a twin"]]


def test_weights_and_network_answer_as_on_the_page(files):
    X = files.result.bench.data.X_train
    with torch.no_grad():
        expected = files.result.network(X).numpy()
    weights = safetensors.torch.load(files.weights())
    assert {name: list(value.shape) for name, value in weights.items()} == {
        name: list(value.shape) for name, value in files.result.network.state_dict().items()
    }
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(files.onnx())
    (answer,) = session.run(None, {"x": X.numpy()})
    np.testing.assert_allclose(answer, expected, atol=1e-5)


def test_why_a_file_could_not_be_made_is_kept_for_the_menu():
    def impossible() -> bytes:
        raise UserError("ONNX has no such step")

    problems: list[str] = []
    with pytest.raises(UserError):
        noting_problems(impossible, problems)()
    assert problems == ["ONNX has no such step"]
