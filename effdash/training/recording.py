"""From a trainer to the records that a run file keeps."""

import platform
from importlib.metadata import version

import numpy as np

from effdash.runs import DataSize, EpochRecord, LayerInfo, RunDescription, SplitRecord
from effdash.training.probe import Probe
from effdash.training.trainer import Look, Trainer
from effdash.vocab import JUMPSTART, LEARNING_RATE, SECONDS, TEST_ACCURACY, TRAIN_ACCURACY, Split, UserError


def describe(trainer: Trainer, parent: str | None) -> RunDescription:
    """What a run file says of itself before the first epoch; `parent` is the run that it was made from."""
    data, origin = trainer.data, trainer.origin
    return RunDescription(
        config=trainer.config,
        layers=[LayerInfo(layer.name, layer.kind, layer.units, layer.positions) for layer in trainer.layers],
        input_shape=data.input_shape,
        n_classes=data.n_classes,
        data_sizes={split: DataSize(len(probe.y), probe.total) for split, probe in trainer.probes.items()},
        probe={split: probe.rows[probe.points] for split, probe in trainer.probes.items()},
        versions=versions(),
        data=data if origin.stores_data else None,
        graph=origin.graph,
        weights=None if origin.start is None else trainer.model.state_dict(),
        parent=parent,
    )


def versions() -> dict[str, str]:
    """What the run was made with."""
    packages = {name: version(name) for name in ("effdash", "torch", "numpy", "scikit-learn")}
    return {"python": platform.python_version(), **packages}


def make_record(trainer: Trainer, losses: dict[str, float], seconds: float) -> EpochRecord:
    """Looks at the network and gathers all that is kept of its present epoch.

    `losses` are the epoch's mean losses; `seconds` is the time spent in training so far.

    Raises:
        UserError: a pre-activation is nan or infinite; the message names layer and epoch.
    """
    try:
        train = trainer.look(Split.TRAIN)
        test = trainer.look(Split.TEST)
    except UserError as error:
        raise UserError(f"after epoch {trainer.epoch}: {error}; the epochs before are kept") from error
    epoch = max(trainer.epoch, 1)
    scalars = {
        **losses,
        TRAIN_ACCURACY: train.accuracy,
        TEST_ACCURACY: test.accuracy,
        LEARNING_RATE: trainer.learning_rate(epoch),
        JUMPSTART: trainer.jumpstart_weight(epoch),
        SECONDS: seconds,
    }
    return EpochRecord(
        epoch=trainer.epoch,
        scalars=scalars,
        train=split_record(train, trainer.probes[Split.TRAIN]),
        test=split_record(test, trainer.probes[Split.TEST]),
        grad_mean_abs=trainer.gradient_reach,
    )


def split_record(look: Look, probe: Probe) -> SplitRecord:
    seen = look.observation
    return SplitRecord(
        unit_status=seen.unit_status,
        unit_min=seen.unit_min,
        unit_max=seen.unit_max,
        active_share=seen.active_share,
        point_status=np.ascontiguousarray(seen.point_status[:, probe.points]),
    )
