"""Cached readers that need a run's data or its network, and so torch.

Cached by run id, kept epoch and layer; weights and data change with `Run.incarnation` alone, which stays
while a trainer adds epochs.
"""

import numpy as np
import streamlit as st
import torch

from effdash.data import Dataset
from effdash.decision import DecisionMap, Plane, decision_map, decisions, logits_of, responses
from effdash.diagnosis import Finding, diagnose
from effdash.observe import record_preactivations
from effdash.vocab import Split
from pages.shared.readers import Version, find_run


@st.cache_resource(max_entries=8, show_spinner=False)
def dataset(run_id: str, incarnation: str) -> Dataset:
    """The data a run was trained on. Shared between sessions: not to be changed."""
    return find_run(run_id).data()


@st.cache_data(max_entries=16, show_spinner=False)
def preactivations(run_id: str, incarnation: str, checkpoint: int, layer: str, split: Split) -> np.ndarray:
    """Each unit's pre-activation of every sample, its largest over the positions, float32 (sample, unit)."""
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
    data, model = dataset(run_id, incarnation), find_run(run_id).model(checkpoint)
    return decisions(logits_of(model, data.X_train if split == Split.TRAIN else data.X_test))


@st.cache_data(max_entries=64, show_spinner=False)
def layer_responses(run_id: str, incarnation: str, checkpoint: int, layer: str) -> np.ndarray:
    """Every unit's pre-activation over the plane, float32 (unit, step, step)."""
    return responses(find_run(run_id).model(checkpoint), Plane.around(dataset(run_id, incarnation)), layer)


@st.cache_data(max_entries=32, show_spinner=False)
def chance(run_id: str, incarnation: str) -> float:
    """Training accuracy of always answering the commonest class."""
    counts = dataset(run_id, incarnation).y_train.bincount()
    return float(counts.max() / counts.sum())


@st.cache_data(max_entries=32, show_spinner=False)
def findings(run_id: str, split: Split, version: Version) -> list[Finding]:
    """What is wrong with a run, or that nothing is; what matters first."""
    return diagnose(find_run(run_id), split)
