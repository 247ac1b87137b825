"""The options that every command takes."""

from pathlib import Path
from typing import Annotated

import typer

Runs = Annotated[
    Path | None,
    typer.Option("--runs", help="Folder of runs; else EFFDASH_RUNS, else ./runs.", show_default=False),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Answer with one JSON object, on the last line.", show_default=False)
]
