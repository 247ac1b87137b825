"""What a diagnosis is made from: the tables and arrays of a run, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from effdash.config import RunConfig
from effdash.runs import LayerInfo, Run
from effdash.runs.schema import UNIT_STATUS
from effdash.runs.settings import config_or_none
from effdash.vocab import EPOCH, GRADIENT, MAXIMUM, MINIMUM, STATUS, RunState, Split, UserError


@dataclass(frozen=True, eq=False)
class SplitEvidence:
    """What the units did with one split; units of all layers one after the other."""

    status: np.ndarray
    """Codes of `UnitStatus`, uint8 (epoch, unit)"""
    low: np.ndarray
    """Smallest pre-activation at the last epoch, float (unit)"""
    high: np.ndarray
    """Largest pre-activation at the last epoch, float (unit)"""
    point_status: np.ndarray
    """Status of the samples kept for it at the last epoch, uint8 (layer, sample)"""
    observed: int
    """On how many samples status and accuracy are taken"""
    total: int
    """How many there are"""
    class_counts: np.ndarray | None = None
    """Of all there are, how many are of a class, int (class); `None`: unknown"""


@dataclass(frozen=True, eq=False)
class RunEvidence:
    """A run as plain tables and arrays.

    `epochs` has a row an epoch, `epoch` and the columns of `vocab.SCALARS`; what is unknown is nan. The
    gradients, float (unit), are those of the first and of the last recorded epoch; nan: not looked at.
    `changes` has the columns `epoch`, `field`, `value`.
    """

    epochs: pd.DataFrame
    layers: tuple[LayerInfo, ...]
    train: SplitEvidence
    test: SplitEvidence | None
    first_gradient: np.ndarray
    last_gradient: np.ndarray
    changes: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame({"epoch": [], "field": [], "value": []})
    )
    class_names: tuple[str, ...] = ()
    n_classes: int | None = None
    """0: the samples have none; `None`: not known"""
    config: RunConfig | None = None
    """`None`: the network is somebody's own"""
    untrained_at_first: bool = True
    """Whether epoch 0 is before any step; not where the run began with a network that was
    pruned or trained before."""
    bypassed: bool | None = None
    """Whether ways lead around layers; `None`: nothing is known of it."""
    elsewhere: str | None = None
    """What was looked at, in words, where it is other data than the run's own: `digits, test`"""
    state: RunState = RunState.FINISHED
    message: str | None = None

    @classmethod
    def of(cls, run: Run) -> "RunEvidence":
        """Everything a run has recorded up to now, also while it trains.

        Raises:
            UserError: it has recorded no epoch yet, or its file is damaged.
        """
        recorded = run.recorded_epochs
        if not recorded:
            raise UserError(f"run {run.id!r} has recorded no epoch yet")
        counts, names = _classes(run)
        config = config_or_none(run)
        epochs = run.epochs()
        gradients = run.history(GRADIENT, epochs={recorded[0], recorded[-1]}).values
        return cls(
            epochs=epochs[epochs[EPOCH] <= recorded[-1]].reset_index(drop=True),
            layers=tuple(run.layers),
            train=_split(run, Split.TRAIN, recorded, counts),
            test=_split(run, Split.TEST, recorded, counts) if Split.TEST in run.splits else None,
            first_gradient=gradients[0],
            last_gradient=gradients[-1],
            changes=run.changes(),
            class_names=names,
            n_classes=run.n_classes,
            config=config,
            untrained_at_first=run.graph is None and (config is None or config.start is None),
            bypassed=run.has_ways_around,
            state=run.state,
            message=run.message,
        )


def _split(
    run: Run, split: Split, recorded: list[int], class_counts: Mapping[str, np.ndarray]
) -> SplitEvidence:
    last = recorded[-1]
    units = run.units(epoch=last, split=split)
    points = run.points(epoch=last, split=split)
    size = run.data_size(split)
    return SplitEvidence(
        # A run that trains may have recorded more since it was asked for its epochs.
        status=run.history(UNIT_STATUS, split).values[: len(recorded)],
        low=units[MINIMUM].to_numpy(),
        high=units[MAXIMUM].to_numpy(),
        point_status=points[STATUS].cat.codes.to_numpy(np.uint8).reshape(len(run.layers), -1),
        observed=size.observed,
        total=size.total,
        class_counts=class_counts.get(split),
    )


def _classes(run: Run) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """Samples of every class by split, and the classes' names; nothing where there are none to be had."""
    try:
        data = run.data()
    except UserError:
        return {}, ()
    if not data.n_classes:
        return {}, ()
    labels = {Split.TRAIN.value: data.y_train, Split.TEST.value: data.y_test}
    counts = {split: y.bincount(minlength=data.n_classes).numpy() for split, y in labels.items()}
    return counts, data.class_names
