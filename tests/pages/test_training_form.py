"""The form holds exactly a configuration, and starts nothing that cannot be."""

import pytest
import streamlit as st

from effdash.config import DataConfig, JumpstartConfig, NetworkConfig, OptimizerConfig, RunConfig, build
from effdash.presets import PRESETS
from effdash.vocab import UserError
from pages.shared import training_form
from pages.shared.training_form import SHOWN_PRESETS, chosen_config, fill, read

from .conftest import again, plainly, press, said

OTHERS = {
    "every part is another": RunConfig(
        data=DataConfig(name="xor", samples=77, noise=0.25, seed=5),
        network=NetworkConfig(
            name="residual",
            depth=4,
            width=9,
            activation="lk-selu",
            init="glorot",
            match_parameters=True,
            skip=0,
        ),
        jumpstart=JumpstartConfig(
            weight=0.7, schedule="cosine", sign_balance=0.25, aggregation="norm", point=False, margin=-0.5
        ),
        optimizer=OptimizerConfig(name="sgd", lr=1e-7, schedule="constant", weight_decay=0.125, momentum=0.9),
        epochs=7,
        batch_size=3,
        device="cpu",
        seed=11,
        checkpoints=2,
    ),
    "batch normalization is off, not left out": RunConfig(network=NetworkConfig(batch_norm=False)),
}


@pytest.fixture
def state(monkeypatch) -> dict:
    """The session's state, empty."""
    held: dict = {}
    monkeypatch.setattr(st, "session_state", held)
    return held


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_through_the_form_is_the_preset(state, name):
    config = PRESETS[name].config
    fill(config)
    assert build(RunConfig, {**read(), "changes": config.changes}) == config


@pytest.mark.parametrize("config", OTHERS.values(), ids=OTHERS)
def test_every_field_goes_through_the_form(state, config):
    fill(config)
    assert build(RunConfig, read()) == config


@pytest.mark.parametrize("name", SHOWN_PRESETS)
def test_a_preset_as_it_is_has_its_name(state, name):
    state["preset"] = name
    fill(PRESETS[name].config)
    assert chosen_config(read()).name == PRESETS[name].label


def test_what_was_changed_is_named_after_what_it_is(state):
    fill(RunConfig())
    state["form network.width"] = 9
    assert chosen_config(read()).name == "moons 30 × 9"
    state["form jumpstart.weight"] = 0.25
    assert chosen_config(read()).name == "moons 30 × 9, λ 0.25"


def test_samples_and_noise_are_the_toy_sets_own(state):
    fill(RunConfig(data=DataConfig(samples=50, noise=0.3)))
    state["form data.name"] = "digits"
    assert build(RunConfig, read()).data == DataConfig(name="digits")


@pytest.mark.parametrize(("text", "size"), [("full", "full"), (" 16 ", 16), ("1", 1), ("007", 7)])
def test_a_batch_size_is_a_number_or_full(state, text, size):
    fill(RunConfig())
    state["form batch_size"] = text
    assert chosen_config(read()).batch_size == size


BAD = {
    "batch_size": ["x", "", "0", "-3", "1.5", "²", "9" * 5000, "<b>", None],
    "optimizer.lr": [0.0, None],
    "jumpstart.weight": [None],
    "epochs": [None, 2_000_000],
    "network.depth": [None],
    "seed": [2**40, None],
    "data.samples": [2_000_000],
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field in BAD for value in BAD[field]])
def test_what_cannot_be_is_one_sentence(state, field, value):
    fill(RunConfig())
    state[f"form {field}"] = value
    with pytest.raises(UserError) as caught:
        chosen_config(read())
    assert str(caught.value).startswith(f"{field} = ")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_train_starts_what_the_form_holds_and_turns_to_it(visit, shelf, orders):
    shelf.finished("done")
    shelf.finished("fresh")
    orders.answer = "fresh"
    app = press(visit("train", run="done", epoch=2, layer="fc1", unit=1, split="test"), "Train")
    assert [config for config, _ in orders.started] == [RunConfig(name="Born dead")]
    assert dict(app.query_params) == {"run": "fresh", "split": "test"}
    assert "<b>6</b><em>/ 6</em>" in said(app)
    assert not app.expander[0].proto.expanded


@pytest.mark.parametrize("name", SHOWN_PRESETS)
def test_every_preset_can_be_started(visit, shelf, orders, name):
    shelf.finished("done")
    app = visit("train")
    app.pills[0].set_value(name)
    again(app)
    assert PRESETS[name].look_for in said(app)
    press(app, "Train")
    preset = PRESETS[name]
    assert orders.started == [
        (preset.config.model_copy(update={"name": preset.label}), 20.0 if name == "revive" else None)
    ]


def test_what_was_typed_is_trained(visit, shelf, orders):
    shelf.finished("done")
    app = visit("train")
    app.number_input(key="form network.depth").set_value(4)
    app.selectbox(key="form data.name").select("iris")
    app.text_input(key="form batch_size").set_value("16")
    again(app)
    app.number_input(key="form epochs").set_value(3)
    again(app)
    press(app, "Train")
    config, _ = orders.started[0]
    assert (config.network.depth, config.data.name, config.batch_size, config.epochs) == (4, "iris", 16, 3)


def test_what_was_typed_survives_a_visit_to_another_page(visit, shelf):
    shelf.finished("done")
    app = visit("train")
    app.number_input(key="form network.depth").set_value(4)
    again(app)
    app.switch_page("pages/explore/units.py")
    again(app)
    app.switch_page("pages/explore/train.py")
    again(app)
    assert app.number_input(key="form network.depth").value == 4


@pytest.mark.parametrize("text", ["x", "<b>![x](http://example.org/x.png)"])
def test_a_refused_text_starts_nothing(visit, shelf, orders, text):
    app = visit("train")
    app.text_input(key="form batch_size").set_value(text)
    press(again(app), "Train")
    assert orders.started == []
    assert len(app.error) == 1
    assert plainly(app).startswith("batch_size = ")
    assert "![x](" not in app.error[0].value


def test_a_refused_number_starts_nothing(visit, shelf, orders):
    app = visit("train")
    app.number_input(key="form optimizer.lr").set_value(0.0)
    press(again(app), "Train")
    assert orders.started == []
    assert "optimizer.lr = 0.0: input should be greater than 0" in plainly(app)
    app.number_input(key="form optimizer.lr").set_value(0.01)
    press(again(app), "Train")
    assert not app.error
    assert len(orders.started) == 1


def test_what_the_trainer_refuses_is_said_and_what_was_shown_stays(visit, shelf, orders):
    shelf.finished("done")
    orders.answer = UserError("network 'residual' needs images: moons has 2 features")
    app = press(visit("train", run="done", epoch=2), "Train")
    assert "network 'residual' needs images: moons has 2 features" in plainly(app)
    assert dict(app.query_params) == {"run": "done", "epoch": "2"}
    assert "<b>2</b><em>/ 6</em>" in said(app)
    assert not again(app).error


def test_devices_are_those_of_this_machine():
    assert training_form.devices()[:2] == ["auto", "cpu"]
