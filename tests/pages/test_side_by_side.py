"""Two runs beside each other on the Units page, and how one gets there from the others."""

import shutil
from dataclasses import replace

import pytest

from effdash.config import NetworkConfig, RunConfig
from effdash.runs import open_run
from effdash.training.session import train
from effdash.vocab import Split
from pages.shared import readers, selection, sidebar
from pages.shared.view import View

from .conftest import again, figures, labels, plainly, press, said, tamper

SIDES = ("left", "right")
PAIR = {"epoch", *(f"{kind} {side}" for kind in ("map", "band", "shares", "curves") for side in SIDES)}
TRY = "Try with jumpstart, λ = 0.3"


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """A run on moons as `plane`, but wider, shorter and with jumpstart: epochs 0 to 3."""
    config = RunConfig(name="wider", network=NetworkConfig(depth=2, width=6), epochs=3, device="cpu", seed=1)
    return train(config, runs=tmp_path_factory.mktemp("other"), run_id="wider").path


@pytest.fixture
def two(shelf, other):
    """A shelf with the runs `done` (plane) and `wider`."""
    shelf.finished("done")
    shutil.copyfile(other, shelf.path / "wider.effdash")
    return shelf


def address(app) -> dict[str, str]:
    return {key: value[0] if isinstance(value, list) else value for key, value in app.query_params.items()}


def second_picker(app):
    return next(box for box in app.sidebar.selectbox if box.label == "Beside it")


def test_both_are_shown_with_what_differs_as_titles(visit, two):
    app = visit("units", run="done", **{"with": "wider"})
    assert figures(app) == PAIR
    assert not app.warning
    assert not app.error
    words = said(app)
    assert "<h2>plane</h2>" in words
    assert "<h2>wider</h2>" in words
    assert "<b>depth 3, width 4, 6 epochs, seed 0</b>" in words
    assert "<b>depth 2, width 6, 3 epochs, seed 1</b>" in words
    assert "finished, epoch 6 of 6" in words
    assert "Different samples of moons" in plainly(app)
    assert "Different networks: units of one name share nothing else." in plainly(app)


def test_what_is_the_same_is_said(visit, shelf):
    shelf.finished("one")
    shelf.finished("two")
    app = visit("units", run="one", **{"with": "two"})
    assert said(app).count("<b>the same settings, seed included</b>") == 2
    assert "Both: moons; 3 × 4, relu." in plainly(app)
    assert "Different" not in said(app)


def test_different_data_are_said_in_a_sentence(visit, shelf):
    shelf.finished("one")
    shelf.finished("pictures", of="images")
    app = visit("units", run="one", **{"with": "pictures"})
    assert figures(app) >= PAIR - {"band right"}
    assert "Different data, moons and digits: the statuses are not on the same samples." in plainly(app)


def test_the_slider_has_the_epochs_of_both_and_each_shows_the_nearest(two):
    runs = {name: open_run(two.path / f"{name}.effdash") for name in ("done", "wider")}
    view = View("done", 5, None, None, Split.TRAIN, "wider")
    first, second = (selection.as_picked(run, view) for run in runs.values())
    pair = replace(first, beside=second)
    assert list(pair.slider_epochs) == [0, 1, 2, 3, 4, 5, 6]
    assert (pair.slider_epoch, first.shown_epoch, second.shown_epoch) == (5, 5, 3)


def test_an_epoch_of_the_longer_run_alone_is_a_known_one(visit, two):
    app = visit("units", run="wider", epoch=5, **{"with": "done"})
    assert "was not recorded" not in said(app)
    assert "Epoch 9 was not recorded; this is epoch 6." in plainly(
        visit("units", run="wider", epoch=9, **{"with": "done"})
    )


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ("nowhere", "Run “nowhere” is not here; this is one run alone."),
        ("![x](http://example.org/x.png)", "is not here; this is one run alone."),
        ("x" * 3000, "is not here; this is one run alone."),
        ("", "is not here; this is one run alone."),
        ("done", "A run does not stand beside itself; this is one run alone."),
        ("newer", "was made by a newer effdash"),
        ("short", "is damaged or cut short"),
        ("letter", "is not a run file of effdash"),
    ],
)
def test_a_second_run_that_cannot_be_is_one_sentence(visit, two, wanted, sentence):
    two.newer()
    two.truncated()
    two.no_run()
    app = visit("units", run="done", **{"with": wanted})
    assert "map" in figures(app)
    assert "map left" not in figures(app)
    complaints = [*app.warning, *app.error]
    assert len(complaints) == 1
    assert sentence in complaints[0].value.replace("\\", "")
    assert "![x](" not in said(app)
    second_picker(app).set_value("wider · " + second_label(app, "wider"))
    assert figures(again(app)) == PAIR
    assert address(app)["with"] == "wider"


