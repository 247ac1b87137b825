"""One word per thing: statuses, states, splits and the names of table columns."""

from enum import IntEnum, StrEnum
from typing import Final

import numpy as np
import pandas as pd


class UnitStatus(IntEnum):
    """What a unit, or a sample at a layer, does on given data. The numbers are what a run file stores."""

    DEAD = 0
    LINEAR = 1
    NONLINEAR = 2

    @property
    def word(self) -> str:
        return self.name.lower()


STATUS_WORDS: Final = tuple(status.word for status in UnitStatus)
STATUS_DTYPE: Final = pd.CategoricalDtype(list(STATUS_WORDS), ordered=True)


def status_categories(codes: np.ndarray) -> pd.Categorical:
    """Status codes (uint8) as the ordered words `dead` < `linear` < `nonlinear`."""
    return pd.Categorical.from_codes(codes.astype(np.int8), dtype=STATUS_DTYPE)


class Split(StrEnum):
    """The part of the data a statement is made about."""

    TRAIN = "train"
    TEST = "test"


class RunState(StrEnum):
    """What a run is doing, or how it ended."""

    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


# Columns of the tables that readers get.
EPOCH: Final = "epoch"
LAYER: Final = "layer"
UNIT: Final = "unit"
POINT: Final = "point"
SPLIT: Final = "split"
STATUS: Final = "status"
MINIMUM: Final = "min"
MAXIMUM: Final = "max"
ACTIVE_SHARE: Final = "active_share"
CONSTANT: Final = "constant"
GRADIENT: Final = "grad_mean_abs"

# One row an epoch.
LOSS: Final = "loss"
TASK_LOSS: Final = "task_loss"
JUMPSTART_LOSS: Final = "jumpstart_loss"
TRAIN_ACCURACY: Final = "train_accuracy"
TEST_ACCURACY: Final = "test_accuracy"
LEARNING_RATE: Final = "lr"
JUMPSTART: Final = "jumpstart"
SECONDS: Final = "seconds"
SCALARS: Final = (
    LOSS,
    TASK_LOSS,
    JUMPSTART_LOSS,
    TRAIN_ACCURACY,
    TEST_ACCURACY,
    LEARNING_RATE,
    JUMPSTART,
    SECONDS,
)

CONSTANT_RANGE: Final = 1e-6
"""A unit is constant where its range is at most this share of its size."""


def is_constant(minimum: np.ndarray, maximum: np.ndarray) -> np.ndarray:
    """Where the pre-activations between `minimum` and `maximum` hardly differ; bool, of the same shape."""
    # The larger of both sizes, without an array for each: histories of many units are large.
    size = np.maximum(maximum, -minimum)
    return maximum - minimum <= CONSTANT_RANGE * size


class UserError(ValueError):
    """Bad input. The message is one sentence that a person can act on; it is shown without a traceback."""
