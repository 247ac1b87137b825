"""What is asked before a model is looked at: its files, how they are read, and the data."""

from typing import Final

import streamlit as st

from effdash.data import DATASETS
from effdash.loading import GUESSABLE_ACTIVATIONS
from effdash.models import NETWORKS
from pages.shared import own_data, prose
from pages.shared.dropped import drop_place
from pages.shared.loading import Asked

OWN: Final = "own file …"
FORMATS: Final = (
    "ONNX, safetensors or a PyTorch state dict; several checkpoints of one training together become its film"
)
GIVEN: Final = {False: "as they are", True: "standardised"}
ARCHITECTURE_HELP: Final = (
    "Only for weights without a description of their network. Left out, a plain stack of layers is guessed. "
    "A name of ours builds that network, with settings after a colon where the weights do not say them: "
    "rectangular:depth=2,activation=relu"
)
VALUES_HELP: Final = (
    "How the network expects its inputs: as in the file, or each feature with mean 0 and deviation 1. "
    "The accuracy tells which of the two it learnt on."
)


def draw() -> Asked | None:
    """The two steps; `None` as long as there is no model."""
    st.html(prose.figure_title("1  Model", ""))
    files = drop_place(FORMATS, key="model", several=True)
    if not files:
        return None
    asked = Asked(tuple(files), None, GUESSABLE_ACTIVATIONS[0], None, False)
    architecture, activation = _network() if asked.may_be_guessed else (None, GUESSABLE_ACTIVATIONS[0])
    st.html(prose.figure_title("2  Data", "on which its units are looked at"))
    data = _data()
    standardise = st.segmented_control(
        "Values are given",
        list(GIVEN),
        format_func=GIVEN.__getitem__,
        default=False,
        required=True,
        key="given",
        persist_state="session",
        help=VALUES_HELP,
        disabled=data is None,
    )
    return Asked(tuple(files), architecture, activation, data, bool(standardise))


def _network() -> tuple[str | None, str]:
    with st.container(horizontal=True, gap="small"):
        architecture = st.selectbox(
            "Network",
            list(NETWORKS),
            index=None,
            placeholder="guessed from its layers",
            accept_new_options=True,
            key="architecture",
            persist_state="session",
            help=ARCHITECTURE_HELP,
        )
        activation = st.selectbox(
            "Activation",
            GUESSABLE_ACTIVATIONS,
            key="activation guessed",
            persist_state="session",
            width=130,
            help="Weights do not say which nonlinearity stands between them.",
            disabled=architecture is not None,
        )
    return architecture, activation


def _data() -> str | own_data.OwnFile | None:
    chosen = st.selectbox(
        "Data",
        [OWN, *DATASETS],
        index=None,
        placeholder="choose",
        key="model data",
        persist_state="session",
        label_visibility="collapsed",
    )
    return own_data.draw("model data file", wide=False) if chosen == OWN else chosen