def second_label(app, name: str) -> str:
    label = next(option for option in second_picker(app).options if option.startswith(name))
    return label.removeprefix(f"{name} · ")


def test_a_second_run_without_an_epoch_is_waited_for(visit, two):
    writer = two.running("young")
    with writer._connection as connection:
        connection.execute("DELETE FROM epoch")
        connection.execute("DELETE FROM quantity")
    app = visit("units", run="done", **{"with": "young"})
    assert "map" in figures(app)
    assert "The first epoch of “plane" in plainly(app)
    assert "is not recorded yet" in said(app)


def test_a_second_run_of_somebody_s_own_network_is_told_by_its_data_and_its_network(visit, two):
    tamper(two.path / "wider.effdash", "UPDATE run SET config = NULL")
    app = visit("units", run="done", **{"with": "wider"})
    assert figures(app) == PAIR
    assert not app.error
    assert "own data; own, " in plainly(app)
    assert "Different networks: units of one name share nothing else." in plainly(app)


@pytest.mark.parametrize("live", (False, True))
def test_a_second_run_deleted_between_two_reruns_is_one_sentence(visit, two, live):
    path = two.running("third").path if live else two.finished("third")
    app = visit("units", run="done", **{"with": "third"})
    assert figures(app) == PAIR
    path.unlink()
    again(app)
    assert "map" in figures(app)
    assert "Run “third” is not here; this is one run alone." in app.warning[0].value


@pytest.mark.parametrize("moment", (1, 2))
def test_a_second_run_deleted_while_it_is_drawn_is_one_sentence(visit, two, monkeypatch, moment):
    ask, asked = selection.refreshed, []

    def refreshed(picked):
        asked.append(picked)
        if len(asked) == moment:
            (two.path / "wider.effdash").unlink()
        return ask(picked)

    monkeypatch.setattr(selection, "refreshed", refreshed)
    app = visit("units", run="done", **{"with": "wider"})
    assert len(asked) >= moment
    assert "map" in figures(app)
    assert "is not here; this is one run alone" in plainly(app)


def test_picking_clearing_swapping_and_closing(visit, two):
    app = visit("units", run="done", epoch=2, layer="fc1", unit=1)
    assert second_picker(app).value is None
    assert second_picker(app).options == [f"wider · {second_label(app, 'wider')}"]
    second_picker(app).select_index(0)
    again(app)
    view = {"run": "done", "with": "wider", "epoch": "2", "layer": "fc1", "unit": "1"}
    assert address(app) == view
    press(app, "Swap")
    assert address(app) == {**view, "run": "wider", "with": "done"}
    assert said(app).index("<h2>wider</h2>") < said(app).index("<h2>plane</h2>")
    press(app, "Close the second")
    assert address(app) == {"run": "wider", "epoch": "2", "layer": "fc1", "unit": "1"}
    assert "map" in figures(app)
    second_picker(app).select_index(0)
    again(app)
    second_picker(app).set_value(None)
    again(app)
    assert "with" not in address(app)


def test_another_first_run_keeps_the_second_and_the_second_as_first_changes_places(visit, two):
    two.finished("third")
    app = visit("units", run="done", **{"with": "wider"})

    def first(run_id: str) -> None:
        labels = sidebar.labels_of(readers.list_runs())
        app.sidebar.selectbox[0].select(labels[run_id])
        again(app)

    first("third")
    assert address(app) == {"run": "third", "with": "wider"}
    first("wider")
    assert address(app) == {"run": "wider", "with": "third"}
    assert figures(app) == PAIR


