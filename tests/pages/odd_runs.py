"""Runs of data and networks that no preset has, written as a trainer writes them, but not trained."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import torch

from effdash.config import NetworkConfig, RunConfig
from effdash.data import Dataset
from effdash.models import from_config
from effdash.observe import observe
from effdash.runs import DataSize, EpochRecord, LayerInfo, RunDescription, RunWriter, SplitRecord
from effdash.vocab import LOSS, TASK_LOSS, TEST_ACCURACY, TRAIN_ACCURACY, RunState, Split

SMALL: Final = NetworkConfig(depth=2, width=4)
Spoil = Callable[[EpochRecord], EpochRecord]


def samples(
    class_names: Sequence[str] = ("one", "two"), *, features: int = 2, each: int = 4, test: bool = True
) -> Dataset:
    """So many samples of every class, and as many held out; `test`: whether any are."""
    generator = torch.Generator().manual_seed(0)
    y = torch.arange(len(class_names)).repeat(each)
    X_train, X_test = torch.randn(2, len(y), features, generator=generator)
    held_out = slice(None) if test else slice(0)
    return Dataset(
        X_train=X_train,
        y_train=y,
        X_test=X_test[held_out],
        y_test=y[held_out],
        class_names=tuple(class_names),
        feature_names=tuple(f"x{number}" for number in range(features)),
        image_shape=None,
        mean=torch.zeros(features),
        scale=torch.ones(features),
    )


def make_run(
    folder: Path,
    run_id: str,
    data: Dataset,
    *,
    network: NetworkConfig = SMALL,
    epochs: int = 3,
    foreign: bool = False,
    spoil: Spoil = lambda record: record,
) -> Path:
    """A finished run on `data`, whose weights grow from epoch to epoch; `spoil` is given every record.

    `foreign`: of somebody's own network on data without labels: neither data nor accuracies are in its file.
    """
    model = from_config(network, input_shape=data.input_shape, n_classes=data.n_classes, seed=0)
    parts = {Split.TRAIN: data.X_train, Split.TEST: data.X_test}
    parts = {split: X for split, X in parts.items() if len(X)}
    layers = observe(model, data.X_train).layers
    description = RunDescription(
        config=None if foreign else RunConfig(network=network, epochs=max(1, epochs - 1)),
        layers=[LayerInfo(layer.name, layer.kind, layer.units, layer.positions) for layer in layers],
        input_shape=data.input_shape,
        n_classes=data.n_classes,
        data_sizes={split: DataSize(len(X), len(X)) for split, X in parts.items()},
        probe={split: np.arange(len(X)) for split, X in parts.items()},
        data=None if foreign else data,
    )
    accuracies = {TRAIN_ACCURACY: 0.5, TEST_ACCURACY: 0.5 if len(data.y_test) else np.nan}
    writer = RunWriter.create(folder, description, run_id=run_id)
    for epoch in range(epochs):
        records = {split: _look(model, X) for split, X in parts.items()}
        record = EpochRecord(
            epoch,
            {LOSS: 1.0, TASK_LOSS: 1.0} | ({} if foreign else accuracies),
            records[Split.TRAIN],
            records.get(Split.TEST),
            np.full(description.units, 1e-3, np.float32),
        )
        writer.epoch(spoil(record), checkpoint=model.state_dict())
        with torch.no_grad():
            for weights in model.parameters():
                weights.mul_(1.5)
    writer.close(RunState.FINISHED)
    return writer.path


def _look(model: torch.nn.Module, X: torch.Tensor) -> SplitRecord:
    seen = observe(model, X)
    return SplitRecord(seen.unit_status, seen.unit_min, seen.unit_max, seen.active_share, seen.point_status)


def with_nan(record: EpochRecord, *, scalars: bool = True) -> EpochRecord:
    """The record without one number that could be told: accuracies, ranges, gradients of some units."""
    hole = np.full_like(record.train.unit_min, np.nan)
    return replace(
        record,
        scalars=dict.fromkeys(record.scalars, np.nan) if scalars else record.scalars,
        train=replace(record.train, unit_min=hole, unit_max=hole),
        grad_mean_abs=np.full_like(hole, np.nan),
    )
