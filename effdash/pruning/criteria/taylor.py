"""Taylor: how much the loss would change, to first order, if a unit said nothing."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from effdash.decision import class_logits
from effdash.pruning.candidates import Candidates
from effdash.pruning.consumers import inputs_at, overheard, unit_axis
from effdash.pruning.criteria.scores import lowest_first
from effdash.pruning.elimination import Ranking
from effdash.pruning.reference import Reference

_BATCH = 1024


def rank(candidates: Candidates) -> Ranking:
    """Mean over the samples of `|sum a dL/da|`, a what reaches the consumers, L the cross entropy.

    Without labels, that of the model's own decisions.

    Source:
        Molchanov et al., *Pruning Convolutional Neural Networks for Resource Efficient Inference*,
        arXiv 1611.06440, eqs. 7-8.
    """
    reference, group = candidates.reference, candidates.group
    found = np.zeros(len(candidates.channels))
    for rows in torch.arange(len(reference.X)).split(_BATCH):
        changes = np.zeros((len(rows), len(candidates.channels)))
        for path, change in _first_order_changes(reference, list(group.inputs), rows).items():
            inputs = inputs_at(reference.consumer(path), group.inputs[path][candidates.channels])
            changes += change[:, inputs].sum(axis=2)
        found += np.abs(changes).sum(axis=0)
    return lowest_first(found / len(reference.X))


def _first_order_changes(reference: Reference, paths: list[str], rows: Tensor) -> dict[str, np.ndarray]:
    """Of every consumer `a dL/da` of its inputs a, (sample, input), summed over positions."""
    heard: dict[str, Tensor] = {}

    def keep(path: str, tensor: Tensor) -> Tensor:
        heard[path] = tensor.clone() if tensor.requires_grad else tensor.detach().requires_grad_()
        return heard[path]

    labels = torch.from_numpy(reference.decisions) if reference.y_train is None else reference.y_train
    with torch.enable_grad():
        logits = class_logits(overheard(reference.model, paths, on_input=keep)(reference.X[rows]))
        loss = functional.cross_entropy(logits, labels[rows], reduction="sum")
    gradients = torch.autograd.grad(loss, [*heard.values()], materialize_grads=True)
    changes = {}
    for (path, tensor), gradient in zip(heard.items(), gradients, strict=True):
        by_position = (tensor * gradient).detach().movedim(unit_axis(reference.consumer(path)), -1)
        changes[path] = by_position.reshape(len(rows), -1, by_position.shape[-1]).sum(1).numpy()
    return changes
