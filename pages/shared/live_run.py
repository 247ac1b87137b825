"""A run while it trains, and after: numbers, what can be pressed and turned, the map, and the curves."""

from typing import Final

import numpy as np
import pandas as pd
import streamlit as st

from effdash.data import Dataset
from effdash.figures import (
    curves_payload,
    decision_payload,
    samples_payload,
)
from effdash.runs import send
from effdash.vocab import LOSS, STATUS_WORDS, RunState, Split, UserError
from pages.shared import canvas, model_readers, page, prose, readers, starting, trainers
from pages.shared.selection import LIVE, Picked
from pages.shared.training_form import SLOWLY
from pages.shared.unit_overview import chosen_unit, draw_map, draw_shares
from pages.shared.view import change_view

MAP_HEIGHT: Final = 420
CURVES_HEIGHT: Final = 290
SHARES_HEIGHT: Final = 170
PLANE_HEIGHT: Final = 330
MOST_WRONG: Final = 24
LAMBDAS: Final = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
RATES: Final = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)


def draw(picked: Picked) -> None:
    """The whole: numbers, controls and the decision function to the left, the network to the right."""
    controls, figures = st.columns([0.33, 0.67], gap="medium")
    epochs = readers.epochs_table(picked.run.id, picked.version)
    with controls:
        _numbers(picked, epochs)
        _buttons(picked)
        if picked.state in LIVE and picked.config is not None:
            _dials(picked)
        _below_controls(picked)
    with figures:
        _map(picked)
        _curves(picked, epochs)
        draw_shares(picked, key="live shares", height=SHARES_HEIGHT)


def _numbers(picked: Picked, epochs: pd.DataFrame) -> None:
    row = epochs[epochs["epoch"] == picked.shown_epoch].iloc[0]
    told = (
        {f"{split} accuracy": prose.share(row[f"{split}_accuracy"]) for split in picked.run.splits}
        if picked.run.n_classes
        else {"loss": prose.few_digits(row[LOSS])}
    )
    planned = picked.planned_epochs
    history = readers.status_history(picked.run.id, picked.split, picked.version)
    status = history.status[list(history.epochs).index(picked.shown_epoch)]
    shares = {word: f"{100 * (status == code).mean():.0f} %" for code, word in enumerate(STATUS_WORDS)}
    st.html(
        prose.numbers(
            {
                "epoch": (str(picked.shown_epoch), f"/ {planned}" if planned else ""),
                **told,
                **{f"{word} on {picked.split}": share for word, share in shares.items()},
            }
        )
    )
    message = picked.run.message
    st.caption(f"{picked.state}{': ' + prose.literal(message) if message else ''}")


def _buttons(picked: Picked) -> None:
    with st.container(horizontal=True, gap="small"):
        if picked.config is not None:  # a loop of somebody's own steers itself
            _steer(picked)
        starting.offer_jumpstart(picked)
        if picked.view.beside not in (None, picked.run.id) and st.button("Side by side", type="tertiary"):
            st.switch_page(page.PAGES["units"])
    if refusal := st.session_state.pop("control refusal", None):
        page.complain(refusal)


def _steer(picked: Picked) -> None:
    if picked.state == RunState.RUNNING:
        _command("Pause", "pause", picked, "p")
        _command("Stop", "stop", picked, None)
    elif picked.state == RunState.PAUSED:
        _command("Continue", "continue", picked, "p")
        _command("Step", "step", picked, "s")
        _command("Stop", "stop", picked, None)
    elif picked.state == RunState.INTERRUPTED and not picked.run.shipped and st.button("Resume"):
        _resume(picked)


def _command(label: str, command: str, picked: Picked, shortcut: str | None) -> None:
    st.button(label, key=f"press {command}", on_click=_send, args=(picked, command), shortcut=shortcut)


def _send(picked: Picked, command: str, value: float | None = None) -> None:
    try:
        send(picked.run.path, command, value)
    except UserError as error:
        st.session_state["control refusal"] = str(error)


