"""The command line: what the dashboard can do, scriptable.

Exit codes: 0 done; 1 a decision changed (`verify`); 2 bad input, said in one line on stderr; 130 stopped with
Ctrl-C. Modules of the library are imported inside the commands, so that `effdash --help` answers at once.
"""

import sys
from collections.abc import Sequence
from typing import Annotated, Final

import typer

from effdash import __version__
from effdash.cli import runs
from effdash.cli.dashboard import open_dashboard
from effdash.cli.diagnose import show_diagnosis
from effdash.cli.load import load_models
from effdash.cli.output import BAD_INPUT, tell
from effdash.cli.prune import prune
from effdash.cli.status import show_status
from effdash.cli.training import train
from effdash.cli.verify import verify

OWN_FLAGS: Final = ("-h", "--help", "--version", "--install-completion", "--show-completion")
"""Where a command is expected, any other option belongs to the default command."""

app = typer.Typer(
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    no_args_is_help=True,
)


def _print_version(wanted: bool) -> bool:
    if wanted:
        print(f"effdash {__version__}")
        raise typer.Exit
    return wanted


@app.callback()
def effdash(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """See what every unit of a neural network does with the data: dead, linear or nonlinear.

    Without a command, the dashboard opens.
    """


app.command("dashboard")(open_dashboard)
app.command("train")(train)
app.add_typer(runs.app, name="runs", help="List the runs; or show one, or delete one.")
app.command("load")(load_models)
app.command("status")(show_status)
app.command("diagnose")(show_diagnosis)
app.command("prune")(prune)
app.command("verify")(verify)
app.command("export")(runs.export)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command line (default: this process's) and returns its exit code."""
    words = _with_default_command(list(sys.argv[1:] if arguments is None else arguments))
    try:
        code = app(words, prog_name="effdash", standalone_mode=False)
    except typer.TyperException as error:
        return _complain(error.format_message())
    except OSError as error:
        return _complain(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except ValueError as error:
        from effdash.vocab import UserError

        if not isinstance(error, UserError):
            raise
        return _complain(str(error))
    return code if isinstance(code, int) else 0


def _with_default_command(words: list[str]) -> list[str]:
    """`effdash` alone is `effdash dashboard`, and `effdash runs` is `effdash runs list`."""
    before, default = (["runs"], "list") if words[:1] == ["runs"] else ([], "dashboard")
    rest = words[len(before) :]
    if rest and (not rest[0].startswith("-") or rest[0].partition("=")[0] in OWN_FLAGS):
        return words
    return [*before, default, *rest]


def _complain(message: str) -> int:
    tell(f"effdash: {message}")
    return BAD_INPUT
