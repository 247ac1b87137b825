"""A run that began with the weights of another one, pruned or not, on all pages."""

import shutil

import pytest

from effdash.pruning import prune, save_pruned
from effdash.runs import open_run
from effdash.training.origin import settings_to_go_on
from effdash.training.session import train

from .conftest import figures, plainly, press, said

TRY = "Try with jumpstart, λ = 0.3"


@pytest.fixture(scope="module")
def family(tmp_path_factory, trained):
    """By id: `small`, pruned from `plane`; `tuned`, trained on from that; `longer`, on from `plane`."""
    folder = tmp_path_factory.mktemp("family")
    plane = open_run(shutil.copyfile(trained["plane"], folder / "plane.effdash"))
    smaller, _ = prune(plane.model(), plane.data(), amount=0.4)
    small = open_run(save_pruned(smaller, plane.data(), folder, parent=plane, name="small", run_id="small"))
    for start, name in ((small, "tuned"), (plane, "longer")):
        config = settings_to_go_on(start).model_copy(update={"epochs": 3, "name": name})
        train(config, runs=folder, start=start, run_id=name)
    return folder


@pytest.fixture
def four(shelf, family):
    for path in family.glob("*.effdash"):
        shutil.copyfile(path, shelf.path / path.name)
    return shelf


@pytest.mark.parametrize("page", ["units", "train"])
def test_facts_say_what_it_began_with(visit, four, page):
    tuned = said(visit(page, run="tuned"))
    assert "<dt>began with</dt><dd>weights of small</dd>" in tuned
    assert "3 × 4, relu, pruned" in tuned
    longer = said(visit(page, run="longer"))
    assert "<dt>began with</dt><dd>weights of plane, epoch 6</dd>" in longer
    assert "pruned" not in longer
    assert "began with" not in said(visit(page, run="small"))


def test_the_train_page_counts_its_own_epochs_and_draws_the_network_that_is_left(visit, four):
    app = visit("train", run="tuned")
    assert not app.error
    assert "<span>epoch</span><b>3</b><em>/ 3</em>" in said(app)
    assert {"live map", "curves", "live shares", "decision"} <= figures(app)
    assert "<span>epoch</span><b>0</b><em></em>" in said(visit("train", run="small"))


def test_its_first_epoch_is_not_taken_for_an_untrained_network(visit, four):
    for run in ("tuned", "longer", "small"):
        assert "first step" not in plainly(visit("units", run=run))


@pytest.mark.parametrize("run", ["tuned", "longer"])
def test_a_try_with_jumpstart_begins_with_the_same_weights(visit, four, orders, run):
    orders.answer = "plane"
    press(visit("train", run=run), TRY)
    ((config, _),) = orders.started
    assert config.jumpstart.weight == 0.3
    assert orders.starts == [(run, 0)]


def test_what_was_only_pruned_cannot_be_tried_again(visit, four):
    app = visit("train", run="small")
    assert not [button for button in app.button if button.label == TRY]


def test_beside_its_parent_it_says_what_differs(visit, four):
    app = visit("units", run="tuned", **{"with": "small"})
    assert not app.error
    words = said(app)
    assert "<b>3 epochs, initialisation default" not in words
    assert "<b>weights of small, epoch 0, 3 epochs</b>" in words
    assert "<b>initialisation default, 6 epochs</b>" in words
    assert "finished, epoch 3 of 3" in words
    assert "finished, epoch 0</span>" in words
    assert "Both: moons; 3 × 4, relu, pruned." in plainly(app)


def test_beside_the_run_it_was_pruned_from(visit, four):
    app = visit("units", run="small", **{"with": "plane"})
    words = plainly(app)
    assert "<b>pruned</b>" in words
    assert "<b>not pruned</b>" in words
    assert "Both: moons." in words
    assert "Different networks" in words


def test_the_table_of_runs_names_the_parents(visit, four):
    table = visit("runs").dataframe[0].value.set_index("name")
    assert dict(table["parent"].dropna()) == {"small": "plane", "tuned": "small", "longer": "plane"}
    assert table["network"]["tuned"].endswith("pruned")
