"""Settings that tell the story, by name; the same in the dashboard, the command line and the library."""

from typing import Final, NamedTuple

from effdash.config import (
    Change,
    DataConfig,
    JumpstartConfig,
    NetworkConfig,
    OptimizerConfig,
    RunConfig,
)
from effdash.vocab import UserError


class Preset(NamedTuple):
    """A run worth making, with what to look for in it."""

    label: str
    look_for: str
    config: RunConfig


BORN_DEAD = RunConfig()
DIGITS = DataConfig(name="digits")

PRESETS: Final[dict[str, Preset]] = {
    "born-dead": Preset(
        "Born dead",
        "30 layers of 8 units: more than nine units in ten are dead or linear before the first step, "
        "and the network never leaves chance.",
        BORN_DEAD,
    ),
    "jumpstart": Preset(
        "Jumpstart",
        "The same network with the jumpstart regularizer: it learns, and nothing stays dead or linear.",
        BORN_DEAD.model_copy(update={"jumpstart": JumpstartConfig(weight=0.3)}),
    ),
    "revive": Preset(
        "Revive it yourself",
        "Dead as the first. Turn λ up to 0.3 while it trains and watch the units come back.",
        BORN_DEAD.model_copy(update={"optimizer": OptimizerConfig(schedule="constant"), "epochs": 2000}),
    ),
    "revived": Preset(
        "Revived at epoch 150",
        "Dead for 150 epochs, then λ = 0.3: the units come back, and the network learns.",
        BORN_DEAD.model_copy(
            update={
                "optimizer": OptimizerConfig(schedule="constant"),
                "epochs": 600,
                "changes": (Change(epoch=150, jumpstart=0.3),),
            }
        ),
    ),
    "dies-in-training": Preset(
        "Dies in training",
        "A learning rate ten times too high: it learns for five epochs, then most of its units die.",
        RunConfig(
            data=DIGITS,
            network=NetworkConfig(depth=4, width=64, init="kaiming"),
            optimizer=OptimizerConfig(lr=0.05, schedule="constant"),
            epochs=40,
            batch_size=64,
        ),
    ),
    "linked": Preset(
        "Linked",
        "30 layers of 6 linked units: each sends relu(z) and relu(−z), so none can be dead.",
        RunConfig(network=NetworkConfig(depth=30, width=6, activation="lk-relu", init="kaiming"), epochs=400),
    ),
    "skip-connections": Preset(
        "Skip connections",
        "The dead network with a way around every two layers: it trains, though more than half of its "
        "units stay dead or linear.",
        BORN_DEAD.model_copy(update={"network": NetworkConfig(skip=2)}),
    ),
    "batch-norm": Preset(
        "Batch normalization",
        "The same depth with batch normalization: hardly a dead unit, and still it seldom trains.",
        RunConfig(network=NetworkConfig(init="kaiming", batch_norm=True), epochs=400),
    ),
    "deep": Preset(
        "50 layers",
        "50 layers of 8 units from the articles' initialisation: whole samples die in the last layers.",
        RunConfig(network=NetworkConfig(depth=50, width=8, init="kaiming"), epochs=600),
    ),
    "spirals": Preset(
        "Spirals",
        "Two spirals with jumpstart: watch the decision function wind itself up.",
        RunConfig(data=DataConfig(name="spirals"), jumpstart=JumpstartConfig(weight=0.3), epochs=1000),
    ),
    "digits-wide": Preset(
        "Digits",
        "2 layers of 128 units on handwritten digits: nothing dies, most of it is redundant.",
        RunConfig(
            data=DIGITS,
            network=NetworkConfig(depth=2, width=128),
            optimizer=OptimizerConfig(lr=0.002),
            epochs=40,
            batch_size=128,
        ),
    ),
    "digits-deep": Preset(
        "Digits, deep",
        "8 layers of 32 units on digits: some dead, some linear, most nonlinear.",
        RunConfig(
            data=DIGITS,
            network=NetworkConfig(depth=8, width=32),
            optimizer=OptimizerConfig(lr=0.003),
            epochs=60,
            batch_size=128,
        ),
    ),
    "cnn": Preset(
        "CNN",
        "4 layers of 8 convolutions on digits: a channel is a unit, its positions are looked at together.",
        RunConfig(
            data=DIGITS,
            network=NetworkConfig(name="convolutional", depth=4, width=8, init="kaiming"),
            optimizer=OptimizerConfig(lr=0.003),
            epochs=20,
            batch_size=128,
        ),
    ),
}


def preset(name: str) -> RunConfig:
    """The configuration of a preset.

    Raises:
        UserError: no preset has this name; the message lists those there are.
    """
    if name not in PRESETS:
        raise UserError(f"preset {name!r} is unknown; known are {', '.join(PRESETS)}")
    return PRESETS[name].config
