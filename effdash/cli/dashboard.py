"""`effdash` and `effdash dashboard`: the dashboard in the browser."""

import sys
from typing import Annotated

import typer

from effdash.cli.folder import chosen_folder
from effdash.cli.options import AsJson, Runs
from effdash.cli.output import INTERRUPTED, answer, tell


def open_dashboard(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port; the next free one where it is taken. 0: any.")
    ] = 8501,
    host: Annotated[
        str, typer.Option(help="Address to listen on. 0.0.0.0 opens the dashboard to the network.")
    ] = "127.0.0.1",
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
    runs: Runs = None,
    as_json: AsJson = False,
) -> None:
    """Open the dashboard: train networks, watch their units, look at runs. What `effdash` alone does."""
    from effdash.launcher import free_address, launch

    stdout = sys.stdout
    folder = chosen_folder(runs)
    address = free_address(host, port)
    if port not in (0, address.port):
        tell(f"Port {port} is taken; using {address.port}.")

    def ready() -> None:
        answer(
            {"url": address.url, "port": address.port, "runs": str(folder)},
            f"effdash is at {address.url}  (runs in {folder}; Ctrl-C stops it)",
            as_json=as_json,
            file=stdout,
        )

    launch(address, runs=folder, browser=not no_browser, ready=ready)
    raise typer.Exit(INTERRUPTED)
