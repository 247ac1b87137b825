"""What the sidebar picks, and what it shows of a run that goes on."""

import numpy as np
import pytest

from effdash.runs import RunFolder, open_run
from effdash.vocab import Split, UserError
from pages.shared import readers, selection, sidebar
from pages.shared.selection import Picked
from pages.shared.view import View

from .conftest import again, figures, said


def picked_of(run, epoch=None, split=Split.TRAIN) -> Picked:
    view = View(run.id, epoch, None, None, split)
    epochs = np.array(run.recorded_epochs)
    return Picked(run, run.state, readers.Version.of(run), epochs, epoch, split, view)


def test_runs_of_one_name_and_minute_can_be_told_apart(visit, shelf):
    for run_id in ("one", "two", "three"):
        shelf.finished(run_id)
    labels = sidebar.labels_of(RunFolder(shelf.path).list())
    assert len(set(labels.values())) == 3
    for run_id in ("two", "three", "one"):
        app = visit("units", run="one")
        app.sidebar.selectbox[0].select(labels[run_id])
        again(app)
        assert app.query_params["run"] == run_id
        assert app.sidebar.selectbox[0].value == run_id


def test_another_run_is_shown_at_its_last_epoch_and_without_a_unit(visit, shelf):
    shelf.finished("one")
    shelf.finished("two", of="images")
    app = visit("train", run="one", epoch=3, layer="fc1", unit=2, split="test")
    assert "<b>3</b><em>/ 6</em>" in said(app)
    label = next(option for option in app.sidebar.selectbox[0].options if option.startswith("images"))
    app.sidebar.selectbox[0].select(label)
    again(app)
    assert "<b>2</b><em>/ 2</em>" in said(app)
    assert dict(app.query_params) == {"run": "two", "split": "test"}


def test_back_and_forth_between_two_runs(visit, shelf):
    shelf.finished("one")
    shelf.finished("two", of="images")
    app = visit("units", run="one")
    for run_id in ("two", "one", "two", "one"):
        options = app.sidebar.selectbox[0].options
        start = "plane" if run_id == "one" else "images"
        app.sidebar.selectbox[0].select(next(option for option in options if option.startswith(start)))
        again(app)
        assert app.query_params["run"] == run_id
        assert app.sidebar.selectbox[0].value == run_id


def test_the_split_goes_into_the_address_and_back(visit, shelf):
    shelf.finished("one")
    app = visit("train", run="one", epoch=2)
    for split in ("test", "train", "test"):
        app.segmented_control[0].set_value(split)
        again(app)
        assert app.query_params["split"] == split
        assert f"dead on {split}" in said(app)
        assert app.segmented_control[0].value == split
        assert "<b>2</b><em>/ 6</em>" in said(app)


def test_an_epoch_between_two_recorded_ones_is_the_one_before(shelf):
    run = open_run(shelf.finished("one"))
    picked = picked_of(run)
    assert [picked.nearest(epoch) for epoch in (-5, 0, 3, 6, 99)] == [0, 0, 3, 6, 6]


def test_what_is_new_in_the_file_is_seen_with_the_next_look(visit, shelf, monkeypatch):
    writer = shelf.running("live")
    run = open_run(writer.path)
    monkeypatch.setattr(selection, "current_view", lambda: View("live", None, "fc2", 1, Split.TEST))
    before = selection.refreshed(picked_of(run))
    assert (before.epoch, before.shown_epoch, before.split, before.view.layer) == (None, 6, Split.TEST, "fc2")
    assert before.base_value("jumpstart") == 0.0
    writer.change(7, "jumpstart", 0.3)
    writer.change(7, "lr", 0.01)
    after = selection.refreshed(before)
    assert after.version != before.version
    assert (after.base_value("jumpstart"), after.base_value("lr")) == (0.3, 0.01)
    writer.path.unlink()
    with pytest.raises(UserError, match="is not in"):
        selection.refreshed(after)


def test_a_run_that_takes_the_place_of_a_deleted_one_shows_its_own_data(visit, shelf):
    """Caches go by the run's name, and names come again."""
    shelf.finished("same")
    assert "fold" in figures(visit("units", run="same"))
    RunFolder(shelf.path).delete("same")
    shelf.finished("same", of="images")
    assert "weights" in figures(visit("units", run="same"))
