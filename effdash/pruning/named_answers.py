"""Data that name fewer classes than a network answers, or none at all."""

from dataclasses import replace

import torch
from torch import Tensor, nn

from effdash.data import Dataset
from effdash.decision import decisions, logits_of
from effdash.pruning.reference import Reference


def with_answers(data: Dataset, model: nn.Module, reference: Reference) -> Dataset:
    """The same data with a name for every answer of the network: `answer 0`, … where the data have none.

    Where they have no classes at all, every sample is of the class that the network answers, so that figures
    have something to colour.
    """
    outputs = reference.logits.shape[1]
    if data.n_classes >= outputs:
        return data
    names = (*data.class_names, *(f"answer {number}" for number in range(data.n_classes, outputs)))
    if data.n_classes:
        return replace(data, class_names=names)

    def answered(X: Tensor, y: Tensor) -> Tensor:
        return torch.from_numpy(decisions(logits_of(model, X))) if len(X) else y

    return replace(
        data,
        class_names=names,
        y_train=answered(data.X_train, data.y_train),
        y_test=answered(data.X_test, data.y_test),
    )
