"""The form that makes a configuration: presets, and every setting of a run."""

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from effdash.config import RunConfig, build
from effdash.data import DATASETS
from effdash.models import ACTIVATIONS, INITIALISATIONS, NETWORKS
from effdash.presets import PRESETS
from effdash.vocab import UserError
from pages.shared import own_data

SHOWN_PRESETS: Final = (
    "born-dead",
    "jumpstart",
    "revive",
    "dies-in-training",
    "linked",
    "skip-connections",
    "digits-wide",
    "cnn",
)
FIRST_PRESET: Final = "born-dead"
SLOWLY: Final = "slowly"
"""Where the session keeps whether a run is to be slow enough for the eye."""

FIELD: Final = "form "
NOT_ASKED: Final[Mapping[str, Any]] = {"name": True, "changes": True, "start": True, "data": {"own"}}
"""Parts of a configuration that are no fields of the form."""
WIDE: Final = 190
MOST_DIGITS: Final = 18
OWN: Final = "the network's own"
OWN_FILE: Final = "own file …"
OWN_DATA: Final = "own data"
"""Where the session keeps the file that the form's data are read from."""

TERM_WORDS: Final = {
    "unit": "Terms of units",
    "point": "Terms of samples",
    "positive": "Against dead",
    "negative": "Against linear",
}


def training_form() -> dict[str, Any]:
    """Draws the form and returns what it holds, as values for `RunConfig`; nothing is checked yet."""
    if FIELD + "data.name" not in st.session_state:
        fill(PRESETS[FIRST_PRESET].config)
    st.pills(
        "Preset",
        SHOWN_PRESETS,
        format_func=lambda name: PRESETS[name].label,
        default=FIRST_PRESET,
        required=True,
        key="preset",
        on_change=_fill_with_preset,
        persist_state="session",
        label_visibility="collapsed",
    )
    st.caption(PRESETS[_preset()].look_for)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _choice("Data", "data.name", [*DATASETS, OWN_FILE], 125)
        if is_toy():
            _number("Samples", "data.samples", 90, value=None, min_value=10, step=50, placeholder="default")
            _number("Noise", "data.noise", 90, value=None, min_value=0.0, step=0.05, placeholder="default")
        _choice("Network", "network.name", list(NETWORKS), 135)
        _number("Depth", "network.depth", 75, min_value=1, max_value=1000)
        _number("Width", "network.width", 75, min_value=1, max_value=100_000)
        _choice("Activation", "network.activation", list(ACTIVATIONS), 115)
        _choice("Initialisation", "network.init", list(INITIALISATIONS), 130)
    if has_own_data():
        with st.container(key="own-data"):
            st.session_state[OWN_DATA] = own_data.draw("training data", wide=True)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _number("Jumpstart λ", "jumpstart.weight", 100, min_value=0.0, step=0.1, format="%g")
        _choice("Optimizer", "optimizer.name", ["adam", "adamw", "sgd"], 100)
        _number("Learning rate", "optimizer.lr", 105, min_value=0.0, step=0.001, format="%g")
        _choice("Schedule", "optimizer.schedule", ["cosine", "constant"], 110)
        _text("Batch size", "batch_size", 85)
        _number("Epochs", "epochs", 85, min_value=1, step=100)
        _number("Seed", "seed", 70, min_value=0)
        _choice("Device", "device", devices(), 90)
        with st.popover("More"):
            _more()
    return read()


def _more() -> None:
    left, right = st.columns(2)
    with left:
        _number("Skip connection over layers", "network.skip", WIDE, value=None, min_value=0, placeholder=OWN)
        _choice("Batch normalization", "network.batch_norm", [None, True, False], WIDE, {None: OWN})
        _number("Weight decay", "optimizer.weight_decay", WIDE, min_value=0.0, step=0.01, format="%g")
        _number("Momentum (SGD)", "optimizer.momentum", WIDE, min_value=0.0, max_value=0.99, step=0.1)
        _number("Data seed", "data.seed", WIDE, value=None, min_value=0, placeholder="the seed")
        _number("Weights kept, at most", "checkpoints", WIDE, min_value=1, max_value=1000)
        _toggle("As few parameters as unlinked", "network.match_parameters")
    with right:
        _choice("Jumpstart schedule", "jumpstart.schedule", ["constant", "cosine"], WIDE)
        _choice("Aggregation", "jumpstart.aggregation", ["balanced", "mean", "norm"], WIDE)
        _number("Sign balance", "jumpstart.sign_balance", WIDE, min_value=0.0, max_value=1.0, step=0.1)
        _number("Margin", "jumpstart.margin", WIDE, step=0.1)
        for field in ("unit", "point", "positive", "negative"):
            _toggle(TERM_WORDS[field], f"jumpstart.{field}")


