"""From a configuration to a run: the loop, and the process it lives in."""

from effdash.training.session import OnEpoch, Session, TrainingResult, resume, train

__all__ = ["OnEpoch", "Session", "TrainingResult", "resume", "train"]
