"""What a network answers: logits, decisions and their margins. One logit L counts as (0, L)."""

from typing import Final

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from effdash.observe.untouched import as_input, untouched
from effdash.vocab import UserError

BATCH: Final = 1024
"""So many samples, or points of a plane, go through a network at once."""


def logits_of(
    model: nn.Module, X: Float[Tensor, "sample *feature"], *, batch: int = BATCH
) -> Float[np.ndarray, "sample classes"]:
    """The logits a network answers to samples, float64, at least two columns. The model is left as it was.

    Raises:
        UserError: no samples, the model cannot take them, or it answers no row of logits a sample.
    """
    if not len(X):
        raise UserError("there are no samples to answer")
    parts = []
    with untouched(model):
        for samples in X.split(batch):
            output = _forward(model, as_input(model, samples))
            if output.shape[:1] != samples.shape[:1]:
                raise UserError(
                    f"the model answers shape {tuple(output.shape)} to {len(samples)} samples; "
                    "it should answer one row a sample"
                )
            parts.append(class_logits(output).double().cpu())
    return torch.cat(parts).numpy()


def class_logits(output: Float[Tensor, "sample *_"]) -> Float[Tensor, "sample classes"]:
    """A model's output as logits of two or more classes: one logit L becomes (0, L).

    Raises:
        UserError: the output is not of shape (sample,) or (sample, classes).
    """
    if output.ndim == 1:
        output = output[:, None]
    if output.ndim != 2 or output.shape[1] == 0:
        raise UserError(
            f"the model answers shape {tuple(output.shape)}; it should answer one row of logits a sample"
        )
    if output.shape[1] == 1:
        return torch.cat([torch.zeros_like(output), output], dim=1)
    return output


def decisions(logits: Float[np.ndarray, "sample classes"]) -> Int64[np.ndarray, " sample"]:
    """The class with the largest logit of every sample, the first of equals."""
    return logits.argmax(axis=1).astype(np.int64)


def margins(logits: Float[np.ndarray, "sample classes"]) -> Float[np.ndarray, " sample"]:
    """By how much the largest logit of every sample leads the second; 0 where they are equal."""
    two_largest = np.partition(logits, -2, axis=1)[:, -2:]
    return two_largest[:, 1] - two_largest[:, 0]


def _forward(model: nn.Module, samples: Tensor) -> Tensor:
    try:
        output = model(samples)
    except RuntimeError as error:
        why = str(error).splitlines()[0]
        raise UserError(
            f"the model cannot take samples of shape {tuple(samples.shape[1:])}: {why}"
        ) from error
    if not isinstance(output, Tensor) or output.ndim == 0:
        raise UserError(f"the model answers a {type(output).__name__} without rows; it should answer logits")
    return output
