"""Runs that effdash did not train: every page shows what there is, and says in a sentence what cannot be."""

import pytest

from .conftest import figures, labels, plainly, said
from .foreign_runs import images, loaded, plane, two_inputs, watched, without_classes
from .odd_runs import make_run

CARD = {"epoch", "map", "shares", "band", "histogram", "glance"}
PAGES = ("units", "train", "permutations", "prune")
TRY = "Try with jumpstart, λ = 0.3"


def make(kind: str, folder) -> str:
    """The id of a run of this kind."""
    if kind == "two inputs":
        return two_inputs(folder)
    if kind == "watched without labels":
        return watched(folder, plane().X_train)
    if kind == "watched":
        return watched(folder, plane())
    if kind == "nothing but tables":
        return make_run(folder, "tables", plane(), foreign=True).stem
    data = {"loaded": plane(), "loaded images": images(), "loaded without test": plane(test=False)}.get(kind)
    return loaded(folder, without_classes(plane(features=5)) if data is None else data)


KINDS = (
    "loaded",
    "loaded images",
    "loaded without test",
    "loaded without classes",
    "watched",
    "watched without labels",
    "two inputs",
    "nothing but tables",
)


@pytest.fixture(params=KINDS)
def foreign(request, shelf) -> str:
    """The id of one of each kind."""
    return make(request.param, shelf.path)


def test_every_page_opens_every_kind(visit, foreign):
    for page in PAGES:
        app = visit(page, run=foreign)
        assert not app.error, (page, app.error[0].value)
        assert "epoch" in figures(app), page
        assert "nan" not in plainly(app).casefold().split(), page
        assert not {"Pause", "Continue", "Resume", "Fine-tune"} & set(labels(app)), page
    table = visit("runs").dataframe[0].value
    assert table["network"].str.startswith("own").all()


def test_the_units_of_a_loaded_run_are_all_there(visit, shelf):
    app = visit("units", run=loaded(shelf.path, plane()))
    assert figures(app) >= CARD | {"confusion", "fold", "sample plane", "sample way"}
    assert [each.label for each in app.segmented_control] == ["Status taken on"]
    assert "own, 2 layers" in said(app)


def test_without_classes_nothing_is_said_of_any(visit, shelf):
    app = visit("units", run=loaded(shelf.path, without_classes(plane(features=5))))
    assert figures(app) >= CARD | {"by class"}
    words = plainly(app)
    assert "<dt>classes</dt><dd>none</dd>" in words
    assert "<dt>accuracy</dt>" not in words
    assert "of one class" not in words
    assert "Sample 0 ·" not in words


def test_without_a_test_part_no_split_is_asked(visit, shelf):
    app = visit("units", run=loaded(shelf.path, plane(test=False)), split="test")
    assert not app.segmented_control
    assert "This run has no test data: all is said of train." in said(app)
    assert "confusion" not in figures(app)


def test_several_inputs_leave_tables_and_a_sentence(visit, shelf):
    run = two_inputs(shelf.path)
    units = visit("units", run=run)
    assert figures(units) >= {"epoch", "map", "shares", "band"}
    assert "Without its weights there is no more to show" in plainly(units)
    assert "There are no orders to show" in plainly(visit("permutations", run=run))
    assert "This run cannot be pruned" in plainly(visit("prune", run=run))


def test_a_network_of_one_number_without_classes_has_no_decisions(visit, shelf):
    run = loaded(shelf.path, without_classes(plane()), answers=1)
    assert "This run cannot be pruned" in plainly(visit("prune", run=run))
    assert figures(visit("units", run=run)) >= CARD


def test_a_loaded_run_can_be_pruned(visit, shelf):
    app = visit("prune", run=loaded(shelf.path, plane()))
    assert not app.warning
    assert "prune map" in figures(app)


def test_try_with_jumpstart_gives_the_lines(visit, shelf):
    run = watched(shelf.path, plane())
    app = visit("train", run=run)
    assert TRY not in labels(app)
    (code,) = app.code
    assert str(shelf.path) in code.value
    assert "0.3" in code.value


def test_what_a_loop_recorded_beside_is_offered_as_a_curve(visit, shelf):
    run = watched(shelf.path, plane(), told=[{"loss": 1.0, "gap": 2.0}, {"loss": 0.5, "gap": 3.0}])
    app = visit("train", run=run)
    (select,) = [each for each in app.selectbox if each.label == "Beside the loss"]
    assert select.options == ["gap"]
    select.select("gap").run()
    assert not app.exception
    others = visit("train", run=loaded(shelf.path, plane())).selectbox
    assert "Beside the loss" not in [each.label for each in others]


@pytest.mark.parametrize("second", ["loaded", "trained"])
def test_a_foreign_run_stands_beside_another(visit, shelf, second):
    first = watched(shelf.path, plane())
    other = loaded(shelf.path, plane()) if second == "loaded" else shelf.finished("done").stem
    for one, two in ((first, other), (other, first)):
        app = visit("units", run=one, **{"with": two})
        assert not app.error
        assert {"map left", "map right", "curves left", "curves right"} <= figures(app)
        assert "own, 2 layers" in said(app)


def test_a_run_of_two_data_is_said_to_be_on_different_samples(visit, shelf):
    shelf.finished("done")
    app = visit("units", run="done", **{"with": watched(shelf.path, plane())})
    assert "Different data, moons and own data: the statuses are not on the same samples." in plainly(app)
