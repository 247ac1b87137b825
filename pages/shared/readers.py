"""Cached readers of what a run recorded. Everything is cached by name: run id, epoch, and the file's version.

Nothing here needs torch, so that the first page is there at once; `model_readers` has what does.
"""

import gc
import threading
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from effdash import figures
from effdash.figures import LayerFigures, layer_figures
from effdash.figures.status import layer_counts, turnover
from effdash.launcher import shipped_runs
from effdash.runs import Run, RunFolder, RunSummary, runs_folder
from effdash.runs.summary import read_summary
from effdash.vocab import GRADIENT, MAXIMUM, MINIMUM, Split, UserError, is_constant


class StatusHistory(NamedTuple):
    """All units at all recorded epochs: `epochs` (epoch,); `status` uint8 (epoch, unit).

    And what every drawing of them needs: how many units of each layer have each status, `counts` (epoch,
    layer, 3), and how many units died and revived, `turnover` (epoch, 2). Shared: not to be changed.
    """

    epochs: np.ndarray
    status: np.ndarray
    counts: np.ndarray
    turnover: np.ndarray


class MapFrames(NamedTuple):
    """What the unit map shows beside the status, at the epochs that have a map of their own.

    `places` (frame,) are theirs among the recorded epochs; `constant` bool (frame, unit). Shared: not to be
    changed.
    """

    places: np.ndarray
    constant: np.ndarray
    rows: LayerFigures


class Version(NamedTuple):
    """A run's file at a moment, for caches.

    What is read under it ends at `last_epoch`, also where more came since: so all tables of one drawing have
    the same epochs, however fast the run trains.
    """

    token: str
    last_epoch: int

    @classmethod
    def of(cls, run: Run) -> "Version":
        """The present one. The last epoch is asked for second: then all up to it can be read."""
        token = run.version
        return cls(token, run.last_epoch or 0)


FIRST_PAGE_SECONDS: Final = 1.0
"""So long the first page has the processor for itself."""


@st.cache_resource(show_spinner=False)
def prepare() -> None:
    """Once a server: loads what only the other pages need while the first is looked at.

    And takes all that is imported out of the garbage collector's sight: streamlit collects after every script
    run, which costs 170 ms each time with torch loaded, and nothing once it is frozen.
    """
    gc.collect()
    gc.freeze()
    loading = threading.Timer(FIRST_PAGE_SECONDS, _load_the_heavy)
    loading.daemon = True
    loading.start()


def _load_the_heavy() -> None:
    import sklearn.datasets  # noqa: F401

    gc.collect()
    gc.freeze()


@st.cache_resource(show_spinner=False)
def run_folder() -> RunFolder:
    """The folder of runs of this server, and the runs that ship with effdash."""
    return RunFolder(runs_folder(), shipped_runs())


def find_run(run_id: str) -> Run:
    """Opens a run.

    Raises:
        UserError: there is none of this id, or its file cannot be read.
    """
    return run_folder().open(run_id)


def list_runs() -> list[RunSummary]:
    """All runs, the newest first, the shipped ones last, in the order in which they tell their story."""
    return run_folder().list()


@st.cache_data(max_entries=64, show_spinner=False)
def summary(run_id: str, version: Version) -> RunSummary:
    """What the table of runs says of one."""
    run = find_run(run_id)
    return read_summary(run.path, shipped=run.shipped)


@st.cache_data(max_entries=32, show_spinner=False)
def epochs_table(run_id: str, version: Version) -> pd.DataFrame:
    """One row a recorded epoch."""
    epochs = find_run(run_id).epochs()
    return epochs[epochs["epoch"] <= version.last_epoch]


@st.cache_data(max_entries=32, show_spinner=False)
def changes_table(run_id: str, version: Version) -> pd.DataFrame:
    """What was turned while the run trained."""
    return find_run(run_id).changes()


@st.cache_resource(max_entries=16, show_spinner=False)
def status_history(run_id: str, split: Split, version: Version) -> StatusHistory:
    """The status of every unit at every recorded epoch."""
    run = find_run(run_id)
    status = run.history("status", split)
    rows = slice(0, int((status.epochs <= version.last_epoch).sum()))
    history = status.values[rows]
    sizes = np.array([layer.units for layer in run.layers])
    return StatusHistory(status.epochs[rows], history, layer_counts(history, sizes), turnover(history))


@st.cache_data(max_entries=16, show_spinner=False)
def point_history(run_id: str, split: Split, version: Version) -> np.ndarray:
    """The status of every followed sample at every layer, uint8 (epoch, layer, sample)."""
    points = find_run(run_id).history("point_status", split)
    return points.values[points.epochs <= version.last_epoch]


def map_frames(run_id: str, split: Split, version: Version, row: int) -> MapFrames:
    """What the map needs, at evenly spread epochs (of few units: at all) and at the one in place `row`."""
    history = status_history(run_id, split, version)
    places = figures.map_frames(*history.status.shape)
    spread = _frames(run_id, split, version, tuple(places.tolist()))
    if row in places:
        return spread
    one = _frames(run_id, split, version, (row,))
    at = int(np.searchsorted(places, row))
    return MapFrames(
        np.insert(places, at, row),
        np.insert(spread.constant, at, one.constant[0], axis=0),
        spread.rows.inserted(at, one.rows),
    )


@st.cache_data(max_entries=64, show_spinner=False)
def units_table(run_id: str, epoch: int, split: Split, version: Version) -> pd.DataFrame:
    """One row a unit at a recorded epoch."""
    return find_run(run_id).units(epoch=epoch, split=split)


@st.cache_data(max_entries=256, show_spinner=False)
def kept_weights(run_id: str, epoch: int, version: Version) -> int:
    """The nearest epoch up to this one whose weights are kept.

    Raises:
        UserError: none are kept up to then.
    """
    kept = [kept for kept in find_run(run_id).checkpoints() if kept <= epoch]
    if not kept:
        raise UserError(f"no weights are kept up to epoch {epoch}")
    return max(kept)


@st.cache_resource(max_entries=16, show_spinner=False)
def _frames(run_id: str, split: Split, version: Version, places: tuple[int, ...]) -> MapFrames:
    run = find_run(run_id)
    epochs = status_history(run_id, split, version).epochs[list(places)].tolist()
    points, low, high, gradient = (
        run.history(name, on, epochs).values
        for name, on in (
            ("point_status", split),
            (MINIMUM, split),
            (MAXIMUM, split),
            (GRADIENT, Split.TRAIN),
        )
    )
    rows = layer_figures(run.layers, points, low, high, gradient)
    return MapFrames(np.array(places), is_constant(low, high), rows)
