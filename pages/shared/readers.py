"""Cached readers of what a run recorded. Everything is cached by name: run id, epoch, and the file's version.

Nothing here needs torch, so that the first page is there at once; `model_readers` has what does.
"""

import gc
import threading
from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from effdash.figures import LayerFigures, layer_figures
from effdash.launcher import shipped_runs
from effdash.runs import Run, RunFolder, RunSummary, runs_folder
from effdash.vocab import CONSTANT_RANGE, GRADIENT, MAXIMUM, MINIMUM, Split, UserError


class StatusHistory(NamedTuple):
    """All units at all recorded epochs: `epochs` (epoch,); `status` uint8, `constant` bool (epoch, unit)."""

    epochs: np.ndarray
    status: np.ndarray
    constant: np.ndarray


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


@st.cache_resource(show_spinner=False)
def prepare() -> None:
    """Once a server: loads torch, which the other pages need, while the first one is looked at.

    And takes all that is imported out of the garbage collector's sight: streamlit collects after every script
    run, which costs 170 ms each time with torch loaded, and nothing once it is frozen.
    """
    gc.collect()
    gc.freeze()
    threading.Thread(target=_load_torch, daemon=True).start()


def _load_torch() -> None:
    import torch  # noqa: F401

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


@st.cache_data(max_entries=32, show_spinner=False)
def epochs_table(run_id: str, version: Version) -> pd.DataFrame:
    """One row a recorded epoch."""
    epochs = find_run(run_id).epochs()
    return epochs[epochs["epoch"] <= version.last_epoch]


@st.cache_data(max_entries=32, show_spinner=False)
def changes_table(run_id: str, version: Version) -> pd.DataFrame:
    """What was turned while the run trained."""
    return find_run(run_id).changes()


@st.cache_data(max_entries=16, show_spinner=False)
def status_history(run_id: str, split: Split, version: Version) -> StatusHistory:
    """The status of every unit at every recorded epoch."""
    run = find_run(run_id)
    status = run.history("status", split)
    rows = slice(0, int((status.epochs <= version.last_epoch).sum()))
    low = run.quantity_history(MINIMUM, split)[rows]
    high = run.quantity_history(MAXIMUM, split)[rows]
    constant = high - low <= CONSTANT_RANGE * np.maximum(np.abs(low), np.abs(high))
    return StatusHistory(status.epochs[rows], status.values[rows], constant)


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


@st.cache_data(max_entries=8, show_spinner=False)
def layer_rows(run_id: str, split: Split, version: Version) -> LayerFigures:
    """What the unit map shows of every layer beside its history, at every recorded epoch."""
    run = find_run(run_id)
    points = run.history("point_status", split)
    rows = slice(0, int((points.epochs <= version.last_epoch).sum()))
    low, high, gradient = (
        run.quantity_history(name, on)[rows]
        for name, on in ((MINIMUM, split), (MAXIMUM, split), (GRADIENT, Split.TRAIN))
    )
    return layer_figures(run.layers, points.values[rows], low, high, gradient)
