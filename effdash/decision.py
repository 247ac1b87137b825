"""The decision function, and any unit's response, on the plane of two-dimensional data."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from effdash.data import Dataset
from effdash.observe import record_preactivations
from effdash.vocab import UserError


@dataclass(frozen=True)
class Plane:
    """A grid of `steps x steps` points over two-dimensional data, row by row, the lowest first.

    `extent` is (lowest x, highest x, lowest y, highest y), in the standardised units of the data.
    """

    extent: tuple[float, float, float, float]
    steps: int

    @classmethod
    def around(cls, data: Dataset, steps: int = 96, margin: float = 0.2) -> "Plane":
        """The plane over all samples, wider than them by `margin` of their range on every side.

        Raises:
            UserError: the data have another number of features than two.
        """
        if data.input_shape != (2,):
            raise UserError(f"the plane needs data with two features; these have shape {data.input_shape}")
        samples = torch.cat([data.X_train, data.X_test])
        low, high = samples.amin(0), samples.amax(0)
        room = (high - low) * margin
        (x0, y0), (x1, y1) = (low - room).tolist(), (high + room).tolist()
        return cls((x0, x1, y0, y1), steps)

    def points(self) -> Tensor:
        """All grid points, float32 (steps * steps, 2)."""
        x0, x1, y0, y1 = self.extent
        x = torch.linspace(x0, x1, self.steps)
        y = torch.linspace(y0, y1, self.steps)
        return torch.cartesian_prod(y, x).flip(1)


@dataclass(frozen=True)
class DecisionMap:
    """The model's answer over a plane: `classes` (steps, steps) uint8, and the probability of that class."""

    plane: Plane
    classes: np.ndarray
    confidence: np.ndarray


def decision_map(model: nn.Module, plane: Plane) -> DecisionMap:
    """The class a model answers at every point of a plane. The model is left as it was.

    Raises:
        UserError: the model answers nan somewhere on the plane.
    """
    with _evaluating(model), torch.no_grad():
        probabilities = model(plane.points().to(_floating(model))).softmax(1)
    if probabilities.isnan().any():
        raise UserError("the model answers nan on the plane")
    confidence, classes = probabilities.max(1)
    shape = (plane.steps, plane.steps)
    return DecisionMap(
        plane,
        classes.to(torch.uint8).cpu().numpy().reshape(shape),
        confidence.float().cpu().numpy().reshape(shape),
    )


def responses(model: nn.Module, plane: Plane, layer: str) -> np.ndarray:
    """Pre-activations of every unit of a layer over a plane, float32 (units, steps, steps).

    A unit's fold is where its response is 0.

    Raises:
        UserError: the model has no layer of this name.
    """
    with _evaluating(model), torch.no_grad(), record_preactivations(model) as record:
        model(plane.points().to(_floating(model)))
        pre = record[layer]
    return pre.T.float().cpu().numpy().reshape(-1, plane.steps, plane.steps)


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode inside `with`; every module's own mode again after it."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def _floating(model: nn.Module) -> Tensor:
    """A tensor with the model's device and floating dtype."""
    return next(parameter for parameter in model.parameters() if parameter.is_floating_point())
