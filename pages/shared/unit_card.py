"""One unit closely: in a sentence, over the epochs, over the samples, and over the plane or as an image."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from effdash.data import Dataset
from effdash.figures import (
    band_payload,
    class_rows_payload,
    fold_payload,
    histogram_payload,
    samples_payload,
    weights_payload,
)
from effdash.figures.words import UnitOnSplit, gradient_sentence, unit_sentence
from effdash.runs import LayerInfo
from effdash.vocab import GRADIENT, Split, UserError
from pages.shared import canvas, model_readers, prose, readers, unit_glance, unit_links
from pages.shared.selection import Picked
from pages.shared.unit_overview import chosen_unit, locate, unit_shown
from pages.shared.view import change_view

BAND_HEIGHT = 92
FIGURE_HEIGHT = 330
PICTURE_HEIGHT = 108
DRIVING = 6


@dataclass(frozen=True)
class Card:
    """The unit looked at: `index` counts over all layers, `unit` within its layer."""

    picked: Picked
    index: int
    layer: LayerInfo
    place: int
    unit: int

    @property
    def name(self) -> str:
        return f"{self.layer.name} · {self.unit}"


def draw(picked: Picked) -> None:
    """The card of the chosen unit; of one worth looking at, where none is chosen."""
    asked = [str(part) for part in (picked.view.layer, picked.view.unit) if part is not None]
    if asked and chosen_unit(picked) is None:
        name = prose.markdown(" · ".join(asked))
        st.warning(f"“{name}” is not a unit of this network; this is another one.")
    card = _card(picked, unit_shown(picked))
    _heading(card)
    unit_links.draw(picked, card.layer.name, card.unit, but="units")
    _band(card, key="band")
    try:
        checkpoint = picked.kept_weights
        data = model_readers.pictured(picked.run.id, picked.run.incarnation)
        left, right = st.columns(2, gap="medium")
        with left:
            _histogram(card, data, checkpoint)
        with right:
            _picture(card, data, checkpoint)
        unit_glance.draw(picked, card.place, card.unit, data, checkpoint)
    except UserError as error:
        st.caption(f"Without its weights there is no more to show: {prose.literal(str(error))}")


def draw_briefly(picked: Picked, index: int, *, key: str) -> None:
    """The head of a card alone, in words and over the epochs; units are numbered over all layers."""
    card = _card(picked, index)
    _heading(card)
    _band(card, key=key)


def _card(picked: Picked, index: int) -> Card:
    place, unit = locate(picked.run.layers, index)
    return Card(picked, index, picked.run.layers[place], place, unit)


def _heading(card: Card) -> None:
    picked = card.picked
    epochs = readers.status_history(picked.run.id, Split.TRAIN, picked.version).epochs
    at = int(np.searchsorted(epochs, picked.shown_epoch))
    seen = {split: _on_split(card, split, picked.shown_epoch) for split in picked.splits}
    positions = int(np.prod(card.layer.positions, dtype=int))
    sentence = unit_sentence(
        epochs.tolist(),
        at,
        kind=card.layer.kind,
        positions=positions,
        train=seen[Split.TRAIN],
        test=seen.get(Split.TEST),
    )
    row = _row(card, Split.TRAIN, picked.shown_epoch)
    sentence += f" {gradient_sentence(float(row[GRADIENT]))}"
    on = seen[picked.split]
    st.html(prose.unit_heading(card.name, int(on.status[at]), picked.split, sentence, on.constant))


def _on_split(card: Card, split: Split, epoch: int) -> UnitOnSplit:
    picked = card.picked
    row = _row(card, split, epoch)
    return UnitOnSplit(
        status=readers.status_history(picked.run.id, split, picked.version).status[:, card.index],
        active_share=float(row["active_share"]),
        samples=picked.run.data_size(split).observed,
        constant=bool(row["constant"]),
    )


def _row(card: Card, split: Split, epoch: int) -> pd.Series:
    return readers.units_table(card.picked.run.id, epoch, split, card.picked.version).iloc[card.index]


def _band(card: Card, *, key: str) -> None:
    picked = card.picked
    histories = {
        split: readers.status_history(picked.run.id, split, picked.version) for split in picked.splits
    }
    canvas.status_band(
        band_payload(
            histories[Split.TRAIN].epochs,
            {split.value: history.status[:, card.index] for split, history in histories.items()},
            link=picked.link.name,
            epoch=picked.epoch,
            end=picked.link.end,
        ),
        key=key,
        height=BAND_HEIGHT,
        on_epoch=lambda epoch: change_view(epoch=epoch),
    )


def _histogram(card: Card, data: Dataset, checkpoint: int) -> None:
    canvas.histogram(
        histogram_payload(
            _values(card, checkpoint),
            _classes(card, data),
            data.class_names,
            split=_taken_on(card.picked, checkpoint),
        ),
        key="histogram",
        height=FIGURE_HEIGHT,
    )


def _picture(card: Card, data: Dataset, checkpoint: int) -> None:
    picked = card.picked
    if data.input_shape == (2,):
        incarnation = picked.run.incarnation
        extent = model_readers.extent(picked.run.id, incarnation)
        responses = model_readers.layer_responses(picked.run.id, incarnation, checkpoint, card.layer.name)
        canvas.fold(
            fold_payload(
                responses[card.unit],
                extent,
                data.class_names,
                train=(data.X_train.numpy(), data.y_train.numpy()),
                test=(data.X_test.numpy(), data.y_test.numpy()),
            ),
            key="fold",
            height=FIGURE_HEIGHT,
        )
    elif data.image_shape is not None:
        _driving_samples(card, data, data.image_shape, checkpoint)
    else:
        _by_class(card, data, checkpoint)


def _driving_samples(card: Card, data: Dataset, image_shape: tuple[int, ...], checkpoint: int) -> None:
    """The samples that the unit answers most and least, and the incoming weights of a first layer."""
    picked = card.picked
    weights = model_readers.first_images(picked.run.id, picked.run.incarnation, checkpoint)
    if card.place == 0 and weights is not None:
        canvas.images(weights_payload(weights[card.unit][None]), key="weights", height=PICTURE_HEIGHT)
    values = _values(card, checkpoint)
    X, y = (data.X_train, data.y_train) if picked.split == Split.TRAIN else (data.X_test, data.y_test)
    order = np.argsort(values, kind="stable")
    for title, rows in (("Drives it most", order[::-1][:DRIVING]), ("Drives it least", order[:DRIVING])):
        images = (X[rows.copy()] * data.scale + data.mean).reshape(-1, *image_shape)[:, 0]
        canvas.images(
            samples_payload(
                images.numpy(),
                captions=[_in_few_digits(values[row]) for row in rows],
                classes=y[rows.copy()].numpy(),
                title=title,
                qualifier=f"{_taken_on(picked, checkpoint)}: pre-activation",
            ),
            key=title,
            height=PICTURE_HEIGHT,
        )


def _in_few_digits(value: float) -> str:
    """A number that fits under a small picture: `5.8`, `-129`."""
    return f"{value:.0f}" if abs(value) >= 99.95 else f"{value:.1f}"


def _by_class(card: Card, data: Dataset, checkpoint: int) -> None:
    canvas.class_rows(
        class_rows_payload(
            _values(card, checkpoint),
            _classes(card, data),
            data.class_names,
            split=_taken_on(card.picked, checkpoint),
        ),
        key="by class",
        height=FIGURE_HEIGHT,
    )


def _values(card: Card, checkpoint: int) -> np.ndarray:
    """The unit's pre-activation of every sample of the split, float32 (sample,)."""
    picked = card.picked
    layer = card.layer.name
    pre = model_readers.preactivations(picked.run.id, picked.run.incarnation, checkpoint, layer, picked.split)
    return pre[:, card.unit]


def _classes(card: Card, data: Dataset) -> np.ndarray:
    return (data.y_train if card.picked.split == Split.TRAIN else data.y_test).numpy()


def _taken_on(picked: Picked, checkpoint: int) -> str:
    """The split, and the epoch of the weights where it is not the one picked."""
    if checkpoint == picked.shown_epoch:
        return picked.split.value
    return f"{picked.split}, weights of epoch {checkpoint}"
