"""Cached readers that need a run's data or its network, and so torch.

Cached by run id, kept epoch and layer; weights and data change with `Run.incarnation` alone, which stays
while a trainer adds epochs.
"""

import math
from dataclasses import replace
from typing import Final

import numpy as np
import streamlit as st
import torch

from effdash.data import Dataset
from effdash.decision import DecisionMap, Plane, decision_map, decisions, logits_of, responses
from effdash.diagnosis import Finding, diagnose
from effdash.observe import record_preactivations
from effdash.vocab import Split, UserError
from pages.shared.readers import Version, find_run

NO_CLASSES: Final = ("all samples",)
"""What figures call the one class of data without classes."""


@st.cache_resource(max_entries=8, show_spinner=False)
def dataset(run_id: str, incarnation: str) -> Dataset:
    """The data a run was trained on. Shared between sessions: not to be changed."""
    return find_run(run_id).data()


def pictured(run_id: str, incarnation: str) -> Dataset:
    """The same for figures: all samples are of one class where the data have none.

    Raises:
        UserError: the run's data cannot be had.
    """
    data = dataset(run_id, incarnation)
    return data if data.n_classes else replace(data, class_names=NO_CLASSES)


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
def first_images(run_id: str, incarnation: str, checkpoint: int) -> np.ndarray | None:
    """The incoming weights of the first layer's units as images, float32 (unit, row, column), first channel.

    `None`: the samples are no images, or the network begins with something else than one weight a pixel or
    with a convolution of their channels.
    """
    run, shape = find_run(run_id), dataset(run_id, incarnation).image_shape
    if shape is None:
        return None
    weights = next(iter(run.model(checkpoint).parameters())).detach().float().numpy()
    units = run.layers[0].units
    if weights.shape == (units, math.prod(shape)):
        return weights.reshape(units, *shape)[:, 0]
    convolves = weights.ndim == 4 and weights.shape[:2] == (units, shape[0])
    return weights[:, 0] if convolves else None


@st.cache_data(max_entries=64, show_spinner=False)
def decision(run_id: str, incarnation: str, checkpoint: int) -> DecisionMap:
    """The decision function of a run on two-dimensional data, with the weights of a kept epoch."""
    return decision_map(find_run(run_id).model(checkpoint), Plane.around(dataset(run_id, incarnation)))


@st.cache_data(max_entries=64, show_spinner=False)
def extent(run_id: str, incarnation: str) -> tuple[float, float, float, float]:
    """That of the plane on which a run on two-dimensional data is drawn."""
    return Plane.around(dataset(run_id, incarnation)).extent


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
def chance(run_id: str, incarnation: str) -> float | None:
    """Training accuracy of always answering the commonest class; `None`: there are no classes to be had."""
    try:
        data = dataset(run_id, incarnation)
    except UserError:
        return None
    counts = data.y_train.bincount()
    return float(counts.max() / counts.sum()) if data.n_classes else None


@st.cache_data(max_entries=32, show_spinner=False)
def findings(run_id: str, split: Split, version: Version) -> list[Finding]:
    """What is wrong with a run, or that nothing is; what matters first."""
    return diagnose(find_run(run_id), split)
