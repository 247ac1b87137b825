"""A network run once on its samples: the logits, and what every consumer gets and gives."""

from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from effdash.decision import logits_of
from effdash.decision.answers import BATCH
from effdash.pruning.consumers import overheard, pausing
from effdash.pruning.steps import OnPart, unheard
from effdash.training.probe import SAMPLES
from effdash.vocab import UserError

MEMORY: Final = 2**30
"""Bytes that the inputs and outputs of all consumers may take; with more, fewer samples are looked at."""


def forward_steps(model: nn.Module, samples: int) -> int:
    """About so many steps: five, and every layer for the example and for each batch of samples."""
    layers = sum(1 for module in model.modules() if not any(module.children()))
    return 5 + layers * (1 - (-min(samples, SAMPLES) // BATCH))


def most_rows(model: nn.Module, example: Tensor, consumers: list[str]) -> int:
    """With how many samples the inputs and outputs of the consumers fit into `MEMORY`."""
    _, inputs, outputs = forward_pass(model, example, consumers)
    held = sum(tensor.nbytes for tensor in (*inputs.values(), *outputs.values()))
    return max(1, MEMORY * len(example) // max(1, held))


def forward_pass(
    model: nn.Module, X: Tensor, consumers: list[str], on_part: OnPart = unheard
) -> tuple[np.ndarray, dict[str, Tensor], dict[str, Tensor]]:
    """The logits of all samples, and what every consumer gets and gives.

    `on_part` is called at each layer.

    Raises:
        UserError: a logit is nan or infinite.
    """
    inputs: dict[str, list[Tensor]] = {path: [] for path in consumers}
    outputs: dict[str, list[Tensor]] = {path: [] for path in consumers}
    # Copies, as a network may write over what a layer got or gave.
    listening = overheard(
        pausing(model, on_part),
        consumers,
        on_input=lambda path, tensor: inputs[path].append(tensor.clone()),
        on_output=lambda path, tensor: outputs[path].append(tensor.clone()),
    )
    logits = logits_of(listening, X)
    if not np.isfinite(logits).all():
        sample = int((~np.isfinite(logits)).any(axis=1).argmax())
        raise UserError(f"the model answers nan or infinite logits, first to training sample {sample}")
    return logits, _joined(inputs), _joined(outputs)


def _joined(parts: dict[str, list[Tensor]]) -> dict[str, Tensor]:
    return {path: tensors[0] if len(tensors) == 1 else torch.cat(tensors) for path, tensors in parts.items()}