def test_the_second_goes_along_to_other_pages_and_back(visit, two):
    app = visit("units", run="done", epoch=2, **{"with": "wider"})
    app.switch_page("pages/explore/train.py").run()
    assert not app.exception
    assert address(app)["with"] == "wider"
    assert [box.label for box in app.sidebar.selectbox] == ["Run"]
    press(app, "Side by side")
    assert figures(app) == PAIR
    assert address(app) == {"run": "done", "with": "wider", "epoch": "2"}


def test_a_run_that_is_opened_stands_alone(visit, two):
    app = visit("runs", run="done", epoch=2, **{"with": "wider"})
    press(app, next(label for label in labels(app) if label.startswith("Open “")))
    assert set(address(app)) == {"run"}
    assert "map" in figures(app)


def test_from_the_table_to_both(visit, two):
    app = visit("runs")
    opened = next(label for label in labels(app) if label.startswith("Open “"))
    first, second = ("wider", "done") if "wider" in opened else ("done", "wider")
    picker = next(box for box in app.selectbox if box.label.endswith("beside"))
    assert len(picker.options) == 1
    picker.select_index(0)
    again(app)
    assert address(app) == {"run": first, "with": second}
    assert figures(app) == PAIR
    app.switch_page("pages/explore/runs.py").run()
    assert not app.exception
    assert opened in labels(app)


def test_a_lone_run_has_nothing_to_stand_beside(visit, shelf):
    shelf.finished("done")
    assert not [box for box in visit("runs").selectbox if box.label.endswith("beside")]
    assert [box.label for box in visit("units").sidebar.selectbox] == ["Run"]


def test_a_unit_is_told_in_both_where_both_have_it(visit, two):
    both = visit("units", run="done", layer="fc2", unit=1, **{"with": "wider"})
    assert said(both).count("<h2>fc2 · 1</h2>") == 2
    one = visit("units", run="done", layer="fc3", unit=1, **{"with": "wider"})
    assert said(one).count("<h2>fc3 · 1</h2>") == 1
    assert "“fc3 · 1” is not a unit of this network." in plainly(one)
    assert figures(one) == PAIR - {"band right"}
    second = visit("units", run="done", layer="fc1", unit=5, **{"with": "wider"})
    assert figures(second) == PAIR - {"band left"}
    none = visit("units", run="done", layer="<b>", unit=5, **{"with": "wider"})
    assert "is not a unit of these networks; this is another one." in none.warning[0].value
    assert figures(none) == PAIR


def test_the_whole_card_is_a_step_away(visit, two):
    app = visit("units", run="done", epoch=2, layer="fc1", unit=5, **{"with": "wider"})
    press(app, "Whole card in “wider”")
    assert address(app) == {"run": "wider", "epoch": "2", "layer": "fc1", "unit": "5"}
    assert "fold" in figures(app)


def test_a_run_that_trains_can_be_steered_from_there(visit, two):
    two.running("live")
    app = visit("units", run="done", **{"with": "live"})
    assert figures(app) == PAIR
    (steer,) = (label for label in labels(app) if label.startswith("Steer"))
    press(app, steer)
    assert address(app) == {"run": "live", "with": "done"}
    assert "Pause" in labels(app)


def test_a_try_with_jumpstart_opens_both(visit, two, orders):
    orders.answer = "wider"
    app = press(visit("train", run="done", epoch=2), TRY)
    assert address(app) == {"run": "wider", "with": "done"}
    assert figures(app) == PAIR


def test_hostile_names_are_shown_letter_by_letter(visit, two):
    names = [
        "<script>alert(1)</script><img src=x onerror=alert(2)>",
        "🦄 ünïcode עברית العربية",
        "*stars* [link](http://example.org) ![image](http://example.org/a.png) $x$ :red[red] `code`",
        "w" * 200,
    ]
    for name in names:
        open_run(two.path / "wider.effdash").rename(name)
        for query in ({"run": "done", "with": "wider"}, {"run": "wider", "with": "done"}):
            app = visit("units", **query)
            assert figures(app) == PAIR
            assert "<script>" not in said(app)
            assert all("![image](" not in each.value for each in (*app.markdown, *app.caption, *app.warning))
            assert all("](http" not in label and len(label) < 150 for label in labels(app))
