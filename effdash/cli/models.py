"""A model in a file of somebody's own, in the place of a run."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import typer

from effdash.cli.brought import Brought

if TYPE_CHECKING:
    from effdash.data import Dataset
    from effdash.data.own.streaming import Stream
    from effdash.loading import LoadedModel
    from effdash.runs import Run

RunOrModel = Annotated[
    str,
    typer.Argument(
        metavar="RUN_OR_MODEL",
        help="A run's id or its file; or a model: .onnx, .safetensors, a state dict, or .pt2 with --trust.",
        show_default=False,
    ),
]
SUFFIXES: Final = frozenset({".onnx", ".safetensors", ".pt", ".pth", ".pt2", ".ckpt", ".bin"})
"""How files of models end as a rule."""


def is_model(name: str) -> bool:
    """Whether a word names a file that is no run."""
    from effdash.runs.schema import SUFFIX

    path = Path(name)
    return path.suffix != SUFFIX and (path.is_file() or path.suffix.lower() in SUFFIXES)


class Opened(NamedTuple):
    """A model, its data, and what those are called."""

    model: "LoadedModel"
    data: "Dataset"
    name: str


def open_model(model: str, data: str | None, brought: Brought) -> Opened:
    """A model in a file with the data that were named.

    Raises:
        UserError: no data were named, or one of them cannot be read.
    """
    named = _data_named(model, data)
    found = brought.read(named, model)
    return Opened(brought.load(model, found), found, Path(named).name)


def open_streamed(model: str, data: str, brought: Brought) -> "tuple[Opened, Stream]":
    """A model in a file with all samples of a file of data, of which only the first are in memory.

    Raises:
        UserError: one of them cannot be read.
    """
    found = brought.stream(_data_named(model, data), model)
    return Opened(brought.load(model, found.first), found.first, Path(data).name), found.samples


def _data_named(model: str, data: str | None) -> str:
    from effdash.vocab import UserError

    if not Path(model).is_file():
        raise UserError(f"{model} is no file")
    if data is None:
        raise UserError(f"{model} is a model; say on which data it is looked at: --data NAME_OR_FILE")
    return data


@contextmanager
def as_run(opened: Opened) -> "Iterator[Run]":
    """A run of the model, as long as it is needed; it is called as the model's file.

    Raises:
        UserError: model and data do not fit.
    """
    from effdash.loading import make_run
    from effdash.runs import open_run
    from effdash.runs.names import path_of, words_of

    with tempfile.TemporaryDirectory(prefix="effdash-") as folder:
        run_id = make_run(opened.model, opened.data, folder, run_id=words_of(opened.model.name))
        yield open_run(path_of(Path(folder), run_id))
