"""The exact stages: units that say nothing, the same of every sample, or a multiple of what another says."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

import numpy as np
from jaxtyping import Bool, Float64, Int64


class Stage(StrEnum):
    """Why a unit can go. All but the last leave the outputs on the pruning data as they are."""

    DEAD = "dead"
    CONSTANT = "constant"
    TWIN = "twin"
    REDUNDANT = "redundant"


EXACT: Final = (Stage.DEAD, Stage.CONSTANT, Stage.TWIN)

TOLERANCES: Final = (1e-10, 1e-12, 1e-14, 0.0)
"""Of the largest activation that a consumer hears: by how much units may miss being constant or proportional.

The widest is taken with which the outputs stay what they are, see `plan`.
"""


@dataclass(frozen=True, eq=False)
class Heard:
    """What one consumer hears of a group's channels, in `k` columns each, a row a sample and position.

    `padded`: it sees zeros around what it hears, so that a constant cannot go into its bias.
    """

    columns: Float64[np.ndarray, "row channels k"]
    padded: bool

    @cached_property
    def scale(self) -> float:
        """The largest activation it hears; 1 where it hears nothing."""
        return float(max(self.columns.max(), -self.columns.min())) or 1.0


@dataclass(frozen=True)
class Exact:
    """A channel that can go without a trace.

    A constant without an `heir` goes into the biases, else, before padded consumers, into that constant
    channel; a twin into its heir, of which it is `factor` times.
    """

    channel: int
    stage: Stage
    heir: int | None = None
    factor: float | None = None


Willing = Bool[np.ndarray, " _"] | Int64[np.ndarray, " _"]
"""Which channels may go (0, False: it stays); of those that say the same, the larger number goes first."""


def find_exact(heard: Sequence[Heard], tolerance: float, may_go: Willing | None = None) -> list[Exact]:
    """The dead, the constant and the twin channels of a group among those that may go (default: all).

    No heir is among them, and never are they all there is.
    """
    channels = heard[0].columns.shape[1]
    free = np.ones(channels, bool) if may_go is None else may_go
    is_dead = np.all([(one.columns == 0).all(axis=(0, 2)) for one in heard], axis=0)
    is_constant = np.all([_is_constant(one, tolerance) for one in heard], axis=0) & ~is_dead
    found = [Exact(int(channel), Stage.DEAD) for channel in np.flatnonzero(is_dead & (free > 0))]
    found += _constants(heard, np.flatnonzero(is_constant), free, tolerance)
    if len(found) == channels:
        found.remove(min(reversed(found), key=lambda one: free[one.channel]))
    found += _twins(heard, np.flatnonzero(~is_dead & ~is_constant), free, tolerance)
    return found


def constant_values(heard: Heard) -> Float64[np.ndarray, "channels k"]:
    """What every column holds if it is constant: the middle of what is seen."""
    return (heard.columns.min(axis=0) + heard.columns.max(axis=0)) / 2


def _is_constant(heard: Heard, tolerance: float) -> Bool[np.ndarray, " channels"]:
    spread = heard.columns.max(axis=0) - heard.columns.min(axis=0)
    return (spread <= tolerance * heard.scale).all(axis=1)


def _constants(
    heard: Sequence[Heard], constant: Int64[np.ndarray, " constant"], free: Willing, tolerance: float
) -> list[Exact]:
    """Constants that no padded consumer hears need no heir; of the others few carry what all of them say.

    A carrier is not 0 in any column of a padded consumer in which another is not, the larger the better.
    """
    padded = [constant_values(one)[constant] for one in heard if one.padded]
    values = np.abs(np.concatenate(padded, axis=1)) if padded else np.zeros((len(constant), 1))
    speaks = values > 0
    found = []
    carriers: list[int] = []
    smallest = np.where(speaks, values, np.inf).min(axis=1)
    for place in np.lexsort((-smallest, -speaks.sum(axis=1), free[constant])):
        channel = int(constant[place])
        heir = next((carrier for carrier in carriers if (speaks[carrier] >= speaks[place]).all()), None)
        if speaks[place].any() and (heir is None or not free[channel]):
            carriers.append(int(place))
        elif free[channel]:
            kept_by = int(constant[heir]) if speaks[place].any() and heir is not None else None
            found.append(Exact(channel, Stage.CONSTANT, kept_by))
    return sorted(found, key=lambda exact: exact.channel)


def _twins(
    heard: Sequence[Heard], varying: Int64[np.ndarray, " varying"], free: Willing, tolerance: float
) -> list[Exact]:
    """Channels that are a multiple of another: found among those that look alike in one random direction."""
    lengths, looks = _fingerprints(heard, varying)
    found = []
    by_looks = looks.argsort()
    for alike in np.split(by_looks, np.flatnonzero(np.diff(looks[by_looks]) > _SAME_LOOKS) + 1):
        heirs: list[int] = []
        for place in sorted(alike, key=lambda place: (free[varying[place]], -lengths[place])):
            channel = int(varying[place])
            factors = ((heir, _factor(heard, channel, heir, tolerance)) for heir in heirs)
            heir, factor = next(((h, f) for h, f in factors if f is not None), (None, None))
            if heir is None or not free[channel]:
                heirs.append(channel)
            else:
                found.append(Exact(channel, Stage.TWIN, heir, factor))
    return sorted(found, key=lambda exact: exact.channel)


_SAME_LOOKS: Final = 1e-7
"""Directions that differ by no more are compared number by number; rounding is far below."""


def _fingerprints(heard: Sequence[Heard], channels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The length of every channel, and how much of it lies in a random direction, without its sign."""
    draw = np.random.default_rng(0)
    squares = np.zeros(len(channels))
    along = np.zeros(len(channels))
    for one in heard:
        columns = one.columns[:, channels] / one.scale
        direction = draw.normal(size=(len(columns), columns.shape[2]))
        squares += np.einsum("rck,rck->c", columns, columns)
        along += np.einsum("rck,rk->c", columns, direction)
    lengths = np.sqrt(squares)
    return lengths, np.abs(along) / np.where(lengths > 0, lengths, 1.0)


def _factor(heard: Sequence[Heard], channel: int, heir: int, tolerance: float) -> float | None:
    """The one number that makes `heir` into `channel` for all consumers, if there is one."""
    products = squares = 0.0
    for one in heard:
        of_heir = one.columns[:, heir].ravel() / one.scale
        products += float(of_heir @ one.columns[:, channel].ravel()) / one.scale
        squares += float(of_heir @ of_heir)
    factor = products / squares
    fits = all(
        np.abs(one.columns[:, channel] - factor * one.columns[:, heir]).max() <= tolerance * one.scale
        for one in heard
    )
    return factor if fits else None