def _resume(picked: Picked) -> None:
    with page.problems_said():
        with st.spinner("Starting the trainer …"):
            trainers.trainer_pool().resume(picked.run.path)
        st.rerun()


def _dials(picked: Picked) -> None:
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
            on_change=_turn,
            args=(picked, command, key),
        )
    key = f"pace of {picked.run.id}"
    st.toggle(
        "Slowly, 20 epochs a second",
        value=bool(st.session_state.get(SLOWLY)),
        key=key,
        on_change=lambda: _send(picked, "pace", starting.SLOW_PACE if st.session_state[key] else None),
    )


def _turn(picked: Picked, command: str, key: str) -> None:
    """Tells the trainer. As a run ends, streamlit may report a slider that stands where it stood."""
    value = st.session_state[key]
    if picked.run.state in LIVE or value != picked.base_value(command):
        _send(picked, command, value)


def _map(picked: Picked) -> None:
    draw_map(picked, key="live map", height=MAP_HEIGHT)
    name = prose.markdown(f"{picked.view.layer} · {picked.view.unit}")
    if chosen_unit(picked) is not None and st.button(f"Card of {name}"):
        st.switch_page(page.PAGES["units"])


def _curves(picked: Picked, epochs: pd.DataFrame) -> None:
    extras = picked.run.extra_scalars
    extra = None
    if extras:
        extra = st.selectbox(
            "Beside the loss",
            extras,
            index=None,
            placeholder="accuracy",
            format_func=prose.plain,
            key=f"extra of {picked.run.id}",
            width=220,
        )
    canvas.curves(
        curves_payload(
            epochs,
            readers.changes_table(picked.run.id, picked.version),
            link=picked.run.id,
            epoch=picked.epoch,
            chance=model_readers.chance(picked.run.id, picked.run.incarnation),
            extra=extra,
        ),
        key="curves",
        height=CURVES_HEIGHT,
        on_epoch=lambda epoch: change_view(epoch=epoch),
    )


def _below_controls(picked: Picked) -> None:
    """The decision function of two-dimensional data; of images, those answered wrongly."""
    try:
        checkpoint = picked.kept_weights
        data = model_readers.dataset(picked.run.id, picked.run.incarnation)
    except UserError as error:
        if picked.config is not None:
            raise
        st.caption(f"What it answers cannot be shown: {prose.literal(str(error))}.")
        return
    if not data.n_classes or (picked.config is None and picked.run.graph is None):
        return
    if data.input_shape == (2,):
        _decision(picked, data, checkpoint)
    elif data.image_shape is not None:
        _wrongly_answered(picked, data, data.image_shape, checkpoint)


def _wrongly_answered(picked: Picked, data: Dataset, image_shape: tuple[int, ...], checkpoint: int) -> None:
    X, y = (data.X_train, data.y_train) if picked.split == Split.TRAIN else (data.X_test, data.y_test)
    answers = model_readers.answers(picked.run.id, picked.run.incarnation, checkpoint, picked.split)
    wrong = np.flatnonzero(answers != y.numpy())
    if not len(wrong):
        st.caption(f"Every {picked.split} sample is answered rightly with the weights of epoch {checkpoint}.")
        return
    shown = wrong[:MOST_WRONG]
    images = X[shown] * data.scale + data.mean
    of = f"{MOST_WRONG} of {len(wrong):,}" if len(wrong) > MOST_WRONG else f"{len(wrong)}"
    canvas.images(
        samples_payload(
            images.reshape(-1, *image_shape)[:, 0].numpy(),
            captions=[f"{data.class_names[y[row]]} → {data.class_names[answers[row]]}" for row in shown],
            classes=y[shown].numpy(),
            title="Wrongly answered",
            qualifier=f"{of} on {picked.split}: class → answer",
        ),
        key="wrong",
        height=PLANE_HEIGHT,
    )


def _decision(picked: Picked, data: Dataset, checkpoint: int) -> None:
    decision = model_readers.decision(picked.run.id, picked.run.incarnation, checkpoint)
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
