"""A small run whose every number follows from its epoch, so that a test knows what it has to read."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
import pytest

from effdash.config import RunConfig
from effdash.runs import DataSize, EpochRecord, LayerInfo, RunDescription, RunWriter, SplitRecord
from effdash.vocab import LOSS, TRAIN_ACCURACY, RunState, UserError

LAYERS = [LayerInfo("fc1", "relu", 3), LayerInfo("conv1", "relu", 2, (4, 4))]
POINTS = {"train": np.array([0, 2, 5, 7], np.int64), "test": np.array([1, 3], np.int64)}


def describe(**changes: object) -> RunDescription:
    values = {
        "config": RunConfig(epochs=20),
        "layers": LAYERS,
        "input_shape": (2,),
        "n_classes": 2,
        "data_sizes": {"train": DataSize(8, 85), "test": DataSize(4, 15)},
        "probe": POINTS,
        "versions": {"torch": "2.13.0"},
    }
    return RunDescription(**(values | changes))


def split_record(epoch: int, split: str) -> SplitRecord:
    units = np.arange(5)
    shift = 0 if split == "train" else 100
    return SplitRecord(
        unit_status=((units + epoch) % 3).astype(np.uint8),
        unit_min=(shift + epoch - units).astype(np.float32),
        unit_max=(shift + epoch + units).astype(np.float32),
        active_share=(units / 5).astype(np.float32),
        point_status=((np.arange(2)[:, None] + POINTS[split] + epoch) % 3).astype(np.uint8),
    )


def record_of(epoch: int, *, test: bool = True, gradient: bool = True) -> EpochRecord:
    return EpochRecord(
        epoch,
        {LOSS: 1 / (1 + epoch), TRAIN_ACCURACY: 0.5},
        split_record(epoch, "train"),
        split_record(epoch, "test") if test else None,
        np.full(5, epoch, np.float32) if gradient else None,
    )


@pytest.fixture(name="describe")
def _describe() -> Callable[..., RunDescription]:
    """Makes a description, with `changes`."""
    return describe


@pytest.fixture(name="record_of")
def _record_of() -> Callable[..., EpochRecord]:
    """Makes the record of an epoch."""
    return record_of


@pytest.fixture(name="make_finished")
def _make_finished() -> Callable[..., Path]:
    """Makes the file of a run that ended."""
    return make_finished


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[RunWriter]:
    """A trainer of a new run without epochs."""
    writer = RunWriter.create(tmp_path / "runs", describe(), run_id="one")
    yield writer
    # Some tests delete the file, or let another trainer have it.
    with suppress(UserError):
        writer.close(RunState.FINISHED)


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    """The file of a run that ended after epochs 0, 1 and 4."""
    return make_finished(tmp_path / "runs", "done")


def make_finished(folder: Path, run_id: str, epochs: tuple[int, ...] = (0, 1, 4), **changes: object) -> Path:
    writer = RunWriter.create(folder, describe(**changes), run_id=run_id)
    for epoch in epochs:
        writer.epoch(record_of(epoch))
    writer.close(RunState.FINISHED)
    return writer.path


@pytest.fixture
def tamper() -> Callable[..., None]:
    """Runs SQL on a file, past all checks."""

    def change(path: Path, *statements: str, values: tuple[object, ...] = ()) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            for statement in statements:
                connection.execute(statement, values)

    return change
