"""Every page in every state of the folder and of the run it shows."""

from types import SimpleNamespace

import pytest

from effdash.vocab import RunState
from pages.shared import live_run, selection

from .conftest import again, figures, labels, plainly, press, said

PAGES = ("runs", "units", "train")
TRY = "Try with jumpstart, λ = 0.3"
UNIT_FIGURES = {
    "epoch",
    "map",
    "shares",
    "samples by layer",
    "band",
    "histogram",
    "glance",
    "confusion",
    "layer band",
    "sample efficiency",
    "sample way",
}
PLANE_FIGURES = {"fold", "sample plane"}
LIVE_FIGURES = {"epoch", "live map", "curves", "live shares", "decision"}


def test_no_run_at_all_is_an_invitation(visit):
    assert "No run yet." in said(visit("runs"))
    units = visit("units")
    assert "Here every unit of a network is a cell" in said(units)
    assert "Train one, or drop a run file" in said(units)
    assert figures(units) == set()
    train = visit("train")
    assert "The run you start is drawn here" in said(train)
    assert labels(train) == ["Train"]


def test_the_invitation_leads_to_training(visit):
    assert "Train" in labels(press(visit("units"), "Train a network"))
    assert "Train" in labels(press(visit("runs"), "Train a network"))


def test_shipped_runs_are_listed_and_can_only_be_looked_at(visit, shipped):
    runs = visit("runs")
    assert list(runs.dataframe[0].value["state"]) == ["example", "example"]
    assert "Open “plane”" in labels(runs)
    assert not {"Delete …", "Save"} & set(labels(runs))
    assert figures(visit("units", run="plane")) == UNIT_FIGURES | PLANE_FIGURES
    assert labels(visit("train", run="plane")) == ["Train", TRY]


def test_own_runs_stand_before_shipped_ones(visit, shelf, shipped):
    shelf.finished("mine")
    table = visit("runs").dataframe[0].value
    assert list(table["state"]) == ["finished", "example", "example"]
    assert "epoch" in figures(visit("units"))


def test_a_finished_run(visit, shelf):
    shelf.finished("done")
    row = visit("runs").dataframe[0].value.iloc[0]
    assert (row["name"], row["data"], row["epochs"], row["state"]) == ("plane", "moons", 6, "finished")
    assert figures(visit("units")) == UNIT_FIGURES | PLANE_FIGURES
    train = visit("train", run="done")
    assert figures(train) == LIVE_FIGURES
    assert "<b>6</b><em>/ 6</em>" in said(train)
    assert labels(train) == ["Train", TRY]


def test_images_show_weights_in_the_first_layer_alone(visit, shelf):
    shelf.finished("done", of="images")
    driving = {"Drives it most", "Drives it least"}
    assert figures(visit("units", layer="conv1", unit=0)) == UNIT_FIGURES | driving | {"weights"}
    assert figures(visit("units", layer="conv2", unit=0)) == UNIT_FIGURES | driving
    assert "decision" not in figures(visit("train", run="done"))


def test_a_running_run_can_be_paused_and_stopped(visit, shelf):
    shelf.running("live")
    assert visit("runs").dataframe[0].value["state"][0] == "running"
    assert figures(visit("units", run="live")) == UNIT_FIGURES | PLANE_FIGURES
    train = visit("train", run="live")
    assert figures(train) == LIVE_FIGURES
    assert labels(train) == ["Train", "Pause", "Stop"]
    assert [dial.label for dial in train.select_slider] == ["Jumpstart λ", "Learning rate"]


def test_a_paused_run_can_go_on_and_step(visit, shelf):
    shelf.paused("held")
    assert visit("runs").dataframe[0].value["state"][0] == "paused"
    assert labels(visit("train", run="held")) == ["Train", "Continue", "Step", "Stop"]


def test_an_interrupted_run_can_be_resumed(visit, shelf, orders):
    path = shelf.interrupted("gone")
    assert visit("runs").dataframe[0].value["state"][0] == "interrupted"
    assert figures(visit("units", run="gone")) == UNIT_FIGURES | PLANE_FIGURES
    train = visit("train", run="gone")
    assert "its trainer is gone" in said(train)
    press(train, "Resume")
    assert orders.resumed == [path]


@pytest.mark.parametrize("page", PAGES)
def test_a_failed_run_says_why_word_for_word(visit, shelf, page):
    message = "the loss is nan at epoch 4: *it* began in fc2 ![x](http://example.org/x.png) <b>$a$ :red[b]"
    shelf.failed(message)
    app = visit(page, run="failed")
    if page == "train":
        assert f"failed: {message}" in plainly(app)
        assert "![x](" not in said(app)


