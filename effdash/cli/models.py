"""From what was typed to a network in a file of somebody's own, and to the data that it is asked about."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NamedTuple, cast

import typer

if TYPE_CHECKING:
    from effdash.data import Dataset
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
Label = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="The column of classes in a file of data.", show_default=False),
]
Missing = Annotated[
    str | None,
    typer.Option(
        help="Values that a file of data lacks: refuse, mean, or drop their rows (default: refuse).",
        show_default=False,
    ),
]
NoLabel = Annotated[
    bool,
    typer.Option("--no-label", help="The data of a model have no classes; --label is left out of them."),
]
ArchitectureOption = Annotated[
    str | None,
    typer.Option(
        help="What the weights of a model file belong to: rectangular, convolutional or residual, as in "
        "rectangular:depth=2,width=128; or package.module:factory, whose code is run (default: guessed).",
        show_default=False,
    ),
]
GuessedActivation = Annotated[
    str | None,
    typer.Option(
        "--activation",
        help="What stands between the layers of a guessed model (default: relu).",
        show_default=False,
    ),
]
InputShape = Annotated[
    str | None,
    typer.Option(
        metavar="SHAPE",
        help="Of a sample of a model, as in 1,28,28, where neither file nor data tell.",
        show_default=False,
    ),
]
Standardise = Annotated[
    bool | None,
    typer.Option(
        "--standardise/--as-it-is",
        help="Standardise the data of a model by their train part (default: as they are).",
        show_default=False,
    ),
]
Trust = Annotated[
    bool,
    typer.Option("--trust", help="Read a torch.export program, which can run any code.", show_default=False),
]

RUN_SUFFIX: Final = ".effdash"


def is_model(name: str) -> bool:
    """Whether a word names a file that is no run."""
    path = Path(name)
    return path.suffix != RUN_SUFFIX and (path.is_file() or path.suffix.lower() in _MODEL_SUFFIXES)


_MODEL_SUFFIXES: Final = frozenset({".onnx", ".safetensors", ".pt", ".pth", ".pt2", ".ckpt", ".bin"})


@dataclass(frozen=True)
class Brought:
    """How a model and its data are read, as it was typed."""

    label: str | None = None
    missing: str | None = None
    no_label: bool = False
    architecture: str | None = None
    activation: str | None = None
    input_shape: str | None = None
    standardise: bool | None = None
    trust: bool = False

    def refuse_with_a_run(self) -> None:
        """Raises a UserError where an option was given that only a model has."""
        from effdash.vocab import UserError

        given = [name for name, value in vars(self).items() if value not in (None, False)]
        if given:
            flag = given[0].replace("_", "-")
            raise UserError(f"--{flag} belongs to model files; a run knows this itself")

    def shape(self) -> tuple[int, ...] | None:
        """The shape of a sample.

        Raises:
            UserError: it is none.
        """
        from effdash.vocab import UserError

        if self.input_shape is None:
            return None
        sides = self.input_shape.replace("x", ",").split(",")
        if not all(side.strip().isdecimal() and 1 <= int(side) <= 10**9 for side in sides):
            raise UserError(f"--input-shape {self.input_shape!r} is no shape; it should be as in 1,28,28")
        return tuple(map(int, sides))

    def load(self, path: str, data: "Dataset | None" = None) -> "LoadedModel":
        """The model in a file.

        Raises:
            UserError: as `effdash.loading.load`.
        """
        from effdash.loading import load

        return load(
            path,
            architecture=self.architecture,
            activation=self.activation or "relu",
            input_shape=self.shape(),
            trust=self.trust,
            data=data,
        )

    def read(self, data: str, model: str) -> "Dataset":
        """A data set by its name, or somebody's own from a file or a folder, with its values as they are.

        Raises:
            UserError: neither, or one that cannot be read.
        """
        from effdash.data import DATASETS, load_data
        from effdash.loading import as_it_is
        from effdash.vocab import UserError

        standardise = bool(self.standardise)
        if data in DATASETS:
            for option, value in (("label", self.label), ("missing", self.missing)):
                if value is not None:
                    raise UserError(f"--{option} {value} belongs to files; {data} is a data set with classes")
            if self.no_label:
                raise UserError(f"--no-label belongs to files; {data} is a data set with classes")
            found = load_data(data)
            return found if standardise else as_it_is(found)
        path = Path(data)
        if not path.exists():
            raise UserError(
                f"data {data!r} is neither a file nor a data set; those are {', '.join(DATASETS)}"
            )
        from effdash.data.own import read_own

        return read_own(
            path,
            label=self.label,
            missing=self._missing(),
            no_label=self.no_label,
            standardise=standardise,
            **self._image(path, model),
        )

    def _missing(self) -> 'Literal["refuse", "mean", "drop"]':
        """What is done about values that a file lacks.

        Raises:
            UserError: it is none of the things that can be.
        """
        from effdash.data.own import MISSING
        from effdash.vocab import UserError

        missing = MISSING[0] if self.missing is None else self.missing
        if missing not in MISSING:
            raise UserError(f"--missing {missing!r} is unknown; known are {', '.join(MISSING)}")
        return cast('Literal["refuse", "mean", "drop"]', missing)

    def _image(self, path: Path, model: str) -> dict[str, Any]:
        """How large images have to be, and whether in colour, as the model in a file says."""
        from effdash.vocab import UserError

        if not path.is_dir() and path.suffix.lower() != ".zip":
            return {}
        shape = self.shape()
        if shape is None:
            try:
                shape = self.load(model).input_shape
            except UserError as error:
                if "shape" not in str(error):
                    raise
        if shape is None or len(shape) != 3:
            return {}
        return {"image_size": (shape[1], shape[2]), "colour": shape[0] == 3}


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
    from effdash.vocab import UserError

    if not Path(model).is_file():
        raise UserError(f"{model} is no file")
    if data is None:
        raise UserError(f"{model} is a model; say on which data it is looked at: --data NAME_OR_FILE")
    found = brought.read(data, model)
    return Opened(brought.load(model, found), found, Path(data).name)


@contextmanager
def as_run(opened: Opened) -> "Iterator[Run]":
    """A run of the model, as long as it is needed; it is called as the model's file.

    Raises:
        UserError: model and data do not fit.
    """
    from effdash.loading import make_run
    from effdash.runs import open_run
    from effdash.runs.names import words_of

    with tempfile.TemporaryDirectory(prefix="effdash-") as folder:
        run_id = make_run(opened.model, opened.data, folder, run_id=words_of(opened.model.name))
        yield open_run(Path(folder) / f"{run_id}{RUN_SUFFIX}")
