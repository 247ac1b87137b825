"""Runs that begin with another one's network and weights."""

import torch
from torch import Tensor

from effdash.pruning import prune, save_pruned
from effdash.runs import Run, open_run
from effdash.training.origin import settings_to_go_on
from effdash.training.result import TrainingResult
from effdash.training.session import train


def pruned_from(run: Run, amount: float = 0.4) -> Run:
    data = run.data()
    smaller, _ = prune(run.model(), data, amount=amount)
    return open_run(save_pruned(smaller, data, run.path.parent, parent=run))


def logits(run: Run, epoch: int | None = None) -> Tensor:
    with torch.no_grad():
        return run.model(epoch)(run.data().X_train)


def go_on(run: Run, **changes: object) -> TrainingResult:
    config = settings_to_go_on(run).model_copy(update={"epochs": 4, **changes})
    return train(config, runs=run.path.parent, start=run)