@pytest.mark.parametrize("page", ("units", "train"))
@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("newer", "was made by a newer effdash: its format is 7, and this effdash reads 1"),
        ("truncated", "is damaged or cut short"),
        ("no_run", "is not a run file of effdash"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_another_is_shown(visit, shelf, page, kind, reason):
    path = getattr(shelf, kind)()
    alone = visit(page, run=path.stem)
    assert reason in plainly(alone)
    assert figures(alone) == set()
    shelf.finished("done")
    beside = visit(page, run=path.stem)
    assert reason in plainly(beside)
    assert "epoch" in figures(beside)


@pytest.mark.parametrize("kind", ("newer", "truncated", "no_run"))
def test_the_table_lists_what_cannot_be_read_and_offers_to_delete_it(visit, shelf, kind):
    path = getattr(shelf, kind)()
    app = visit("runs")
    assert app.dataframe[0].value["state"][0] == "cannot be read"
    assert {"newer": "newer effdash", "truncated": "cut short", "no_run": "not a run file"}[kind] in plainly(
        app
    )
    press(app, "Delete …")
    assert "There is no undo." in said(app)
    assert {"Delete", "Keep"} <= set(labels(app))
    assert path.exists()


def test_a_run_without_an_epoch_is_waited_for(visit, shelf):
    writer = shelf.running("live")
    with writer._connection as connection:
        connection.execute("DELETE FROM epoch")
        connection.execute("DELETE FROM quantity")
    for page in ("units", "train"):
        assert "Its first epoch is not recorded yet." in said(visit(page, run="live"))
    writer.state(RunState.INTERRUPTED)
    assert visit("runs").dataframe[0].value["epochs"].isna().all()


@pytest.mark.parametrize("page", ("units", "train"))
@pytest.mark.parametrize("live", (False, True))
def test_a_run_deleted_between_two_reruns_is_one_sentence(visit, shelf, page, live):
    path = shelf.running("one").path if live else shelf.finished("one")
    app = visit(page, run="one")
    path.unlink()
    again(app)
    assert "Run “one” is not here" in said(app) or "No run yet" in said(app)
    assert len(app.error) <= 1


@pytest.mark.parametrize("page", ("units", "train"))
@pytest.mark.parametrize("when", [(False, 1), (False, 2), (True, 1), (True, 2), (True, 3)])
def test_a_run_deleted_while_it_is_drawn_is_one_sentence(visit, shelf, monkeypatch, page, when):
    live, moment = when
    path = shelf.running("one").path if live else shelf.finished("one")
    ask, asked = selection.refreshed, []

    def refreshed(picked):
        asked.append(picked)
        if len(asked) == moment:
            path.unlink()
        return ask(picked)

    monkeypatch.setattr(selection, "refreshed", refreshed)
    app = visit(page, run="one")
    assert len(asked) >= moment
    words = plainly(app)
    assert "is not in" in words or "is not here" in words


@pytest.mark.parametrize("page", PAGES)
def test_names_are_shown_letter_by_letter(visit, shelf, page):
    names = [
        "<script>alert(1)</script><img src=x onerror=alert(2)>",
        "🦄 ünïcode עברית العربية",
        "*stars* _lines_ [link](http://example.org) ![image](http://example.org/a.png) $x$ :red[red] `code`",
        "w" * 200,
    ]
    for number, name in enumerate(names):
        path = shelf.finished(f"run-{number}")
        from effdash.runs import open_run

        run = open_run(path)
        run.rename(name)
        run.set_note(name)
        app = visit(page, run=f"run-{number}")
        shown = said(app)
        assert "<script>" not in shown
        assert "![image](" not in shown
        for button in labels(app):
            assert "](http" not in button
            assert len(button) < 150


def test_a_dial_that_stands_where_it_stood_turns_nothing_as_a_run_ends(monkeypatch):
    sent = []
    monkeypatch.setattr(live_run.st, "session_state", {"rate": 0.003, "other": 0.01})
    monkeypatch.setattr(live_run, "_send", lambda picked, *command: sent.append(command))
    ended = SimpleNamespace(run=SimpleNamespace(state=RunState.FINISHED), base_value=lambda command: 0.003)
    live_run._turn(ended, "lr", "rate")
    assert sent == []
    live_run._turn(ended, "lr", "other")
    ended.run.state = RunState.RUNNING
    live_run._turn(ended, "lr", "rate")
    assert sent == [("lr", 0.01), ("lr", 0.003)]
