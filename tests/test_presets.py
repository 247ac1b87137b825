"""The presets are configurations like any other: valid, buildable, and the same through YAML."""

import pytest
import torch

from effdash.config import RunConfig, read_config
from effdash.data import from_config as data_from_config
from effdash.models import from_config as model_from_config
from effdash.presets import PRESETS, preset
from effdash.vocab import UserError


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_valid(name):
    # `model_copy(update=…)` checks nothing, so it is checked here.
    config = preset(name)
    assert RunConfig.model_validate(config.model_dump()) == config


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_comes_back_from_yaml(name, tmp_path):
    (tmp_path / "preset.yaml").write_text(preset(name).to_yaml(), encoding="utf-8")
    assert read_config(tmp_path / "preset.yaml") == preset(name)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_has_data_and_a_network_that_fit(name):
    config = preset(name)
    data = data_from_config(config.data, config.seed)
    model = model_from_config(
        config.network, input_shape=data.input_shape, n_classes=data.n_classes, seed=config.seed
    )
    logits = model(data.X_train[:4])
    assert logits.shape == (4, data.n_classes)
    assert logits.isfinite().all()


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_says_what_to_look_for(name):
    assert PRESETS[name].label
    assert PRESETS[name].look_for.endswith(".")


def test_the_default_run_is_the_born_dead_one():
    assert preset("born-dead") == RunConfig()


def test_the_settings_are_the_measured_ones():
    dead = preset("born-dead")
    assert (dead.data.name, dead.network.depth, dead.network.width, dead.network.init) == (
        "moons",
        30,
        8,
        "default",
    )
    assert (dead.optimizer.name, dead.optimizer.lr, dead.optimizer.schedule) == ("adam", 0.005, "cosine")
    assert (dead.epochs, dead.batch_size, dead.jumpstart.weight) == (800, "full", 0.0)

    saved = preset("jumpstart")
    assert saved.jumpstart.weight == 0.3
    assert saved.model_copy(update={"jumpstart": dead.jumpstart}) == dead

    linked = preset("linked").network
    assert (linked.depth, linked.width, linked.activation, linked.init) == (30, 6, "lk-relu", "kaiming")
    assert preset("skip-connections").network.skip == 2
    assert [(change.epoch, change.jumpstart) for change in preset("revived").changes] == [(150, 0.3)]


def test_born_dead_is_dead_or_linear_before_the_first_step():
    config = preset("born-dead")
    shares = []
    for seed in range(5):
        data = data_from_config(config.data, seed)
        model = model_from_config(config.network, input_shape=(2,), n_classes=2, seed=seed)
        h, status = data.X_train, []
        for number in range(1, 31):
            z = model.get_submodule(f"fc{number}")(h)
            status.append((z.amax(dim=0) <= 0) | (z.amin(dim=0) > 0))
            h = z.relu()
        shares.append(torch.cat(status).float().mean().item())
    assert min(shares) > 0.85
    assert sum(shares) / len(shares) > 0.9


def test_an_unknown_preset_lists_the_known_ones():
    with pytest.raises(UserError, match=r"preset 'dead' is unknown; known are born-dead, jumpstart, .*cnn"):
        preset("dead")
