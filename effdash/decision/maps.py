"""What a network, and any of its units, answers all over a plane; and where two networks differ there."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Integer
from torch import nn

from effdash.decision.answers import BATCH, decisions, logits_of
from effdash.decision.plane import Plane
from effdash.observe import record_preactivations
from effdash.observe.untouched import as_input, untouched
from effdash.vocab import UserError


@dataclass(frozen=True, eq=False)
class DecisionMap:
    """A model's answer over a plane, the lowest row first."""

    plane: Plane
    classes: Integer[np.ndarray, "steps steps"]
    confidence: Float[np.ndarray, "steps steps"]
    """The probability of the class answered."""


@dataclass(frozen=True, eq=False)
class PlaneDifference:
    """Where on a plane two networks answer different classes."""

    differs: Bool[np.ndarray, "steps steps"]
    share: float
    """Of the whole plane."""
    near: float
    """Of its points near data; nan where there are none."""
    far: float
    """Of its points where no data are; nan where there are none."""


def decision_map(model: nn.Module, plane: Plane) -> DecisionMap:
    """The class a model answers at every point of a plane. The model is left as it was.

    Raises:
        UserError: the model does not take the plane's points, or answers nan somewhere on it.
    """
    logits = logits_of(model, plane.points())
    if np.isnan(logits).any():
        raise UserError("the model answers nan on the plane")
    confidence = torch.from_numpy(logits).softmax(1).amax(1).float().numpy()
    shape = (plane.steps, plane.steps)
    return DecisionMap(plane, decisions(logits).reshape(shape), confidence.reshape(shape))


def responses(model: nn.Module, plane: Plane, layer: str) -> Float[np.ndarray, "unit steps steps"]:
    """Pre-activations of every unit of a layer over a plane, float32; a channel's largest over its positions.

    A unit's fold is where its response is 0.

    Raises:
        UserError: the model has no layer of this name.
    """
    parts = []
    with untouched(model), record_preactivations(model) as record:
        for points in as_input(model, plane.points()).split(BATCH):
            model(points)
            pre = record[layer]
            parts.append((pre.flatten(2).amax(2) if pre.ndim > 2 else pre).float().cpu())
    return torch.cat(parts).T.numpy().reshape(-1, plane.steps, plane.steps)


def compare_maps(
    before: DecisionMap, after: DecisionMap, near: Bool[np.ndarray, "steps steps"]
) -> PlaneDifference:
    """Where two decision functions differ on the same grid, split by `near`, the points near data.

    Raises:
        UserError: the maps are of different grids.
    """
    if before.classes.shape != after.classes.shape:
        raise UserError(f"the maps have grids of {before.classes.shape} and {after.classes.shape} points")
    differs = before.classes != after.classes
    return PlaneDifference(
        differs=differs,
        share=float(differs.mean()),
        near=float(differs[near].mean()) if near.any() else float("nan"),
        far=float(differs[~near].mean()) if not near.all() else float("nan"),
    )
