"""The Units page: diagnosis, chips, the card of units of every kind of data; and what greets a visitor."""

import shutil

from effdash.config import NetworkConfig, RunConfig
from effdash.diagnosis import diagnose
from effdash.runs import open_run
from effdash.training.session import train
from pages.shared import prose

from .conftest import PLANE, again, figures, labels, plainly, press, said


def test_the_diagnosis_turns_the_page_to_its_evidence(visit, shelf):
    deep = RunConfig(network=NetworkConfig(depth=30, width=4), epochs=6, device="cpu")
    path = train(deep, runs=shelf.path, run_id="deep").path
    findings = diagnose(open_run(path))
    number = next(place for place, finding in enumerate(findings) if finding.evidence.layer)
    app = visit("units", run="deep")
    sentences = {button.key: button for button in app.button if (button.key or "").startswith("finding")}
    assert all(":material/" in button.label for button in sentences.values())
    press(app, sentences[f"finding {number}"].label)
    address = {key: value[0] if isinstance(value, list) else value for key, value in app.query_params.items()}
    assert address["layer"] == findings[number].evidence.layer
    assert address["split"] == "train"


def test_chips_count_the_marked_units_and_list_those_of_one(visit, shelf):
    deep = RunConfig(network=NetworkConfig(depth=30, width=4), epochs=1, device="cpu")
    train(deep, runs=shelf.path, run_id="deep")
    app = visit("units", run="deep")
    (marks,) = app.pills
    chosen = marks.options[0]
    marks.set_value(chosen)
    again(app)
    listed = app.dataframe[0].value
    assert list(listed.columns)[:4] == ["layer", "unit", "status", "since"]
    assert str(len(listed)) == str(chosen).split()[-1]


def test_images_show_what_drives_a_unit(visit, shelf):
    shelf.finished("done", of="images")
    first = figures(visit("units", layer="conv1", unit=0))
    assert {"weights", "Drives it most", "Drives it least", "glance", "confusion"} <= first
    deeper = figures(visit("units", layer="conv2", unit=0))
    assert "weights" not in deeper
    assert {"Drives it most", "Drives it least", "glance"} <= deeper


def test_a_visitor_is_greeted_by_the_revival_that_plays(visit, shelf, shipped):
    shutil.copyfile(shipped / "plane.effdash", shipped / "revived.effdash")
    app = visit("runs")
    assert figures(app) == {"revival"}
    assert "Open this run" in labels(app)
    units = press(app, "Open this run")
    assert dict(units.query_params)["run"] in ("revived", ["revived"])


def test_who_has_runs_of_their_own_gets_the_table_first(visit, shelf, shipped):
    shutil.copyfile(shipped / "plane.effdash", shipped / "revived.effdash")
    shelf.finished("mine")
    app = visit("runs")
    assert figures(app) == set()
    assert prose.SHORT_LEAD.strip() in said(app)


def test_what_to_try_is_said(visit, shelf):
    shelf.failed("the loss became nan in epoch 7, batch 1 of 1", "failed")
    assert "loss became nan in epoch 7" in plainly(visit("units", run="failed")) + " ".join(
        labels(visit("units", run="failed"))
    ).replace("\\", "")


def test_a_run_without_jumpstart_can_be_tried_with_it(visit, shelf, orders):
    shelf.finished("done")
    press(visit("train", run="done"), "Try with jumpstart, λ = 0.3")
    ((config, _),) = orders.started
    assert config.jumpstart.weight == 0.3
    assert config.network == PLANE.network
    assert config.name == "plane, λ 0.3"
    assert orders.parents == ["done"]