def chosen_config(values: dict[str, Any]) -> RunConfig:
    """The configuration of what the form holds, named after its preset or its network.

    Raises:
        UserError: a value is out of range; the message names it.
    """
    preset = PRESETS[_preset()]
    config = build(RunConfig, values)
    return config.model_copy(update={"name": preset.label}) if config == preset.config else named(config)


def named(config: RunConfig) -> RunConfig:
    """The same, called after its data and its network."""
    name = f"{config.data.name} {config.network.depth} × {config.network.width}"
    if config.jumpstart.weight:
        name += f", λ {config.jumpstart.weight:g}"
    return config.model_copy(update={"name": name})


def fill(config: RunConfig) -> None:
    """Puts a configuration into the form."""
    for key, value in _flat(config.model_dump(exclude=NOT_ASKED)).items():
        st.session_state[FIELD + key] = str(value) if key == "batch_size" else value


def read() -> dict[str, Any]:
    """What the form holds, nested as the configuration is."""
    values: dict[str, Any] = {}
    for key in _flat(RunConfig().model_dump(exclude=NOT_ASKED)):
        part, _, field = key.rpartition(".")
        value = _get(key)
        (values.setdefault(part, {}) if part else values)[field] = value
    if not is_toy():
        values["data"].update(samples=None, noise=None)
    text = str(values["batch_size"]).strip()
    values["batch_size"] = int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else text
    return values


def is_toy() -> bool:
    """Whether the data chosen have so many samples and so much noise as one likes."""
    return not has_own_data() and DATASETS[_get("data.name")].toy


def has_own_data() -> bool:
    """Whether the data are to be read from somebody's own file."""
    return bool(_get("data.name") == OWN_FILE)


def own_file() -> own_data.OwnFile:
    """That file, and how it is to be read.

    Raises:
        UserError: none was dropped that can be read.
    """
    file: own_data.OwnFile | None = st.session_state.get(OWN_DATA)
    if file is None:
        raise UserError("no file of your own is there yet: drop one, or choose other data")
    return file


def devices() -> list[str]:
    """Those of this machine."""
    import torch

    found = (
        [f"cuda:{index}" for index in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    )
    return ["auto", "cpu", *found, *(["mps"] if torch.backends.mps.is_available() else [])]


def _fill_with_preset() -> None:
    """All that the preset says; data of one's own stay."""
    own = has_own_data()
    fill(PRESETS[_preset()].config)
    if own:
        st.session_state[FIELD + "data.name"] = OWN_FILE
    st.session_state[SLOWLY] = _preset() == "revive"


def _preset() -> str:
    return st.session_state.get("preset") or FIRST_PRESET


def _flat(values: dict[str, Any], before: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        flat.update(_flat(value, f"{before}{key}.") if isinstance(value, dict) else {before + key: value})
    return flat


def _get(key: str) -> Any:
    return st.session_state[FIELD + key]


def _choice(
    label: str, key: str, options: list[Any], width: int, words: dict[Any, str] | None = None
) -> None:
    def word(option: Any) -> str:
        return (words or {}).get(option) or {True: "yes", False: "no"}.get(option, str(option))

    st.selectbox(label, options, key=FIELD + key, width=width, format_func=word, persist_state="session")


def _number(label: str, key: str, width: int, **limits: Any) -> None:
    st.number_input(label, key=FIELD + key, width=width, persist_state="session", **limits)


def _text(label: str, key: str, width: int) -> None:
    st.text_input(label, key=FIELD + key, width=width, persist_state="session")


def _toggle(label: str, key: str) -> None:
    st.toggle(label, key=FIELD + key, persist_state="session")
