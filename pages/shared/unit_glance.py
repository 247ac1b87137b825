"""The chosen unit among those of its layer."""

from typing import Final

import numpy as np
import torch

from effdash.data import Dataset
from effdash.figures import glance_payload
from effdash.figures.glance import Kind
from effdash.vocab import Split
from pages.shared import canvas, model_readers, readers
from pages.shared.selection import Picked
from pages.shared.view import change_view

GLANCE_HEIGHT: Final = 230


def draw(picked: Picked, place: int, unit: int, data: Dataset, checkpoint: int) -> None:
    """Small pictures of every unit of the layer in place `place`."""
    layer = picked.run.layers[place]
    start = sum(before.units for before in picked.run.layers[:place])
    history = readers.status_history(picked.run.id, picked.split, picked.version)
    kind, pictures = _pictures(picked, place, unit, data, checkpoint)
    plane = data.input_shape == (2,)
    canvas.glance(
        glance_payload(
            pictures,
            history.status[picked.row, start : start + layer.units],
            layer=layer.name,
            split=picked.split.value,
            kind=kind,
            chosen=unit,
            extent=model_readers.extent(picked.run.id, picked.run.incarnation) if plane else None,
            samples=(data.X_train.numpy(), data.y_train.numpy()) if plane else None,
            class_names=data.class_names,
        ),
        key="glance",
        height=GLANCE_HEIGHT,
        on_unit=lambda within: change_view(layer=layer.name, unit=within),
    )


def _pictures(
    picked: Picked, place: int, unit: int, data: Dataset, checkpoint: int
) -> tuple[Kind, np.ndarray]:
    """Of every unit: its response on the plane, its weights as an image, or its mean response by class."""
    layer = picked.run.layers[place]
    run, incarnation = picked.run.id, picked.run.incarnation
    if data.input_shape == (2,):
        return "response", model_readers.layer_responses(run, incarnation, checkpoint, layer.name)
    if place == 0:
        images = model_readers.first_images(run, incarnation, checkpoint)
        if images is not None:
            return "weights", np.ascontiguousarray(images)
    pre = torch.from_numpy(
        model_readers.preactivations(run, incarnation, checkpoint, layer.name, picked.split)
    )
    y = data.y_train if picked.split == Split.TRAIN else data.y_test
    sums = torch.zeros(data.n_classes, pre.shape[1]).index_add_(0, y, pre)
    return "classes", (sums / y.bincount(minlength=data.n_classes)[:, None]).T.contiguous().numpy()
