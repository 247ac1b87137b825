"""Small networks with the paths of their removals, made once, and what an outcome takes out of them."""

from functools import lru_cache

import numpy as np
import torch
from torch import nn

import effdash as ed
from effdash.pruning import Outcome, Path, Reference, plan_removals
from tests.pruning.planting import drawn, plant


@lru_cache
def moons() -> tuple[Reference, Path]:
    """A network that tells two moons apart, wider than it needs to be."""
    data = ed.load_data("moons", seed=0)
    model = ed.build_model(
        "rectangular", input_shape=(2,), n_classes=2, depth=2, width=16, activation="relu", seed=0
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(150):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(data.X_train), data.y_train).backward()
        optimizer.step()
    reference = Reference.prepare(model, data)
    return reference, plan_removals(reference)


@lru_cache
def residual() -> tuple[Reference, Path]:
    """Two layers and more are coupled in it."""
    model, X = drawn("residual", seed=3, samples=60)
    plant(model, X, "residual")
    reference = Reference.prepare(model, (X, None, X[:20] * 1.1, None))
    return reference, plan_removals(reference)


@lru_cache
def bent(dead: int = 0) -> tuple[Reference, Path]:
    """Its first units are the two sides of a bend: without either, some decision has to change."""
    model = nn.Sequential(nn.Linear(1, 2 + dead), nn.ReLU(), nn.Linear(2 + dead, 1))
    with torch.no_grad():
        model[0].weight[:] = torch.tensor([[1.0], [-1.0], *[[0.0]] * dead])
        model[0].bias[:] = -1.0
        model[2].weight[:] = 1.0
        model[2].bias[:] = -1.0
    reference = Reference.prepare(model, torch.linspace(-4, 4, 81)[:, None])
    return reference, plan_removals(reference)


def gone(outcome: Outcome) -> set[tuple[str, int]]:
    return {(layer, int(unit)) for layer, units in outcome.removed.items() for unit in np.flatnonzero(units)}
