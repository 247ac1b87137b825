"""What differs between the settings of two runs, in words."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import pandas as pd

from effdash.config import DataConfig, JumpstartConfig, NetworkConfig, OptimizerConfig, RunConfig
from effdash.data import DATASETS
from effdash.models import ACTIVATIONS, NETWORKS
from effdash.vocab import JUMPSTART, LEARNING_RATE

MOST_TURNS: Final = 2
"""Of more turns than these only the last is told."""

SEED: Final = "seed"
DATA_SEED: Final = "data.seed"
SWITCHES: Final = {
    "unit": "terms of units",
    "point": "terms of samples",
    "positive": "terms against dead",
    "negative": "terms against linear",
}


class Difference(NamedTuple):
    """One setting of two runs in words: `λ 0` and `λ 0.3`."""

    key: str
    first: str
    second: str


class Settings(NamedTuple):
    """What a run was started with, and what was turned while it trained."""

    config: RunConfig
    changes: pd.DataFrame
    """Columns `epoch`, `field`, `value`, as `Run.changes` gives them."""
    pruned: bool = False
    """Whether the network is a pruned one, which the configuration does not describe."""


def differences(first: Settings, second: Settings) -> list[Difference]:
    """What differs and has an effect, data first.

    A value that was left to the data set or the architecture counts as what these have. What has a meaning in
    one of the two alone, such as the margin of a jumpstart that is off in the other, is left out.
    """
    one, other = in_words(first), in_words(second)
    if first.config.data.seed is None and second.config.data.seed is None:
        del one[DATA_SEED], other[DATA_SEED]
    shared = [key for key in one if key in other]
    return [Difference(key, one[key], other[key]) for key in shared if one[key] != other[key]]


def titles(first: Settings, second: Settings) -> tuple[str, str]:
    """What to call each of two runs: its settings where they differ from the other's."""
    found = differences(first, second)
    if not found:
        return ("the same settings, seed included",) * 2
    lead = "the same settings, " if [each.key for each in found] == [SEED] else ""
    return lead + ", ".join(each.first for each in found), lead + ", ".join(each.second for each in found)


def different_samples(first: RunConfig, second: RunConfig) -> str | None:
    """A sentence, where the two runs see different samples."""
    if first.data.name != second.data.name:
        names = f"{first.data.name} and {second.data.name}"
        return f"Different data, {names}: the statuses are not on the same samples."
    if dict(_data(first)) != dict(_data(second)):
        return f"Different samples of {first.data.name}: the statuses are not on the same ones."
    return None


def in_words(settings: Settings) -> dict[str, str]:
    """Every setting that has an effect as a phrase, by a key that two runs share where it means the same."""
    config = settings.config
    phrases = dict(_data(config))
    phrases.update(_network(config.network))
    phrases["network.pruned"] = "pruned" if settings.pruned else "not pruned"
    if config.start is not None:
        phrases["network.init"] = f"weights of {config.start.run}, epoch {config.start.epoch}"
    phrases.update(_jumpstart(config.jumpstart, _turned(settings, JUMPSTART)))
    phrases.update(_optimizer(config.optimizer, _turned(settings, LEARNING_RATE)))
    phrases["epochs"] = f"{config.epochs} {'epoch' if config.epochs == 1 else 'epochs'}"
    size = config.batch_size
    phrases["batch_size"] = "full batch" if size == "full" else f"batches of {size}"
    phrases[SEED] = f"seed {config.seed}"
    return phrases


def _data(config: RunConfig) -> Iterator[tuple[str, str]]:
    data: DataConfig = config.data
    yield "data.name", f"data {data.name}"
    entry = None if data.own is not None else DATASETS.get(data.name)
    for field, word in (("samples", "samples"), ("noise", "noise"), ("test_share", "test share")):
        value = getattr(data, field)
        if value is None and entry is not None:
            value = getattr(entry, field)
        if value is not None:
            phrase = f"{value} {word}" if field == "samples" else f"{word} {value:g}"
            yield f"{data.name}.{field}", phrase
    if data.own is not None and data.own.digest:
        yield "data.digest", f"samples {data.own.digest[:6]}"
    yield DATA_SEED, f"data seed {config.data_seed}"


def _network(network: NetworkConfig) -> Iterator[tuple[str, str]]:
    own = NETWORKS.get(network.name)
    yield "network.name", network.name
    yield "network.depth", f"depth {network.depth}"
    yield "network.width", f"width {network.width}"
    yield "network.activation", network.activation
    yield "network.init", f"initialisation {network.init}"
    activation = ACTIVATIONS.get(network.activation)
    if activation is not None and activation.unlinked is not None:
        few = "as few parameters as unlinked" if network.match_parameters else "full width"
        yield "network.match_parameters", few
    skip = own.skip if network.skip is None and own is not None else network.skip
    yield "network.skip", f"skip connections over {skip}" if skip else "no skip connections"
    norm = own.batch_norm if network.batch_norm is None and own is not None else network.batch_norm
    yield "network.batch_norm", "batch normalization" if norm else "no batch normalization"


def _jumpstart(jumpstart: JumpstartConfig, turned: Sequence[tuple[int, float]]) -> Iterator[tuple[str, str]]:
    yield "jumpstart.weight", f"λ {_with_turns(jumpstart.weight, turned)}"
    if not any((jumpstart.weight, *(value for _, value in turned))):
        return
    yield "jumpstart.schedule", f"λ schedule {jumpstart.schedule}"
    yield "jumpstart.sign_balance", f"sign balance {jumpstart.sign_balance:g}"
    yield "jumpstart.aggregation", f"aggregation {jumpstart.aggregation}"
    yield "jumpstart.margin", f"margin {jumpstart.margin:g}"
    for field, words in SWITCHES.items():
        yield f"jumpstart.{field}", words if getattr(jumpstart, field) else f"no {words}"


def _optimizer(optimizer: OptimizerConfig, turned: Sequence[tuple[int, float]]) -> Iterator[tuple[str, str]]:
    yield "optimizer.name", optimizer.name
    yield "optimizer.lr", f"learning rate {_with_turns(optimizer.lr, turned)}"
    yield "optimizer.schedule", f"learning rate schedule {optimizer.schedule}"
    yield "optimizer.weight_decay", f"weight decay {optimizer.weight_decay:g}"
    if optimizer.name == "sgd":
        yield "optimizer.momentum", f"momentum {optimizer.momentum:g}"


def _turned(settings: Settings, field: str) -> list[tuple[int, float]]:
    """At which epochs a value was or is to be turned, and to what; what happened counts above the plan."""
    planned = {
        change.epoch: getattr(change, field)
        for change in settings.config.changes
        if getattr(change, field) is not None
    }
    changes = settings.changes[settings.changes["field"] == field]
    happened = dict(zip(changes["epoch"].astype(int), changes["value"].astype(float), strict=True))
    return sorted({**planned, **happened}.items())


def _with_turns(value: float, turned: Sequence[tuple[int, float]]) -> str:
    """`0`, `0 → 0.3 at epoch 150`, or `0, turned 5 times, last to 0.3 at epoch 400`."""
    if len(turned) > MOST_TURNS:
        epoch, last = turned[-1]
        return f"{value:g}, turned {len(turned)} times, last to {last:g} at epoch {epoch}"
    return " → ".join(_steps(value, turned))


def _steps(value: float, turned: Iterable[tuple[int, float]]) -> Iterator[str]:
    yield f"{value:g}"
    for epoch, to in turned:
        yield f"{to:g} at epoch {epoch}"
