"""What was found in a model's file: its answers, its layers, and what is to be known before it is opened."""

from typing import Final

import numpy as np
import pandas as pd
import streamlit as st

from effdash.data import Dataset
from effdash.figures import samples_payload
from effdash.vocab import Split
from pages.shared import canvas, loading, prose
from pages.shared.loading import Asked, Found

ROW_HEIGHT: Final = 28
MOST_LAYERS: Final = 12
PICTURES_HEIGHT: Final = 118
CONFIRM: Final = "Yes, this is the network"
DOORS: Final = {"units": "Open in Units", "prune": "Open in Prune"}
KINDS: Final = {"onnx": "ONNX", "torch.export": "torch.export"}


def draw(asked: Asked, found: Found) -> None:
    """The whole, from the name down to what was not understood."""
    _head(found)
    confirmed = _confirmation(asked, found)
    if found.look is None or found.data is None:
        st.caption("Choose the data, and its layers are here, with what it answers to five samples.")
        _told(found.newest.notes)
        return
    if found.look.accuracy_question:
        st.markdown(f"**{prose.literal(prose.sentence(found.look.accuracy_question))}**")
    _doors(asked, found, confirmed)
    _answers(found.look.answers, found.data)
    _layers(found.look.layers)
    st.html(prose.figure_title("What it is given", ""))
    st.caption(prose.literal(found.look.input_words))
    if found.look.not_understood:
        st.html(prose.figure_title("Not understood", ""))
        _told(found.look.not_understood)
    _told((*found.newest.notes, *found.look.notes))


def _head(found: Found) -> None:
    model, look = found.newest, found.look
    kind = KINDS.get(model.kind, model.kind)
    epochs = [epoch for epoch, _ in found.models]
    film = ""
    if len(epochs) > 1:
        film = f"{len(epochs)} checkpoints, epochs {epochs[0]} to {epochs[-1]}; shown is the last. "
    shape = "" if model.input_shape is None else f"Takes {prose.shape_words(model.input_shape)}."
    st.html(prose.loaded_heading(prose.plain(found.name), kind, f"{film}{shape}"))
    told: dict[str, str | tuple[str, str]] = {}
    if look is not None:
        told["layers"] = f"{len(look.layers):,}"
        told["units"] = f"{int(look.layers['units'].sum()):,}"
        for split, accuracy in ((Split.TRAIN, look.accuracy_train), (Split.TEST, look.accuracy_test)):
            if accuracy is not None:
                told[f"accuracy {split}"] = prose.share(accuracy)
    if model.difference is not None:
        told["difference to onnxruntime"] = prose.few_digits(model.difference)
    if told:
        st.html(prose.numbers(told, row=True))


def _confirmation(asked: Asked, found: Found) -> bool:
    """Whether what was guessed is confirmed, or nothing was."""
    guess = found.newest.guess
    if not guess:
        return True
    with st.container(key="guess"):
        st.markdown("**Guessed:** " + " ".join(prose.literal(prose.sentence(each)) for each in guess))
        # The same guess stays confirmed when other data are chosen.
        key = f"guess of {hash((tuple(file.key for file in asked.files), guess))}"
        return st.checkbox(CONFIRM, key=key, persist_state="session")


def _doors(asked: Asked, found: Found, confirmed: bool) -> None:
    """To the pages, once a guess is confirmed."""
    busy = loading.is_making(asked)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for page, label in DOORS.items():
            st.button(
                label,
                type="primary" if page == "units" else "secondary",
                disabled=not confirmed or busy,
                on_click=loading.begin_run,
                args=(asked, found, page),
            )
        if not confirmed:
            st.caption("once the guess is confirmed", width="content")
    loading.draw_run_job(asked)


def _answers(answers: pd.DataFrame, data: Dataset) -> None:
    title = f"What it answers to {len(answers)} samples"
    if data.image_shape is not None and len(answers):
        _pictures(answers, data, data.image_shape, title)
        return
    st.html(prose.figure_title(title, ""))
    st.dataframe(
        answers,
        hide_index=True,
        row_height=ROW_HEIGHT,
        column_config={"probability": st.column_config.NumberColumn("probability", format="%.3f")},
    )


def _pictures(answers: pd.DataFrame, data: Dataset, shape: tuple[int, int, int], title: str) -> None:
    parts = {Split.TRAIN.value: data.X_train, Split.TEST.value: data.X_test}
    told = answers.to_dict("records")
    rows = [(parts[row["split"]][row["sample"]] * data.scale + data.mean).reshape(shape)[0] for row in told]
    canvas.images(
        samples_payload(
            np.stack([row.numpy() for row in rows]),
            captions=[f"{row['label']} → {row['answer']}" for row in told],
            hints=[
                f"{row['split']} sample {row['sample']}: probability {prose.share(row['probability'])}"
                for row in told
            ],
            title=title,
            qualifier="class → answer",
        ),
        key="loaded answers",
        height=PICTURES_HEIGHT,
    )


def _layers(layers: pd.DataFrame) -> None:
    st.html(prose.figure_title("Layers", f"{len(layers):,} found"))
    table = layers.assign(pruning=layers["why_not"].where(~layers["prunable"], "can lose units"))
    st.dataframe(
        table[["layer", "activation", "units", "consumer", "pruning"]],
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=34 + ROW_HEIGHT * min(len(table), MOST_LAYERS),
        column_config={
            "consumer": st.column_config.TextColumn("heard by"),
            "pruning": st.column_config.TextColumn("pruning", width="large"),
        },
    )


def _told(sentences: tuple[str, ...]) -> None:
    for sentence in sentences:
        st.caption(prose.literal(prose.sentence(sentence)))
