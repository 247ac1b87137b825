"""The form that makes a configuration: presets, and every setting of a run."""

from typing import Any, Final

import streamlit as st

from effdash.config import RunConfig, build
from effdash.data import DATASETS
from effdash.models import ACTIVATIONS, INITIALISATIONS, NETWORKS
from effdash.presets import PRESETS

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
SLOW_PACE: Final = 20.0
FIELD: Final = "form "
DEFAULT_WORD: Final = "default"


def training_form() -> dict[str, Any]:
    """Draws the form and returns what it holds, as values for `RunConfig`; nothing is checked yet."""
    if FIELD + "data.name" not in st.session_state:
        fill(PRESETS["born-dead"].config)
    st.pills(
        "Preset",
        SHOWN_PRESETS,
        format_func=lambda name: PRESETS[name].label,
        default="born-dead",
        required=True,
        key="preset",
        on_change=_fill_with_preset,
        persist_state="session",
        label_visibility="collapsed",
    )
    preset = PRESETS[st.session_state.get("preset") or "born-dead"]
    st.caption(preset.look_for)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _choice("Data", "data.name", list(DATASETS), 120)
        if DATASETS[_get("data.name")].toy:
            _number("Samples", "data.samples", 95, min_value=10, step=50, placeholder=DEFAULT_WORD)
            _number(
                "Noise", "data.noise", 85, min_value=0.0, step=0.05, format="%.2f", placeholder=DEFAULT_WORD
            )
        _choice("Network", "network.name", list(NETWORKS), 140)
        _number("Depth", "network.depth", 80, min_value=1, max_value=1000)
        _number("Width", "network.width", 80, min_value=1, max_value=100_000)
        _choice("Activation", "network.activation", list(ACTIVATIONS), 115)
        _choice("Initialisation", "network.init", list(INITIALISATIONS), 130)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _number("Jumpstart λ", "jumpstart.weight", 100, min_value=0.0, step=0.1, format="%.3g")
        _choice("Optimizer", "optimizer.name", ["adam", "adamw", "sgd"], 100)
        _number("Learning rate", "optimizer.lr", 105, min_value=0.0, step=0.001, format="%.4g")
        _choice("Schedule", "optimizer.schedule", ["cosine", "constant"], 110)
        _text("Batch size", "batch_size", 85)
        _number("Epochs", "epochs", 90, min_value=1, step=100)
        _number("Seed", "seed", 75, min_value=0)
        _choice("Device", "device", devices(), 95)
        with st.popover("More"):
            _more()
        st.space("stretch")
        st.segmented_control(
            "Pace",
            ["full", "slow"],
            format_func={"full": "full speed", "slow": "20 epochs a second"}.__getitem__,
            default="full",
            required=True,
            key="pace",
            persist_state="session",
        )
    return read()


def _more() -> None:
    _number("Skip connection over layers", "network.skip", 220, min_value=0, placeholder="the network's own")
    _choice(
        "Batch normalization", "network.batch_norm", [None, True, False], 220, {None: "the network's own"}
    )
    _toggle("Narrow linked networks to equal parameters", "network.match_parameters")
    _choice("Jumpstart schedule", "jumpstart.schedule", ["constant", "cosine"], 220)
    _choice("Aggregation", "jumpstart.aggregation", ["balanced", "mean", "norm"], 220)
    _number("Sign balance", "jumpstart.sign_balance", 220, min_value=0.0, max_value=1.0, step=0.1)
    _number("Margin", "jumpstart.margin", 220, step=0.1)
    for name, label in (
        ("unit", "Unit terms"),
        ("point", "Sample terms"),
        ("positive", "Positive"),
        ("negative", "Negative"),
    ):
        _toggle(label, f"jumpstart.{name}")
    _number("Weight decay", "optimizer.weight_decay", 220, min_value=0.0, step=0.01, format="%.4g")
    _number("Momentum (SGD)", "optimizer.momentum", 220, min_value=0.0, max_value=0.99, step=0.1)
    _number("Data seed", "data.seed", 220, min_value=0, placeholder="the seed")
    _number("Weights kept, at most", "checkpoints", 220, min_value=1, max_value=1000)


def chosen_config(values: dict[str, Any], name: str | None = None) -> RunConfig:
    """The configuration of what the form holds.

    Raises:
        UserError: a value is out of range; the message names it.
    """
    preset = PRESETS[st.session_state.get("preset") or "born-dead"]
    return build(RunConfig, {**values, "name": name, "changes": preset.config.changes})


def chosen_pace() -> float | None:
    """At most so many epochs a second; `None`: as fast as it goes."""
    return SLOW_PACE if st.session_state.get("pace") == "slow" else None


def fill(config: RunConfig) -> None:
    """Puts a configuration into the form."""
    for key, value in _flat(config.model_dump(exclude={"name", "changes"})).items():
        st.session_state[FIELD + key] = str(value) if key == "batch_size" else value


def read() -> dict[str, Any]:
    """What the form holds, nested as the configuration is."""
    values: dict[str, Any] = {}
    for key in _flat(RunConfig().model_dump(exclude={"name", "changes"})):
        part, _, field = key.rpartition(".")
        value = _get(key)
        (values.setdefault(part, {}) if part else values)[field] = value
    if not DATASETS[values["data"]["name"]].toy:
        values["data"].update(samples=None, noise=None)
    text = str(values["batch_size"]).strip()
    values["batch_size"] = int(text) if text.isdecimal() else text
    return values


def devices() -> list[str]:
    """Those of this machine."""
    import torch

    found = (
        [f"cuda:{index}" for index in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    )
    return ["auto", "cpu", *found, *(["mps"] if torch.backends.mps.is_available() else [])]


def _fill_with_preset() -> None:
    name = st.session_state.get("preset") or "born-dead"
    fill(PRESETS[name].config)
    st.session_state["pace"] = "slow" if name == "revive" else "full"


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
    st.number_input(label, key=FIELD + key, width=width, value=None, persist_state="session", **limits)


def _text(label: str, key: str, width: int) -> None:
    st.text_input(label, key=FIELD + key, width=width, persist_state="session")


def _toggle(label: str, key: str) -> None:
    st.toggle(label, key=FIELD + key, persist_state="session")
