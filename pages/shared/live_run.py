"""A run while it trains, and after: numbers, what can be pressed and turned, the map, and the curves."""

from typing import Final

import pandas as pd
import streamlit as st

from effdash.figures import curves_payload, decision_payload, shares_payload, unit_map_payload
from effdash.runs import send
from effdash.vocab import STATUS_WORDS, RunState, UserError
from pages.shared import canvas, prose, readers, trainers
from pages.shared.sidebar import LIVE, Picked
from pages.shared.unit_overview import choose
from pages.shared.view import change_view

MAP_HEIGHT: Final = 420
CURVES_HEIGHT: Final = 230
PLANE_HEIGHT: Final = 330
LAMBDAS: Final = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
RATES: Final = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)


def draw(picked: Picked) -> None:
    """The whole: controls to the left, figures to the right."""
    controls, figures = st.columns([0.24, 0.76], gap="medium")
    epochs = readers.epochs_table(picked.run.id, picked.version)
    with controls:
        _numbers(picked, epochs)
        _buttons(picked)
        if picked.state in LIVE:
            _dials(picked, epochs.iloc[-1])
    with figures:
        _map(picked)
        _below(picked, epochs)


def _numbers(picked: Picked, epochs: pd.DataFrame) -> None:
    row = epochs[epochs["epoch"] == picked.shown_epoch].iloc[0]
    history = readers.status_history(picked.run.id, picked.split, picked.version)
    status = history.status[list(history.epochs).index(picked.shown_epoch)]
    shares = {word: f"{(status == code).mean():.0%}" for code, word in enumerate(STATUS_WORDS)}
    st.html(
        prose.numbers(
            {
                "epoch": f"{picked.shown_epoch} / {picked.run.config.epochs}",
                "train": f"{row['train_accuracy']:.3f}",
                "test": f"{row['test_accuracy']:.3f}",
                **{f"{word} on {picked.split}": share for word, share in shares.items()},
            }
        )
    )
    message = picked.run.message
    st.caption(f"{picked.state}{': ' + message if message else ''}")


def _buttons(picked: Picked) -> None:
    with st.container(horizontal=True, gap="small"):
        if picked.state == RunState.RUNNING:
            _command("Pause", "pause", picked, "p")
            _command("Stop", "stop", picked, None)
        elif picked.state == RunState.PAUSED:
            _command("Continue", "continue", picked, "p")
            _command("Step", "step", picked, "s")
            _command("Stop", "stop", picked, None)
        elif picked.state == RunState.INTERRUPTED and not picked.run.shipped:
            st.button("Resume", on_click=_resume, args=(picked,))
    if refusal := st.session_state.pop("control refusal", None):
        st.error(refusal)


def _command(label: str, command: str, picked: Picked, shortcut: str | None) -> None:
    st.button(label, key=f"press {command}", on_click=_send, args=(picked, command), shortcut=shortcut)


def _send(picked: Picked, command: str, value: float | None = None) -> None:
    try:
        send(picked.run.path, command, value)
    except UserError as error:
        st.session_state["control refusal"] = str(error)


def _resume(picked: Picked) -> None:
    try:
        trainers.trainer_pool().resume(picked.run.path)
    except UserError as error:
        st.session_state["control refusal"] = str(error)


def _dials(picked: Picked, row: pd.Series) -> None:
    for label, command, steps, now in (
        ("Jumpstart λ", "jumpstart", LAMBDAS, picked.base_value("jumpstart")),
        ("Learning rate", "lr", RATES, picked.base_value("lr")),
    ):
        key = f"{command} of {picked.run.id}"
        st.select_slider(
            label,
            sorted({*steps, now}),
            value=now,
            format_func=lambda value: f"{value:g}",
            key=key,
            on_change=lambda command=command, key=key: _send(picked, command, st.session_state[key]),
        )
    st.segmented_control(
        "Pace",
        ["full speed", "20 epochs a second"],
        key=f"pace of {picked.run.id}",
        on_change=lambda: _send(
            picked, "pace", 20.0 if "20" in str(st.session_state[f"pace of {picked.run.id}"]) else None
        ),
    )


def _map(picked: Picked) -> None:
    history = readers.status_history(picked.run.id, picked.split, picked.version)

    def open_unit(unit: int) -> None:
        choose(picked, unit)

    canvas.unit_map(
        unit_map_payload(
            picked.run.layers,
            history.epochs,
            history.status,
            split=picked.split_words,
            link=picked.run.id,
            epoch=picked.epoch,
            constant=history.constant,
        ),
        key="live map",
        height=MAP_HEIGHT,
        controls=False,
        on_unit=open_unit,
        on_epoch=lambda epoch: change_view(epoch=epoch),
    )


def _below(picked: Picked, epochs: pd.DataFrame) -> None:
    history = readers.status_history(picked.run.id, picked.split, picked.version)
    plane = picked.run.input_shape == (2,)
    left, right = st.columns([0.42, 0.58]) if plane else (None, st.container())
    if left is not None:
        with left:
            _decision(picked)
    with right:
        canvas.curves(
            curves_payload(
                epochs,
                readers.changes_table(picked.run.id, picked.version),
                link=picked.run.id,
                epoch=picked.epoch,
                chance=readers.chance(picked.run.id),
            ),
            key="curves",
            height=CURVES_HEIGHT,
            on_epoch=lambda epoch: change_view(epoch=epoch),
        )
        canvas.status_shares(
            shares_payload(
                history.epochs,
                history.status,
                split=picked.split_words,
                link=picked.run.id,
                epoch=picked.epoch,
            ),
            key="live shares",
            height=150,
            on_epoch=lambda epoch: change_view(epoch=epoch),
        )


def _decision(picked: Picked) -> None:
    checkpoint = picked.kept_weights
    data = readers.dataset(picked.run.id)
    decision = readers.decision(picked.run.id, checkpoint)
    canvas.decision(
        decision_payload(
            decision.classes,
            decision.confidence,
            decision.plane.extent,
            data.class_names,
            train=(data.X_train.numpy(), data.y_train.numpy()),
            test=(data.X_test.numpy(), data.y_test.numpy()),
            qualifier=f"weights of epoch {checkpoint}",
        ),
        key="decision",
        height=PLANE_HEIGHT,
    )
