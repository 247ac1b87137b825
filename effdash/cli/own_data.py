"""`effdash train --data FILE`: a person's own data, and those that a run keeps in its file."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from effdash.cli.progress import busy

if TYPE_CHECKING:
    from effdash.config import RunConfig
    from effdash.data import Dataset
    from effdash.runs import Run

OWN: Final = ("label", "missing", "leave_out", "image_size", "colour", "standardise")
"""Every option that says how a file is to be read."""
FLAGS: Final = {"colour": "colour/--grey", "standardise": "standardise/--no-standardise"}


def with_own_data(
    settings: "RunConfig", given: Mapping[str, Any], *, typed: bool, run: "Run | None", silent: bool
) -> "tuple[RunConfig, Dataset | None]":
    """The settings with their data, where those are a person's own; `None`: they go by their name.

    Only what the person at the command line names is opened: by `--data`, which is `typed` then, or in the
    YAML file. Where the settings are those of a `run`, what they call the data is no file; those data are in
    its file.

    Raises:
        UserError: the file cannot be read or used, or options for a file were given without one.
    """
    from effdash.data import is_path

    if (typed or run is None) and is_path(settings.data.name):
        return _read(settings, given, silent=silent)
    _refuse_options(given)
    if typed:
        return settings.model_copy(update={"data": settings.data.model_copy(update={"own": None})}), None
    if run is None or not run.stores_data:
        return settings, None
    _refuse_another_split(settings, run)
    return settings, run.data()


def _read(settings: "RunConfig", given: Mapping[str, Any], *, silent: bool) -> "tuple[RunConfig, Dataset]":
    from effdash.data.own import own_config, read_own
    from effdash.runs.stored_data import MOST_BYTES
    from effdash.vocab import UserError

    asked = settings.data
    if asked.noise is not None:
        raise UserError(f"noise = {asked.noise:g}: data from a file have none; leave it out")
    kept = {} if asked.own is None else asked.own.model_dump(include=set(OWN))
    how: dict[str, Any] = {**kept, **given, "seed": settings.data_seed, "samples": asked.samples}
    if asked.test_share is not None:
        how["test_share"] = asked.test_share
    if isinstance(how.get("image_size"), str):
        how["image_size"] = size_of(how["image_size"])
    with busy(f"reading {asked.name}", silent=silent):
        data = read_own(asked.name, **how, most_bytes=MOST_BYTES)
    return own_config(settings, data, **how), data


def size_of(text: str) -> tuple[int, int]:
    """Height and width, of `64` or of `48x64`.

    Raises:
        UserError: the text is neither.
    """
    from effdash.vocab import UserError

    sides = text.lower().split("x")
    if len(sides) not in (1, 2) or not all(side.isdecimal() and int(side) for side in sides):
        raise UserError(f"image size {text!r} is not of the form 64 or 48x64, height first")
    return int(sides[0]), int(sides[-1])


def _refuse_options(given: Mapping[str, Any]) -> None:
    from effdash.vocab import UserError

    if given:
        option = next(iter(given))
        flag = FLAGS.get(option, option.replace("_", "-"))
        raise UserError(f"--{flag} says how a file is read; name the file with --data")


def _refuse_another_split(settings: "RunConfig", run: "Run") -> None:
    """Raises `UserError`: other samples are asked for than the run's file holds."""
    from effdash.vocab import UserError

    kept = run.config.data
    for field in ("samples", "test_share", "seed", "noise"):
        asked, has = getattr(settings.data, field), getattr(kept, field)
        if asked != has:
            raise UserError(
                f"data.{field} = {asked}: the data of run {run.id!r} lie in its file, already drawn and "
                "split; name the file they came from with --data to split it anew"
            )
