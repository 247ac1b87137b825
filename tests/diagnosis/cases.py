"""Runs to diagnose, shipped ones and hand-made ones; and what the findings about them are."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from effdash.config import JumpstartConfig, NetworkConfig, RunConfig
from effdash.diagnosis import Finding, RunEvidence, SplitEvidence
from effdash.models import has_ways_around
from effdash.runs import LayerInfo, Run
from effdash.vocab import SCALARS

SHIPPED: Final = Path(__file__).parents[2] / "assets" / "runs"
DEAD, LINEAR, NONLINEAR = 0, 1, 2
SAMPLES: Final = 100
UNITS: Final = 10
STUCK: Final = [0.52] * 21


def shipped(name: str) -> Run:
    return Run(SHIPPED / f"{name}.effdash", shipped=True)


def seen_on(status: np.ndarray, layers: int, counts: list[int] | None, samples: int) -> SplitEvidence:
    """Ranges that fit the statuses at a hinge; every sample passes every layer that is not dead."""
    last = status[-1].astype(np.float32)
    by_layer = status[-1].reshape(layers, -1)
    points = np.where((by_layer == DEAD).all(axis=1), DEAD, NONLINEAR).astype(np.uint8)
    return SplitEvidence(
        status=status,
        low=np.where(last == LINEAR, 1, -2).astype(np.float32),
        high=np.where(last == DEAD, -1, 2).astype(np.float32),
        point_status=np.repeat(points[:, None], samples, axis=1),
        observed=samples,
        total=samples,
        class_counts=None if counts is None else np.array(counts),
    )


def evidence(
    *,
    layers: int = 4,
    kind: str = "relu",
    dead: list[int] | None = None,
    status: np.ndarray | None = None,
    accuracy: list[float] | None = None,
    test_accuracy: float | None = 0.95,
    counts: tuple[int, ...] = (52, 48),
    samples: int = SAMPLES,
    loss: list[float] | None = None,
    network: NetworkConfig | None = None,
    jumpstart: float = 0.0,
    **changes: Any,
) -> RunEvidence:
    """A healthy run of 21 epochs, but for what is given.

    `dead` says how many units are, at every epoch, beginning with those of the first layer.
    """
    accuracy = accuracy or [0.5, *np.linspace(0.6, 0.97, 10).tolist(), *[0.97] * 10]
    rows = len(accuracy)
    if status is None:
        units = layers * UNITS
        status = np.full((rows, units), NONLINEAR, np.uint8)
        for row, count in enumerate(dead or [0] * rows):
            status[row, :count] = DEAD
    epochs = pd.DataFrame({"epoch": np.arange(rows), **dict.fromkeys(SCALARS, np.nan)})
    epochs["train_accuracy"] = accuracy
    epochs["test_accuracy"] = np.nan if test_accuracy is None else test_accuracy
    epochs["task_loss"] = loss if loss is not None else np.linspace(0.7, 0.1, rows)
    epochs["lr"] = 0.05
    epochs["jumpstart"] = jumpstart
    gradient = np.full(status.shape[1], 1e-3, np.float32)
    values: dict[str, Any] = {
        "epochs": epochs,
        "layers": tuple(LayerInfo(f"fc{i + 1}", kind, status.shape[1] // layers) for i in range(layers)),
        "train": seen_on(status, layers, list(counts), samples),
        "test": None if test_accuracy is None else seen_on(status, layers, list(counts), samples),
        "first_gradient": gradient,
        "last_gradient": gradient,
        "class_names": tuple(f"class {number}" for number in range(len(counts))),
        "config": RunConfig(
            network=network or NetworkConfig(depth=layers, width=UNITS),
            jumpstart=JumpstartConfig(weight=jumpstart),
            epochs=max(rows - 1, 1),
        ),
    }
    config = changes.get("config", values["config"])
    values["bypassed"] = None if config is None else has_ways_around(config.network)
    return RunEvidence(**(values | changes))


def wall(at: int = 1, since: int = 3) -> np.ndarray:
    status = np.full((21, 40), NONLINEAR, np.uint8)
    status[since:, at * UNITS : (at + 1) * UNITS] = DEAD
    return status


def by_kind(findings: list[Finding]) -> dict[str, Finding]:
    assert len({finding.kind for finding in findings}) == len(findings), "a kind is told once"
    return {finding.kind: finding for finding in findings}


def kinds(findings: list[Finding]) -> list[str]:
    return [finding.kind.value for finding in findings]
