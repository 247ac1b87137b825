"""From what was typed to the folder of runs and to a run in it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from effdash.config import RunConfig
    from effdash.runs import Run, RunFolder

RunName = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, or its file.", show_default=False)]


def chosen_folder(runs: Path | None) -> Path:
    """The folder of runs that the options name; it need not be there yet.

    Raises:
        UserError: it is a file.
    """
    from effdash.runs import runs_folder
    from effdash.vocab import UserError

    folder = runs_folder(runs)
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file; runs live in a folder: name one with --runs")
    return folder


def open_folder(runs: Path | None) -> "RunFolder":
    """The chosen folder with the shipped examples beside it."""
    from effdash.launcher import shipped_runs
    from effdash.runs import RunFolder

    return RunFolder(chosen_folder(runs), shipped_runs())


def find_run(folder: "RunFolder", name: str) -> "Run":
    """A run by its id or by its file.

    Raises:
        UserError: there is no such run, or the file is none.
    """
    from effdash.runs import open_run
    from effdash.runs.schema import SUFFIX
    from effdash.vocab import UserError

    path = Path(name)
    if path.suffix == SUFFIX:
        return open_run(path)
    if path.is_file():
        raise UserError(f"{name!r} is not a run; give a run's id or a file that ends in {SUFFIX}")
    return folder.open(name)


def settings_of(run: "Run") -> "tuple[RunConfig | None, str | None]":
    """A run's configuration; where it has none, that and the sentence why."""
    from effdash.vocab import UserError

    try:
        return run.config, None
    except UserError as error:
        return None, str(error)
