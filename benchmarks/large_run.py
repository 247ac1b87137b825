"""Run files of large networks, to see whether the pages still answer: drawn at random, not trained."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from effdash.config import NetworkConfig, RunConfig
from effdash.runs import DataSize, EpochRecord, LayerInfo, RunDescription, RunWriter, SplitRecord
from effdash.vocab import LOSS, TEST_ACCURACY, TRAIN_ACCURACY, RunState, Split, UnitStatus

SAMPLES = {Split.TRAIN: 85, Split.TEST: 15}
CHANGING = 0.01
"""Of the units, from one epoch to the next."""


def write_large_run(folder: Path, run_id: str, *, depth: int, width: int, epochs: int = 201) -> Path:
    """A finished run of `depth` x `width` units, without weights; a hundredth of them is constant."""
    config = RunConfig(name=run_id, network=NetworkConfig(depth=depth, width=width), epochs=epochs - 1)
    description = RunDescription(
        config=config,
        layers=[LayerInfo(f"fc{number}", "relu", width) for number in range(1, depth + 1)],
        input_shape=(2,),
        n_classes=2,
        data_sizes={split: DataSize(size, size) for split, size in SAMPLES.items()},
        probe={split: np.arange(size) for split, size in SAMPLES.items()},
    )
    writer = RunWriter.create(folder, description, run_id=run_id)
    for record in _records(depth, depth * width, epochs):
        writer.epoch(record)
    writer.close(RunState.FINISHED)
    return writer.path


def _records(depth: int, units: int, epochs: int) -> Iterator[EpochRecord]:
    random = np.random.default_rng(0)
    status = _statuses(random, units)
    for epoch in range(epochs):
        status = np.where(random.random(units) < CHANGING, _statuses(random, units), status)
        scalars = {LOSS: 1 / (1 + epoch), TRAIN_ACCURACY: 0.5 + 0.4 * epoch / epochs, TEST_ACCURACY: 0.5}
        train, test = (_on_split(random, status, depth, SAMPLES[split]) for split in Split)
        gradient = random.lognormal(-7, 2, units).astype(np.float32)
        yield EpochRecord(epoch, scalars, train, test, gradient)


def _on_split(random: np.random.Generator, status: np.ndarray, depth: int, samples: int) -> SplitRecord:
    low = random.normal(size=len(status)).astype(np.float32)
    spread = np.where(random.random(len(status)) < 0.01, 0, 1).astype(np.float32)
    return SplitRecord(
        unit_status=status,
        unit_min=low,
        unit_max=low + spread,
        active_share=random.random(len(status), np.float32),
        point_status=_statuses(random, depth * samples).reshape(depth, samples),
    )


def _statuses(random: np.random.Generator, count: int) -> np.ndarray:
    return random.integers(0, len(UnitStatus), count, np.uint8)
