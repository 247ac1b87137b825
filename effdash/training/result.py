"""How a run ended."""

import math
from dataclasses import dataclass
from pathlib import Path

from effdash.runs import RunWriter
from effdash.runs.summary import read_summary
from effdash.vocab import RunState, UnitStatus


@dataclass(frozen=True)
class TrainingResult:
    """How a run ended, by its last recorded epoch.

    `units` counts the dead, linear and nonlinear on train over all layers.
    """

    run: str
    path: Path
    state: RunState
    message: str | None
    train_accuracy: float
    test_accuracy: float
    units: dict[str, int]
    epochs: int

    @classmethod
    def of(cls, writer: RunWriter, state: RunState, message: str | None) -> "TrainingResult":
        """What the run file tells, which knows also what was recorded before its run was taken up."""
        recorded = read_summary(writer.path)
        accuracies = (recorded.train_accuracy, recorded.test_accuracy)
        train_accuracy, test_accuracy = (math.nan if value is None else value for value in accuracies)
        return cls(
            run=writer.run_id,
            path=writer.path,
            state=state,
            message=message,
            train_accuracy=train_accuracy,
            test_accuracy=test_accuracy,
            units={status.word: getattr(recorded, status.word) or 0 for status in UnitStatus},
            epochs=recorded.epochs or 0,
        )
