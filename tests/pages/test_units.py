"""The Units page: diagnosis, chips, the card of units of every kind of data; and what greets a visitor."""

import re
import shutil

import pytest

from effdash.config import NetworkConfig, RunConfig
from effdash.diagnosis import diagnose
from effdash.diagnosis.finding import Kind
from effdash.figures import Payload
from effdash.runs import open_run
from effdash.training.session import train
from pages.shared import canvas, prose

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
    assert address(app)["layer"] == findings[number].evidence.layer
    assert address(app)["split"] == "train"


@pytest.fixture
def deep(shelf):
    """A network of 30 layers that is born dead."""
    config = RunConfig(network=NetworkConfig(depth=30, width=4), epochs=6, device="cpu")
    return open_run(train(config, runs=shelf.path, run_id="deep").path)


def address(app):
    return {key: value[0] if isinstance(value, list) else value for key, value in app.query_params.items()}


def outlined(monkeypatch) -> list[Payload]:
    """The unit maps that are drawn from now on."""
    drawn: list[Payload] = []
    monkeypatch.setattr(canvas, "unit_map", lambda payload, **_: drawn.append(payload))
    return drawn


def sentence_of(app, kind: Kind, findings) -> str:
    number = next(place for place, finding in enumerate(findings) if finding.kind == kind)
    return next(button.label for button in app.button if button.key == f"finding {number}")


def test_a_sentence_outlines_its_units_until_it_is_clicked_again(visit, deep, monkeypatch):
    findings = diagnose(deep)
    born_dead = next(finding for finding in findings if finding.kind == Kind.BORN_DEAD)
    maps = outlined(monkeypatch)
    app = visit("units", run="deep")
    assert "highlight" not in maps[-1].arrays
    press(app, sentence_of(app, Kind.BORN_DEAD, findings))
    assert address(app)["finding"] == "born_dead"
    assert maps[-1].arrays["highlight"].tolist() == list(born_dead.evidence.cells)
    assert maps[-1].header["highlightEpoch"] == maps[-1].header["epoch"] == 0
    fresh = visit("units", **address(app))
    assert maps[-1].arrays["highlight"].tolist() == list(born_dead.evidence.cells)
    press(fresh, sentence_of(fresh, Kind.BORN_DEAD, findings))
    assert "finding" not in address(fresh)
    assert "highlight" not in maps[-1].arrays


def test_a_sentence_that_names_a_layer_outlines_the_layer(visit, deep, monkeypatch):
    findings = diagnose(deep)
    app = visit("units", run="deep")
    maps = outlined(monkeypatch)
    press(app, sentence_of(app, Kind.GRADIENT_BY_DEPTH, findings))
    assert maps[-1].arrays["highlight"].tolist() == [0, 1, 2, 3]


def test_a_sentence_on_accuracy_turns_to_the_curves(visit, deep):
    findings = diagnose(deep)
    app = visit("units", run="deep")
    press(app, sentence_of(app, Kind.COMMONEST_CLASS, findings))
    assert "curves" in figures(app)
    assert address(app) == {"run": "deep", "epoch": "6", "split": "train"}


def test_a_chip_is_kept_by_the_address_and_takes_the_place_of_a_sentence(visit, deep, monkeypatch):
    maps = outlined(monkeypatch)
    app = visit("units", run="deep", finding="born_dead")
    (marks,) = app.pills
    marks.set_value("constant")
    again(app)
    assert address(app) == {"run": "deep", "mark": "constant"}
    by_chip = maps[-1].arrays["highlight"].tolist()
    assert 0 < len(by_chip) < 120
    reloaded = visit("units", run="deep", mark="constant")
    assert reloaded.pills[0].value == "constant"
    assert maps[-1].arrays["highlight"].tolist() == by_chip


def test_a_chip_or_a_sentence_that_is_not_there_outlines_nothing(visit, deep, monkeypatch):
    maps = outlined(monkeypatch)
    visit("units", run="deep", mark="lost", finding="<b>")
    visit("units", run="deep", finding="dying")
    assert all("highlight" not in payload.arrays for payload in maps)


def test_jumpstart_is_offered_where_it_may_help(visit, deep, shelf, orders):
    press(visit("units", run="deep"), "Try with jumpstart, λ = 0.3")
    ((config, _),) = orders.started
    assert config.jumpstart.weight == 0.3
    assert orders.parents == ["deep"]
    shelf.finished("images", of="images")
    assert not any(label.startswith("Try with") for label in labels(visit("units", run="images")))


def test_the_unit_of_the_card_is_ringed_though_none_was_chosen(visit, shelf, monkeypatch):
    shelf.finished("done")
    maps = outlined(monkeypatch)
    app = visit("units", run="done")
    layer, unit = re.search(r"<h2>fc(\d) · (\d)</h2>", said(app)).groups()
    assert maps[-1].header["selected"] == 4 * (int(layer) - 1) + int(unit)


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
