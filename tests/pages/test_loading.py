"""The Load page in each of its states, and what a dropped file becomes."""

import io
import time

import pytest
import torch
from safetensors.torch import save
from streamlit.testing.v1 import AppTest

from effdash.loading import load
from effdash.runs import open_run
from effdash.vocab import UserError

from .conftest import again, figures, labels, plainly, press
from .foreign_runs import network

GUESS = "Yes, this is the network"
CSV = "a,b,kind\n" + "".join(
    f"{n / 7:.3f},{(n * n) % 5},{'even' if n % 2 == 0 else 'odd'}\n" for n in range(40)
)
PATIENCE = 30


@pytest.fixture(scope="module", autouse=True)
def imported() -> None:
    """What reads models, before a thread does: the import hook of the tests and streamlit share a parser."""
    with pytest.raises(UserError):
        load("letter.onnx", content=b"Dear effdash")
    load("net.safetensors", content=weights())


def upload(app: AppTest, *files: tuple[str, bytes], place: int = 0) -> AppTest:
    """Drops files on the uploader in this place of the page, together."""
    app.file_uploader[place].set_value(
        [(name, content, "application/octet-stream") for name, content in files]
    )
    return again(app)


def until(app: AppTest, words: str) -> AppTest:
    """Runs the page again, as its own polling does, until it says this."""
    deadline = time.monotonic() + PATIENCE
    while words not in plainly(app):
        assert time.monotonic() < deadline, plainly(app)
        time.sleep(0.1)
        again(app)
    return app


def weights(*, seed: int = 0) -> bytes:
    """Those of a plain stack, as safetensors."""
    return save({name: values.contiguous() for name, values in network(seed=seed).state_dict().items()})


def whole_module() -> bytes:
    """A pickle of a network."""
    file = io.BytesIO()
    torch.save(network(), file)
    return file.getvalue()


def choose(app: AppTest, data: str) -> AppTest:
    next(each for each in app.selectbox if each.label == "Data").select(data)
    return again(app)


def test_an_empty_page_says_what_would_be_here(visit):
    app = visit("load")
    assert "Here stand the layers that are found in the file" in plainly(app)
    assert len(app.file_uploader) == 1
    assert not labels(app)


def test_the_first_page_has_three_doors(visit, shelf):
    assert {"Train a network", "Load my model", "Watch my own loop"} <= set(labels(visit("runs")))
    assert "Load a model" in plainly(press(visit("runs"), "Load my model"))


def test_a_model_without_data_says_what_is_guessed(visit, shelf):
    app = until(upload(visit("load"), ("net.safetensors", weights())), "Guessed:")
    assert "Choose the data" in plainly(app)
    assert not [each for each in labels(app) if each.startswith("Open")]


def test_a_guess_is_confirmed_before_the_doors_open(visit, shelf):
    app = upload(visit("load"), ("net.safetensors", weights()))
    app = until(choose(app, "moons"), "is that what you expect?")
    assert list(app.dataframe[1].value["layer"]) and "can lose units" in set(
        app.dataframe[1].value["pruning"]
    )
    assert len(app.dataframe[0].value) == 5
    doors = {each.label: each.disabled for each in app.button}
    assert doors["Open in Units"] and doors["Open in Prune"]
    next(box for box in app.checkbox if box.label == GUESS).check()
    again(app)
    press(app, "Open in Units")
    deadline = time.monotonic() + PATIENCE
    while "map" not in figures(app):
        assert time.monotonic() < deadline
        again(app)
    (path,) = shelf.path.glob("*.effdash")
    assert open_run(path).name == "net"
    assert open_run(path).recorded_epochs == [0]


