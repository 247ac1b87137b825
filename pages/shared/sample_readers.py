"""Cached readers of what becomes of single samples, by run id, epoch or kept epoch, and split."""

from typing import NamedTuple

import numpy as np
import streamlit as st
import torch

from effdash.decision import class_logits
from effdash.observe import record_preactivations
from effdash.observe.hearing import point_efficiency
from effdash.vocab import Split
from pages.shared import model_readers, readers


class Passage(NamedTuple):
    """One sample in a network: `firing` (layer,), how many units are above 0; `probabilities` (class,)."""

    firing: np.ndarray
    probabilities: np.ndarray


@st.cache_data(max_entries=32, show_spinner=False)
def efficiency(run_id: str, split: Split, version: readers.Version) -> np.ndarray:
    """Point efficiency at every recorded epoch, float64 (epoch,); for chains."""
    return point_efficiency(readers.point_history(run_id, split, version))


@st.cache_data(max_entries=64, show_spinner=False)
def point_status(run_id: str, epoch: int, split: Split, version: readers.Version) -> np.ndarray:
    """The status of every followed sample at every layer at a recorded epoch, uint8 (layer, sample)."""
    return readers.find_run(run_id).history("point_status", split, [epoch]).values[0]


@st.cache_data(max_entries=256, show_spinner=False)
def passage(run_id: str, incarnation: str, checkpoint: int, split: Split, sample: int) -> Passage:
    """How a sample passes the layers of a run's network, with the weights of a kept epoch."""
    data, model = model_readers.dataset(run_id, incarnation), readers.find_run(run_id).model(checkpoint)
    X = data.X_train if split == Split.TRAIN else data.X_test
    with torch.no_grad(), record_preactivations(model) as record:
        logits = class_logits(model(X[sample : sample + 1]))
        firing = [
            int((pre.flatten(2).amax(2) if pre.dim() > 2 else pre).gt(0).sum())
            for pre in record.preactivations
        ]
    return Passage(np.array(firing), logits.softmax(1)[0].numpy())
