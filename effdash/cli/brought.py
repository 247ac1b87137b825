"""The options of a model in a file and of its data, which five commands take alike."""

import inspect
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from effdash.data import Dataset
    from effdash.data.own.streaming import Streamed
    from effdash.loading import LoadedModel

OF_DATA: Final = ("label", "missing", "no_label", "standardise")
"""The options that say how data are read; the others are about the model."""
FLAGS: Final = {"standardise": "standardise/--as-it-is"}


@dataclass(frozen=True)
class Brought:
    """How a model and its data are read, as it was typed: every field is an option."""

    label: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="The column of classes in a file of data.", show_default=False),
    ] = None
    missing: Annotated[
        str | None,
        typer.Option(
            help="Values that a file of data lacks: refuse, mean, or drop their rows (default: refuse).",
            show_default=False,
        ),
    ] = None
    no_label: Annotated[
        bool,
        typer.Option("--no-label", help="The data of a model have no classes; --label is left out of them."),
    ] = False
    architecture: Annotated[
        str | None,
        typer.Option(
            help="What the weights of a model file belong to: rectangular, convolutional or residual, as in "
            "rectangular:depth=2,width=128; or package.module:factory, whose code is run (default: guessed).",
            show_default=False,
        ),
    ] = None
    activation: Annotated[
        str | None,
        typer.Option(
            help="What stands between the layers of a guessed model (default: relu).", show_default=False
        ),
    ] = None
    input_shape: Annotated[
        str | None,
        typer.Option(
            metavar="SHAPE",
            help="Of a sample of a model, as in 1,28,28, where neither file nor data tell.",
            show_default=False,
        ),
    ] = None
    standardise: Annotated[
        bool | None,
        typer.Option(
            "--standardise/--as-it-is",
            help="Standardise the data of a model by their train part (default: as they are).",
            show_default=False,
        ),
    ] = None
    trust: Annotated[
        bool,
        typer.Option(
            "--trust", help="Read a torch.export program, which can run any code.", show_default=False
        ),
    ] = False

    def refuse_with_a_run(self, *, beside_a_model: bool = False) -> None:
        """Raises a UserError where an option was given that only a model has, or only a model's data have.

        `beside_a_model`: there is a model, too, which is asked about the data of the run.
        """
        from effdash.vocab import UserError

        refused = OF_DATA if beside_a_model else tuple(vars(self))
        given = self._given(*refused)
        if given is not None:
            flag = FLAGS.get(given, given.replace("_", "-"))
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

        if data in DATASETS:
            given = self._given("label", "missing", "no_label")
            if given is not None:
                flag = given.replace("_", "-")
                raise UserError(f"--{flag} belongs to files; {data} is a data set with classes")
            found = load_data(data)
            return found if self.standardise else as_it_is(found)
        return load_data(data, **self._how(data, model))

    def stream(self, data: str, model: str) -> "Streamed":
        """All samples of a file or a folder, however many, with their values as they are.

        Raises:
            UserError: it cannot be read.
        """
        from effdash.data.own import stream_own

        return stream_own(data, **self._how(data, model))

    def _how(self, data: str, model: str) -> dict[str, Any]:
        """How a file or a folder is read."""
        from effdash.data.own import MISSING

        return {
            "label": self.label,
            "missing": self.missing or MISSING[0],
            "no_label": self.no_label,
            "standardise": bool(self.standardise),
            **self._image(Path(data), model),
        }

    def _given(self, *options: str) -> str | None:
        """The first of these options that was typed."""
        left_out = Brought()
        return next((name for name in options if getattr(self, name) != getattr(left_out, name)), None)

    def _image(self, path: Path, model: str) -> dict[str, Any]:
        """How large images have to be, and whether in colour, as the model in a file says."""
        from effdash.vocab import UserError

        if not path.is_dir() and path.suffix.lower() != ".zip":
            return {}
        shape = self.shape()
        if shape is None:
            # What is wrong with the file is said when it is opened together with the data.
            with suppress(UserError):
                shape = self.load(model).input_shape
        if shape is None or len(shape) != 3:
            return {}
        return {"image_size": (shape[1], shape[2]), "colour": shape[0] == 3}


def takes_a_model(command: Callable[..., None]) -> Callable[..., None]:
    """A command with every option of `Brought` in the place of its parameter `brought`, as typer reads it."""

    @wraps(command)
    def typed(**given: Any) -> None:
        options = {option.name: given.pop(option.name) for option in fields(Brought)}
        command(**given, brought=Brought(**options))

    spelled = [
        inspect.Parameter(
            option.name, inspect.Parameter.KEYWORD_ONLY, default=option.default, annotation=option.type
        )
        for option in fields(Brought)
    ]
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(command).parameters.values():
        parameters += spelled if parameter.name == "brought" else [parameter]
    vars(typed)["__signature__"] = inspect.Signature(parameters)
    return typed
