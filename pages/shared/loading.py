"""A model from a file: what was dropped, how it is to be read, and the work that finds out what it is."""

import re
from collections.abc import Hashable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import streamlit as st

from effdash.data import Dataset
from effdash.vocab import UserError
from pages.shared import jobs, page, readers
from pages.shared.dropped import Dropped
from pages.shared.own_data import PATIENCE_SECONDS, OwnFile
from pages.shared.view import open_run_view

if TYPE_CHECKING:
    from effdash.loading import LoadedModel, ModelLook

    Models = tuple[tuple[int, LoadedModel], ...]

Result = TypeVar("Result")

DESCRIBES_ITSELF: Final = (".onnx",)
"""Files that say how the network goes on, so that nothing is asked or guessed."""

COUNTED: Final = re.compile(r"[\W_]*(epoch|ep|step|checkpoint|ckpt)?[\W_]*\d*[\W_]*$", re.IGNORECASE)
"""How the name of a checkpoint ends."""

WANTED: Final = "page wanted after loading"


@dataclass(frozen=True)
class Asked:
    """Model files, how they are to be read, and the data: a bundled set's name or a file; `None`: not yet."""

    files: tuple[Dropped, ...]
    architecture: str | None
    activation: str
    data: str | OwnFile | None
    standardise: bool

    @property
    def key(self) -> Hashable:
        """All that what is found depends on."""
        data = self.data.key if isinstance(self.data, OwnFile) else self.data
        files = tuple(file.key for file in self.files)
        return files, self.architecture, self.activation, data, self.standardise

    @property
    def network_key(self) -> Hashable:
        """All that the networks depend on: where the files hold weights alone, the shape of a sample too."""
        return self.key if self.may_be_guessed else tuple(file.key for file in self.files)

    @property
    def may_be_guessed(self) -> bool:
        """Whether the files hold weights alone."""
        return any(file.path.suffix.lower() not in DESCRIBES_ITSELF for file in self.files)


@dataclass(frozen=True, eq=False)
class Found:
    """The networks by epoch, rising; the data and the look at the last network, where data are chosen."""

    models: "Models"
    data: Dataset | None
    look: "ModelLook | None"

    @property
    def newest(self) -> "LoadedModel":
        return self.models[-1][1]

    @property
    def name(self) -> str:
        """That of the file; of several without the epoch: `digits` of `digits-epoch-3`."""
        name = self.newest.name
        return name if len(self.models) == 1 else COUNTED.sub("", name) or name


def find_out(asked: Asked) -> Found | None:
    """What the files hold; `None` as long as they are read, which is drawn, and where they cannot be.

    The networks are read once, whatever data are then chosen for them.
    """
    models = _done("read", asked.network_key, partial(_read, asked), "Reading the model")
    if models is None:
        return None
    if asked.data is None:
        return Found(models, None, None)
    looked = _done("look", asked.key, partial(_look, asked, models[-1][1]), "Looking at the network")
    return None if looked is None else Found(models, *looked)


def begin_run(asked: Asked, found: Found, wanted: str) -> None:
    """Makes a run of what was found, unless one was made before; then goes to the page that is wanted."""
    st.session_state[WANTED] = wanted
    folder = readers.run_folder().path
    held = jobs.session_jobs()
    made = held.find("make run", asked.key)
    if made is None or made.stopped or made.problem is not None or not _is_there(made.result):
        held.start("make run", asked.key, partial(_make_run, found, folder), "Looking at every unit")


def is_making(asked: Asked) -> bool:
    """Whether a run is being made of it."""
    job = jobs.session_jobs().find("make run", asked.key)
    return job is not None and job.running


def draw_run_job(asked: Asked) -> None:
    """Progress of the run that is made; where it is there, and was asked for, the page turns to it."""
    job: jobs.Job[str] | None = jobs.session_jobs().find("make run", asked.key)
    if job is None:
        return
    job.wait(PATIENCE_SECONDS)
    jobs.draw(job, key="make run")
    if job.result is not None and WANTED in st.session_state:
        open_run_view(job.result)
        st.switch_page(page.PAGES[st.session_state.pop(WANTED)])


def _is_there(run_id: str | None) -> bool:
    """Whether the run was not deleted since; one that is under way is not there yet, and need not be."""
    if run_id is None:
        return True
    try:
        readers.find_run(run_id)
    except UserError:
        return False
    return True


def _done(slot: str, key: Hashable, work: "jobs.Work[Result]", words: str) -> "Result | None":
    """What the work comes to; while it goes on its progress is drawn, and why it came to nothing."""
    job = jobs.session_jobs().find_or_start(slot, key, work, words)
    job.wait(PATIENCE_SECONDS)
    jobs.draw(job, key=slot)
    return job.result


def _read(asked: Asked, report: jobs.Report) -> "Models":
    from effdash.loading import epochs_of, load

    epochs = epochs_of([file.name for file in asked.files])
    data = _data(asked) if asked.may_be_guessed else None
    models = []
    for number, (epoch, file) in enumerate(sorted(zip(epochs, asked.files, strict=True), key=_epoch)):
        if len(asked.files) > 1:
            report(number, len(asked.files), "Reading the checkpoints")
        loaded = load(
            Path(file.name),
            # From memory: so a file can neither be trusted with running code nor lead to another one.
            content=file.path.read_bytes(),
            architecture=asked.architecture,
            activation=asked.activation,
            data=data,
        )
        models.append((epoch, loaded))
    return tuple(models)


def _look(asked: Asked, model: "LoadedModel", report: jobs.Report) -> "tuple[Dataset, ModelLook]":
    from effdash.loading import look_at

    data = _data(asked, model.input_shape)
    assert data is not None
    report(0, 0)
    return data, look_at(model, data)


def _epoch(pair: tuple[int, Dropped]) -> int:
    return pair[0]


def _data(asked: Asked, input_shape: tuple[int, ...] | None = None) -> Dataset | None:
    """The data that are asked for; images in the form that the network wants, where it is known."""
    from effdash.data import load_data
    from effdash.loading import as_it_is

    if asked.data is None:
        return None
    if isinstance(asked.data, OwnFile):
        is_images = asked.data.file.path.suffix.lower() == ".zip"
        how = _image_form(input_shape) if is_images else {}
        return asked.data.read(standardise=asked.standardise, **how)
    data = load_data(asked.data)
    return data if asked.standardise else as_it_is(data)


def _image_form(shape: tuple[int, ...] | None) -> dict[str, object]:
    """How images have to be read for samples of that shape."""
    if shape is None or len(shape) != 3:
        return {}
    return {"image_size": shape[1:], "colour": shape[0] == 3}


def _make_run(found: Found, folder: Path, report: jobs.Report) -> str:
    from effdash.loading import make_run

    assert found.data is not None
    models = found.newest if len(found.models) == 1 else found.models
    return make_run(models, found.data, folder, name=found.name, on_epoch=report)