def test_checkpoints_become_a_film_in_the_order_of_their_names(visit, shelf):
    files = [(f"net-epoch-{epoch}.safetensors", weights(seed=epoch)) for epoch in (10, 2, 0)]
    app = until(choose(upload(visit("load"), *files), "moons"), "is that what you expect?")
    assert "3 checkpoints, epochs 0 to 10; shown is the last." in plainly(app)
    next(box for box in app.checkbox if box.label == GUESS).check()
    press(again(app), "Open in Units")
    deadline = time.monotonic() + PATIENCE
    while "map" not in figures(app):
        assert time.monotonic() < deadline
        again(app)
    (path,) = shelf.path.glob("*.effdash")
    assert open_run(path).recorded_epochs == [0, 2, 10]
    assert open_run(path).name == "net"


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ([("whole.pt", whole_module())], "can run any code"),
        ([("letter.onnx", b"Dear effdash")], "letter.onnx"),
        ([("a-3.safetensors", weights()), ("b-3.safetensors", weights())], "3"),
    ],
)
def test_what_cannot_be_loaded_is_one_sentence(visit, shelf, files, reason):
    app = upload(visit("load"), *files)
    deadline = time.monotonic() + PATIENCE
    while not app.error:
        assert time.monotonic() < deadline, plainly(app)
        again(app)
    (error,) = app.error
    assert reason in error.value.replace("\\", "")
    assert "\n" not in error.value
    assert not list(shelf.path.glob("*.effdash"))


def test_data_that_do_not_fit_are_one_sentence(visit, shelf):
    app = choose(upload(visit("load"), ("net.safetensors", weights())), "iris")
    deadline = time.monotonic() + PATIENCE
    while not app.error:
        assert time.monotonic() < deadline, plainly(app)
        again(app)
    (error,) = app.error
    assert "4" in error.value and "2" in error.value


def test_own_data_are_looked_at_and_trained_on(visit, shelf, orders):
    shelf.finished("done")
    app = visit("train")
    next(each for each in app.selectbox if each.label == "Data").select("own file …")
    again(app)
    assert "no file of your own is there yet" in plainly(press(app, "Train"))
    app = until(upload(app, ("things.csv", CSV.encode())), "Samples by class")
    (label,) = [each for each in app.selectbox if each.label == "Column of the classes"]
    assert label.value == "kind"
    assert list(app.dataframe[0].value.columns) == ["a", "b", "kind"]
    assert "even" in plainly(app) and "50 %" in plainly(app)
    press(app, "Train")
    ((config, _),) = orders.started
    (data,) = orders.data
    assert config.data.name == "things" and config.name == "things 30 × 8"
    assert data.class_names == ("even", "odd") and data.feature_names == ("a", "b")


def test_missing_values_are_asked_about(visit, shelf, orders):
    shelf.finished("done")
    app = visit("train")
    next(each for each in app.selectbox if each.label == "Data").select("own file …")
    again(app)
    holes = CSV.replace("0.143,1", ",1", 1)
    app = until(upload(app, ("holes.csv", holes.encode())), "Samples by class")
    assert "missing" in app.warning[0].value
    press(app, "Train")
    assert len(app.error) == 1 and not orders.started
    next(each for each in app.selectbox if each.label == "Missing values are").select("drop")
    press(again(app), "Train")
    assert not app.warning
    assert len(orders.data[0].X_train) + len(orders.data[0].X_test) == 39


def test_an_empty_file_is_one_sentence(visit, shelf):
    shelf.finished("done")
    app = visit("train")
    next(each for each in app.selectbox if each.label == "Data").select("own file …")
    app = upload(again(app), ("nothing.csv", b""))
    deadline = time.monotonic() + PATIENCE
    while not app.error:
        assert time.monotonic() < deadline
        again(app)
    assert "nothing.csv" in plainly(app)


def test_a_watched_loop_is_waited_for_and_opened(visit, shelf):
    from .foreign_runs import plane, watched

    shelf.finished("done")
    app = press(visit("runs"), "Watch my own loop")
    (code,) = app.code
    assert str(shelf.path) in code.value
    assert "Waiting for the first epoch of a new run" in plainly(app)
    run = watched(shelf.path, plane())
    again(app)
    assert dict(app.query_params)["run"] == run or dict(app.query_params)["run"] == [run]
    assert "map" in figures(app)


def test_the_wait_can_be_closed(visit, shelf):
    app = press(press(visit("runs"), "Watch my own loop"), "Close")
    assert not app.code


def test_the_form_of_own_data_knows_no_samples_of_its_own(visit, shelf):
    app = visit("train")
    next(each for each in app.selectbox if each.label == "Data").select("own file …")
    again(app)
    assert "Samples" not in [each.label for each in app.number_input]
