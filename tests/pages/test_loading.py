"""The Load page in each of its states, and what a dropped file becomes."""

import io

import pytest
import torch
from safetensors.torch import save
from streamlit.testing.v1 import AppTest

from effdash.loading import load
from effdash.runs import open_run
from effdash.vocab import UserError
from pages.shared import loading

from .conftest import LONE_SECONDS, again, figures, labels, plainly, press, upload
from .foreign_runs import network

GUESS = "Yes, this is the network"


@pytest.fixture(scope="module", autouse=True)
def imported() -> None:
    """What reads models, before a thread does: the import hook of the tests and streamlit share a parser."""
    with pytest.raises(UserError):
        load("letter.onnx", content=b"Dear effdash")
    load("net.safetensors", content=weights())


@pytest.fixture(autouse=True)
def patient(monkeypatch) -> None:
    """A page waits for its jobs as long as it must."""
    monkeypatch.setattr(loading, "PATIENCE_SECONDS", LONE_SECONDS)


def weights(*, seed: int = 0) -> bytes:
    """Those of a plain stack, as safetensors."""
    return save({name: values.contiguous() for name, values in network(seed=seed).state_dict().items()})


def saved(what: object) -> bytes:
    """As torch pickles it."""
    file = io.BytesIO()
    torch.save(what, file)
    return file.getvalue()


def program() -> bytes:
    """A torch.export program."""
    file = io.BytesIO()
    torch.export.save(torch.export.export(network(), (torch.zeros(1, 2),)), file)
    return file.getvalue()


def select(app: AppTest, label: str, option: str) -> AppTest:
    next(each for each in app.selectbox if each.label == label).select(option)
    return again(app)


def opened(app: AppTest) -> AppTest:
    """Confirms what was guessed, and opens Units."""
    next(box for box in app.checkbox if box.label == GUESS).check()
    press(again(app), "Open in Units")
    assert "map" in figures(app)
    return app


def test_an_empty_page_says_what_would_be_here(visit):
    app = visit("load")
    assert "Here stand the layers that are found in the file" in plainly(app)
    assert len(app.file_uploader) == 1
    assert not labels(app)


def test_the_first_page_has_three_doors(visit, shelf):
    assert {"Train a network", "Load my model", "Watch my own loop"} <= set(labels(visit("runs")))
    assert "Load a model" in plainly(press(visit("runs"), "Load my model"))


def test_a_model_without_data_says_what_is_guessed(visit, shelf):
    app = upload(visit("load"), ("net.safetensors", weights()))
    assert "Guessed:" in plainly(app)
    assert "Choose the data" in plainly(app)
    assert not [each for each in labels(app) if each.startswith("Open")]


def test_a_guess_is_confirmed_before_the_doors_open(visit, shelf):
    app = select(upload(visit("load"), ("net.safetensors", weights())), "Data", "moons")
    assert "is that what you expect?" in plainly(app)
    answers, layers = (each.value for each in app.dataframe)
    assert len(answers) == 5
    assert list(layers["layer"])
    assert set(layers["pruning"]) == {"can lose units"}
    doors = {each.label: each.disabled for each in app.button}
    assert doors["Open in Units"] and doors["Open in Prune"]
    opened(app)
    (path,) = shelf.path.glob("*.effdash")
    assert open_run(path).name == "net"
    assert open_run(path).recorded_epochs == [0]


def test_checkpoints_become_a_film_in_the_order_of_their_names(visit, shelf):
    files = [(f"net-epoch-{epoch}.safetensors", weights(seed=epoch)) for epoch in (10, 2, 0)]
    app = select(upload(visit("load"), *files), "Data", "moons")
    assert "3 checkpoints, epochs 0 to 10; shown is the last." in plainly(app)
    opened(app)
    (path,) = shelf.path.glob("*.effdash")
    assert open_run(path).recorded_epochs == [0, 2, 10]
    assert open_run(path).name == "net"


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        (lambda: [("whole.pt", saved(network()))], "can run any code"),
        (lambda: [("program.pt2", program())], "from the page, bring it as ONNX"),
        (lambda: [("letter.onnx", b"Dear effdash")], "letter.onnx"),
        (lambda: [("a-3.safetensors", weights()), ("b-3.safetensors", weights())], "3"),
    ],
    ids=["a pickle", "a program", "a letter", "one epoch twice"],
)
def test_what_cannot_be_loaded_is_one_sentence(visit, shelf, files, reason):
    (error,) = upload(visit("load"), *files()).error
    assert reason in error.value.replace("\\", "")
    assert "\n" not in error.value
    assert not list(shelf.path.glob("*.effdash"))


def test_no_code_of_a_person_is_run_from_the_page(visit, shelf):
    app = upload(visit("load"), ("net.safetensors", weights()))
    network = app.selectbox(key="architecture")
    network.options.append("package.module:factory")  # which a person types
    network.set_value("package.module:factory")
    (error,) = again(app).error
    assert "use the command line or the library" in error.value.replace("\\", "")


def test_data_that_do_not_fit_are_one_sentence(visit, shelf):
    app = select(upload(visit("load"), ("net.safetensors", weights())), "Data", "iris")
    (error,) = app.error
    assert "4" in error.value and "2" in error.value
