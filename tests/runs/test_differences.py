"""What differs between the settings of two runs, in words."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effdash.config import (
    Change,
    DataConfig,
    JumpstartConfig,
    NetworkConfig,
    OptimizerConfig,
    RunConfig,
    StartConfig,
)
from effdash.presets import PRESETS
from effdash.runs.differences import Settings, differences, different_samples, titles

NO_CHANGES = pd.DataFrame({"epoch": [], "field": [], "value": []})


def run(config: RunConfig | None = None, *turned: tuple[int, str, float], **fields: object) -> Settings:
    changes = pd.DataFrame(turned, columns=["epoch", "field", "value"]) if turned else NO_CHANGES
    return Settings((config or RunConfig()).model_copy(update=fields), changes)


def preset(name: str) -> Settings:
    return run(PRESETS[name].config)


def test_the_two_runs_of_the_story_differ_in_lambda():
    assert titles(preset("born-dead"), preset("jumpstart")) == ("λ 0", "λ 0.3")


def test_what_is_planned_to_be_turned_is_told():
    assert titles(preset("born-dead"), preset("revived")) == (
        "λ 0, learning rate schedule cosine, 800 epochs",
        "λ 0 → 0.3 at epoch 150, learning rate schedule constant, 600 epochs",
    )


def test_what_was_turned_counts_above_what_was_planned():
    planned = run(changes=(Change(epoch=150, jumpstart=0.3), Change(epoch=200, lr=0.1)))
    turned = run(planned.config, (150, "jumpstart", 1.0), (170, "jumpstart", 0.0))
    assert titles(planned, turned) == ("λ 0 → 0.3 at epoch 150", "λ 0 → 1 at epoch 150 → 0 at epoch 170")


def test_of_many_turns_the_last_is_told():
    turned = run(None, *((epoch, "lr", 0.001 * epoch) for epoch in range(1, 6)))
    expected = "learning rate 0.005, turned 5 times, last to 0.005 at epoch 5"
    assert titles(run(), turned) == ("learning rate 0.005", expected)


def test_what_a_run_began_with_and_whether_it_was_pruned():
    begun = run(start=StartConfig(run="one", epoch=40), epochs=20)
    assert titles(run(), begun) == (
        "initialisation default, 800 epochs",
        "weights of one, epoch 40, 20 epochs",
    )
    assert titles(run(), run()._replace(pruned=True)) == ("not pruned", "pruned")


def test_data_network_and_training():
    wide = run(
        data=DataConfig(name="digits"),
        network=NetworkConfig(width=16, activation="gelu"),
        optimizer=OptimizerConfig(name="sgd", momentum=0.9),
        batch_size=32,
        epochs=1,
    )
    assert titles(run(), wide) == (
        "data moons, width 8, relu, adam, 800 epochs, full batch",
        "data digits, width 16, gelu, sgd, 1 epoch, batches of 32",
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (run(), run(name="another name")),
        (run(), run(data=DataConfig(samples=100, noise=0.1, test_share=0.15, seed=0))),
        (run(), run(network=NetworkConfig(skip=0, batch_norm=False))),
        (run(), run(network=NetworkConfig(match_parameters=True))),
        (run(), run(jumpstart=JumpstartConfig(margin=2.0, unit=False))),
        (run(), run(optimizer=OptimizerConfig(momentum=0.9))),
        (run(), run(checkpoints=3)),
        (
            run(network=NetworkConfig(name="residual")),
            run(network=NetworkConfig(name="residual", skip=2, batch_norm=True)),
        ),
    ],
)
def test_what_has_no_effect_is_no_difference(first, second):
    """Names, defaults spelled out, terms of a jumpstart that is off, the momentum of Adam."""
    assert differences(first, second) == []
    assert titles(first, second) == ("the same settings, seed included",) * 2


def test_the_seed_alone():
    assert titles(run(seed=1), run(seed=2)) == ("the same settings, seed 1", "the same settings, seed 2")


def test_the_seed_of_the_data_alone_is_told():
    first, second = run(), run(data=DataConfig(seed=7))
    assert titles(first, second) == ("data seed 0", "data seed 7")


def test_terms_of_a_jumpstart_that_is_on():
    first = run(jumpstart=JumpstartConfig(weight=0.3))
    second = run(jumpstart=JumpstartConfig(weight=0.3, point=False, margin=0.5))
    assert titles(first, second) == ("margin 1, terms of samples", "margin 0.5, no terms of samples")


def test_names_of_another_version_are_said_as_they_are():
    first = run(data=DataConfig(name="rings"), network=NetworkConfig(name="transformer", activation="mish"))
    assert titles(first, run())[0].startswith("data rings, transformer, mish")


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        (run(), run(epochs=3), None),
        (
            run(),
            run(data=DataConfig(name="digits")),
            "Different data, moons and digits: the statuses are not on the same samples.",
        ),
        (run(), run(seed=3), "Different samples of moons: the statuses are not on the same ones."),
        (run(), run(seed=3, data=DataConfig(seed=0)), None),
        (
            run(),
            run(data=DataConfig(samples=50)),
            "Different samples of moons: the statuses are not on the same ones.",
        ),
    ],
)
def test_statuses_on_different_samples_are_said(first, second, sentence):
    assert different_samples(first.config, second.config) == sentence


@st.composite
def some_settings(draw) -> Settings:
    network = st.builds(
        NetworkConfig,
        name=st.sampled_from(["rectangular", "residual"]),
        width=st.integers(1, 3),
        skip=st.none() | st.integers(0, 2),
        batch_norm=st.none() | st.booleans(),
    )
    jumpstart = st.builds(
        JumpstartConfig, weight=st.sampled_from([0.0, 0.3]), margin=st.sampled_from([1.0, 2.0])
    )
    data = st.builds(
        DataConfig, name=st.sampled_from(["moons", "digits"]), seed=st.none() | st.integers(0, 1)
    )
    return run(
        data=draw(data), network=draw(network), jumpstart=draw(jumpstart), seed=draw(st.integers(0, 1))
    )


@settings(derandomize=True, deadline=None)
@given(some_settings(), some_settings())
def test_differences_are_the_same_seen_from_the_other_side(first, second):
    found = differences(first, second)
    assert [(each.key, each.second, each.first) for each in found] == [
        tuple(each) for each in differences(second, first)
    ]
    assert all(each.first != each.second for each in found)
    assert differences(first, first) == []
