"""How far the points of a plane are from all data: a decision there is nobody's."""

from typing import Final

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from effdash.decision.plane import Plane
from effdash.vocab import UserError

NEAR_PERCENTILE: Final = 95
ASKED: Final = 1000
"""The nearest neighbours of so many samples are looked for, spread evenly over all of them."""

CHUNK: Final = 100


def near_data(plane: Plane, X: Float[Tensor, "sample *feature"]) -> Bool[np.ndarray, "steps steps"]:
    """Which grid points of a plane are as near to a sample as samples are to each other.

    None of them where there are not two samples to tell how near that is.
    """
    if len(X) < 2:
        return np.zeros((plane.steps, plane.steps), bool)
    return nearest_distance(plane, X) <= near_data_radius(X)


def nearest_distance(plane: Plane, X: Float[Tensor, "sample *feature"]) -> Float[np.ndarray, "steps steps"]:
    """The distance of every grid point of a plane to the nearest of the samples.

    Exact in any dimension: by Pythagoras the distance depends on where a sample's shadow falls on the plane
    and on how far it is from it, so that the search is one in three dimensions.

    Raises:
        UserError: no samples.
    """
    from scipy.spatial import cKDTree

    if not len(X):
        raise UserError("there are no samples to be near to")
    samples = np.column_stack([plane.coordinates(X), plane.distances(X)])
    grid = plane.grid()
    distances, _ = cKDTree(samples).query(np.column_stack([grid, np.zeros(len(grid))]))
    return distances.reshape(plane.steps, plane.steps)


def near_data_radius(X: Float[Tensor, "sample *feature"]) -> float:
    """Up to which distance from a sample a point counts as near data.

    It is the 95th percentile of the samples' own distances to their nearest neighbours: as near as the data
    are to each other. Of more than 1,000 samples, 1,000 spread evenly are asked, each against all.

    Raises:
        UserError: fewer than two samples.
    """
    if len(X) < 2:
        raise UserError(f"nearness needs at least two samples, not {len(X)}")
    flat = X.detach().flatten(1).double().cpu()
    asked = torch.linspace(0, len(flat) - 1, min(ASKED, len(flat))).round().long()
    nearest = []
    for rows in asked.split(CHUNK):
        distances = torch.cdist(flat[rows], flat)
        distances[torch.arange(len(rows)), rows] = torch.inf
        nearest.append(distances.amin(1))
    return float(np.percentile(torch.cat(nearest).numpy(), NEAR_PERCENTILE))
