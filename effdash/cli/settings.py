"""Where the settings of a run come from: a file, a preset or a run, and the options over them."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from effdash.cli.folder import find_run

if TYPE_CHECKING:
    from effdash.config import RunConfig
    from effdash.runs import Run, RunFolder

SETTINGS: Final[dict[str, tuple[str, ...]]] = {
    "name": ("name",),
    "data": ("data", "name"),
    "samples": ("data", "samples"),
    "noise": ("data", "noise"),
    "test_share": ("data", "test_share"),
    "data_seed": ("data", "seed"),
    "network": ("network", "name"),
    "depth": ("network", "depth"),
    "width": ("network", "width"),
    "activation": ("network", "activation"),
    "init": ("network", "init"),
    "match_parameters": ("network", "match_parameters"),
    "skip": ("network", "skip"),
    "batch_norm": ("network", "batch_norm"),
    "jumpstart": ("jumpstart", "weight"),
    "jumpstart_schedule": ("jumpstart", "schedule"),
    "sign_balance": ("jumpstart", "sign_balance"),
    "aggregation": ("jumpstart", "aggregation"),
    "unit": ("jumpstart", "unit"),
    "point": ("jumpstart", "point"),
    "positive": ("jumpstart", "positive"),
    "negative": ("jumpstart", "negative"),
    "margin": ("jumpstart", "margin"),
    "optimizer": ("optimizer", "name"),
    "lr": ("optimizer", "lr"),
    "schedule": ("optimizer", "schedule"),
    "weight_decay": ("optimizer", "weight_decay"),
    "momentum": ("optimizer", "momentum"),
    "batch_size": ("batch_size",),
    "epochs": ("epochs",),
    "device": ("device",),
    "seed": ("seed",),
    "checkpoints": ("checkpoints",),
    "change": ("changes",),
}
"""Every option that is a setting, and its place in the configuration."""
DATA: Final = ("data",)
"""The place of options that say how a file of data is read."""


def with_settings(base: "RunConfig", given: Mapping[str, Any]) -> "RunConfig":
    """A configuration with the options given put in their places.

    Raises:
        UserError: a value is out of range.
    """
    from effdash.config import Change, RunConfig, build

    values = base.model_dump()
    for name, value in given.items():
        *parts, field = SETTINGS[name]
        place = values
        for part in parts:
            place = place[part]
        place[field] = [Change.parse(text) for text in value] if name == "change" else value
    return build(RunConfig, values)


def refuse_contradictions(sources: Mapping[str, object], given: Mapping[str, Any]) -> None:
    """Settings come from one of `sources`, by option, and what is `given` must be free to differ from them.

    Raises:
        UserError: more than one source, or a setting that comes with the run that is gone on with.
    """
    from effdash.vocab import UserError

    named = [source for source, value in sources.items() if value is not None]
    if len(named) > 1:
        raise UserError(
            f"settings come from one place, not from {' and '.join(named)}; leave out all but one"
        )
    if named == ["--resume"] and given:
        raise UserError(
            f"--resume goes on with the run's own settings; leave out {_flags(given)}, or use --from "
            "or --like"
        )
    network = {name: value for name, value in given.items() if SETTINGS.get(name, DATA)[0] == "network"}
    if named == ["--from"] and network:
        raise UserError(
            f"--from goes on with the run's own network; leave out {_flags(network)}, or train another one "
            "with --like"
        )


def _flags(given: Mapping[str, Any]) -> str:
    """The options as they were typed."""
    return ", ".join(
        f"--{'no-' if value is False else ''}{name.replace('_', '-')}" for name, value in given.items()
    )


def starting_point(
    config: Path | None, preset: str | None, like: str | None, folder: "RunFolder"
) -> tuple["RunConfig", "Run | None"]:
    """The configuration before any flag, for a fresh network, and the run it comes from, if any.

    Raises:
        UserError: the file, the preset or the run is none, or no settings describe its network.
    """
    from effdash import presets
    from effdash.config import RunConfig, read_config
    from effdash.vocab import UserError

    if config is not None:
        return read_config(config), None
    if preset is not None:
        return presets.preset(preset), None
    if like is not None:
        run = find_run(folder, like)
        if run.graph is not None:
            raise UserError(
                f"run {run.id!r} holds a pruned network, which no settings describe; --from trains it on"
            )
        return run.config.model_copy(update={"name": None, "start": None}), run
    return RunConfig(), None
