"""Training what is left on: the smaller network as a run, and a child of that in the trainer's process."""

from typing import Final

import streamlit as st

from effdash.config import RunConfig, build
from effdash.runs.names import child_name
from effdash.training.origin import settings_to_go_on
from effdash.vocab import UserError
from pages.shared import glossary, page, prose, starting, trainers
from pages.shared.prune.keeping import keep_as_run, kept_run
from pages.shared.prune.readers import Result
from pages.shared.prune.state import Notes
from pages.shared.selection import Picked

MENU: Final = "fine-tune menu"
WIDTH: Final = 300
FEWEST_EPOCHS: Final = 20
"""With 90 % of the units of the example digits-wide removed, 20 epochs at its own learning rate bring its
accuracy on test from .942 to .975; with a tenth of that rate, to .961."""


def draw(picked: Picked, result: Result, notes: Notes) -> None:
    """A button that opens: how long, how fast, and with how much jumpstart."""
    menu = st.popover("Fine-tune", on_change="rerun", key=MENU)
    if not menu.open:
        return
    trainers.trainer_pool()  # warm before it is needed
    with menu, st.container(width=WIDTH, gap="small"):
        try:
            settings = settings_to_go_on(picked.run)
        except UserError as error:
            st.caption(prose.literal(str(error)))
            return
        _settings_and_button(picked, result, notes, settings)


def _settings_and_button(picked: Picked, result: Result, notes: Notes, settings: RunConfig) -> None:
    kept, units = result.outcome.units
    what = f"the {kept} units that are left" if kept < units else "all units, since none is removed,"
    st.caption(f"Trains {what} on from these weights, on the same data: a run of its own, live on Train.")
    with st.container(horizontal=True, gap="small"):
        epochs = st.number_input(
            "Epochs", 1, 1_000_000, max(FEWEST_EPOCHS, settings.epochs // 4), width=80, key="tuning epochs"
        )
        rate = st.number_input(
            "Learning rate", 0.0, value=settings.optimizer.lr, format="%g", width=100, key="tuning rate"
        )
        weight = st.number_input(
            "λ",
            0.0,
            value=settings.jumpstart.weight,
            step=0.1,
            format="%g",
            width=80,
            help=glossary.markdown("jumpstart"),
            key="tuning λ",
        )
    if st.button("Train it on", type="primary", width="stretch"):
        with page.problems_said():
            _start(picked, result, notes, _turned(settings, int(epochs), float(rate), float(weight)))


def _turned(settings: RunConfig, epochs: int, rate: float, weight: float) -> RunConfig:
    """Raises UserError where a value is out of range."""
    values = settings.model_dump()
    values["epochs"] = epochs
    values["optimizer"]["lr"] = rate
    values["jumpstart"]["weight"] = weight
    return build(RunConfig, values)


def _start(picked: Picked, result: Result, notes: Notes, config: RunConfig) -> None:
    kept, units = result.outcome.units
    if kept == units:
        run, epoch = picked.run, result.bench.checkpoint
    else:
        run, epoch = kept_run(picked, result) or keep_as_run(picked, result, notes), None
    name = child_name(run.name, ", fine-tuned")
    starting.fine_tune(run, config.model_copy(update={"name": name}), epoch=epoch)
