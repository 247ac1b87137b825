"""Cached readers. Everything is cached by name: run id, epoch, layer, and the version of the run's file.

Weights and data change with `Run.incarnation` alone, which stays while a trainer adds epochs.
"""

import gc
from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from effdash.data import Dataset
from effdash.decision import DecisionMap, Plane, decision_map, responses
from effdash.diagnosis import Finding, diagnose
from effdash.figures import LayerFigures, layer_figures
from effdash.launcher import shipped_runs
from effdash.runs import Run, RunFolder, RunSummary, runs_folder
from effdash.vocab import CONSTANT_RANGE, GRADIENT, MAXIMUM, MINIMUM, Split, UserError


class StatusHistory(NamedTuple):
    """All units at all recorded epochs: `epochs` (epoch,); `status` uint8, `constant` bool (epoch, unit)."""

    epochs: np.ndarray
    status: np.ndarray
    constant: np.ndarray


@st.cache_resource(show_spinner=False)
def freeze_imports() -> None:
    """Takes all that is imported out of the garbage collector's sight.

    Streamlit collects after every script run; with torch loaded that costs 170 ms each time, frozen nothing.
    """
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
def epochs_table(run_id: str, version: str) -> pd.DataFrame:
    """One row a recorded epoch."""
    return find_run(run_id).epochs()


@st.cache_data(max_entries=32, show_spinner=False)
def changes_table(run_id: str, version: str) -> pd.DataFrame:
    """What was turned while the run trained."""
    return find_run(run_id).changes()


@st.cache_data(max_entries=16, show_spinner=False)
def status_history(run_id: str, split: Split, version: str) -> StatusHistory:
    """The status of every unit at every recorded epoch."""
    run = find_run(run_id)
    status = run.history("status", split)
    low = run.history(MINIMUM, split).values[: len(status.epochs)]
    high = run.history(MAXIMUM, split).values[: len(status.epochs)]
    constant = high - low <= CONSTANT_RANGE * np.maximum(np.abs(low), np.abs(high))
    return StatusHistory(np.asarray(status.epochs), status.values, constant)


@st.cache_data(max_entries=64, show_spinner=False)
def units_table(run_id: str, epoch: int, split: Split, version: str) -> pd.DataFrame:
    """One row a unit at a recorded epoch."""
    return find_run(run_id).units(epoch=epoch, split=split)


@st.cache_resource(max_entries=8, show_spinner=False)
def dataset(run_id: str, incarnation: str) -> Dataset:
    """The data a run was trained on. Shared between sessions: not to be changed."""
    return find_run(run_id).data()


@st.cache_data(max_entries=16, show_spinner=False)
def preactivations(run_id: str, incarnation: str, checkpoint: int, layer: str, split: Split) -> np.ndarray:
    """Each unit's pre-activation of every sample, its largest over the positions, float32 (sample, unit)."""
    import torch

    from effdash.observe import record_preactivations

    data, model = dataset(run_id, incarnation), find_run(run_id).model(checkpoint)
    X = data.X_train if split == Split.TRAIN else data.X_test
    with torch.no_grad(), record_preactivations(model) as record:
        model(X)
        pre = record[layer]
    return pre.flatten(2).amax(2).numpy() if pre.dim() > 2 else pre.numpy()


@st.cache_data(max_entries=64, show_spinner=False)
def first_weights(run_id: str, incarnation: str, checkpoint: int) -> np.ndarray:
    """The incoming weights of the first layer's units, float32 (unit, *input)."""
    return next(find_run(run_id).model(checkpoint).parameters()).detach().float().numpy()


@st.cache_data(max_entries=64, show_spinner=False)
def decision(run_id: str, incarnation: str, checkpoint: int) -> DecisionMap:
    """The decision function of a run on two-dimensional data, with the weights of a kept epoch."""
    return decision_map(find_run(run_id).model(checkpoint), Plane.around(dataset(run_id, incarnation)))


@st.cache_data(max_entries=64, show_spinner=False)
def answers(run_id: str, incarnation: str, checkpoint: int, split: Split) -> np.ndarray:
    """The class that a run's network answers to every sample of a split, with the weights of a kept epoch."""
    import torch

    data, model = dataset(run_id, incarnation), find_run(run_id).model(checkpoint)
    with torch.no_grad():
        return model(data.X_train if split == Split.TRAIN else data.X_test).argmax(1).numpy()


@st.cache_data(max_entries=64, show_spinner=False)
def layer_responses(run_id: str, incarnation: str, checkpoint: int, layer: str) -> np.ndarray:
    """Every unit's pre-activation over the plane, float32 (unit, step, step)."""
    return responses(find_run(run_id).model(checkpoint), Plane.around(dataset(run_id, incarnation)), layer)


@st.cache_data(max_entries=32, show_spinner=False)
def chance(run_id: str, incarnation: str) -> float:
    """Training accuracy of always answering the commonest class."""
    counts = dataset(run_id, incarnation).y_train.bincount()
    return float(counts.max() / counts.sum())


@st.cache_data(max_entries=256, show_spinner=False)
def kept_weights(run_id: str, epoch: int, version: str) -> int:
    """The nearest epoch up to this one whose weights are kept.

    Raises:
        UserError: none are kept up to then.
    """
    kept = [kept for kept in find_run(run_id).checkpoints() if kept <= epoch]
    if not kept:
        raise UserError(f"no weights are kept up to epoch {epoch}")
    return max(kept)


@st.cache_data(max_entries=8, show_spinner=False)
def layer_rows(run_id: str, split: Split, version: str) -> LayerFigures:
    """What the unit map shows of every layer beside its history, at every recorded epoch."""
    run = find_run(run_id)
    return layer_figures(
        run.layers,
        run.quantity_history("point_status", split),
        run.quantity_history(MINIMUM, split),
        run.quantity_history(MAXIMUM, split),
        run.quantity_history(GRADIENT),
    )


@st.cache_data(max_entries=32, show_spinner=False)
def findings(run_id: str, split: Split, version: str) -> list[Finding]:
    """What is wrong with a run, or that nothing is; what matters first."""
    return diagnose(find_run(run_id), split)
