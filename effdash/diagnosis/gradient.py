"""Which gradient reaches the layers, and which units get none."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from effdash.diagnosis.case import Case
from effdash.diagnosis.finding import Finding, Kind, Severity
from effdash.diagnosis.learning import Learning
from effdash.numbers import counted, scientific
from effdash.vocab import UnitStatus

VANISHED: Final = 1e-5
"""Gradient of the first layer against that of the last. The last layer's is about 1e-3, so the first layer's
is 1e-8, where Adam's epsilon begins to still the steps; networks that learn have 1e-3 and more at the start,
born-dead ones 1e-14 (FINDINGS 9)."""

STARVED: Final = 1e-6
"""Gradient of a unit against that of the layer with the most."""

MANY: Final = 0.2
"""Share of starved units from which they are told. Where a network learned they are not: with jumpstart,
whose terms are then satisfied, up to .3 of its units rest so."""


def gradient_by_depth(case: Case, learning: Learning) -> Iterator[Finding]:
    """A first layer that gets next to nothing of the gradient of the last, or far more of it."""
    if not learning.suspect or len(case.record.layers) == 1:
        return
    for row, gradient in ((0, case.record.first_gradient), (-1, case.record.last_gradient)):
        if np.isinf(gradient).any():
            place = int(case.layer_of[np.flatnonzero(np.isinf(gradient))[0]])
            text = f"the gradient at {case.record.layers[place].name} is infinite {_when(case, row)}"
            yield Finding(Kind.GRADIENT_BY_DEPTH, Severity.ILL, text, case.seen(row, layer=place))
            return
        means = case.layer_means(gradient)
        sentence = _by_depth(case, float(means[0]), float(means[-1]), _when(case, row))
        if sentence is not None:
            evidence = case.seen(row, layer=0)
            yield Finding(Kind.GRADIENT_BY_DEPTH, Severity.ILL, sentence, evidence, learning.to_wake_units)
            return


def _when(case: Case, row: int) -> str:
    return case.at_first if row == 0 else case.at_last


def _by_depth(case: Case, first: float, last: float, when: str) -> str | None:
    names = case.record.layers[0].name, case.record.layers[-1].name
    if first == 0:
        if last > 0:
            return f"no gradient reaches {names[0]} {when}, while {names[1]} gets {scientific(last)}"
        return f"no gradient reaches {names[0]} or {names[1]} {when}"
    ratio = first / last if last > 0 else np.nan
    if ratio <= VANISHED:
        return f"the gradient at {names[0]} is {scientific(ratio)} of that at {names[1]} {when}"
    if ratio >= 1 / VANISHED:
        return f"the gradient at {names[0]} is {scientific(ratio)} times that at {names[1]} {when}"
    return None


def starved_units(case: Case, learning: Learning) -> Iterator[Finding]:
    """Units of a network that failed that are not dead, and that hardly any gradient reaches."""
    gradient = case.record.last_gradient
    means = case.layer_means(gradient)
    if not learning.failed or np.isnan(means).all() or not np.nanmax(means) > 0:
        return
    most = float(np.nanmax(means))
    alive = case.record.train.status[-1] != UnitStatus.DEAD
    starved = alive & (gradient <= STARVED * most)
    count = int(starved.sum())
    if count < MANY * case.n_units:
        return
    text = (
        f"{counted(count, case.n_units, 'units')} are not dead on train, but hardly any gradient "
        f"reaches them {case.at_last}"
    )
    evidence = Case(case.record).seen(units=starved)
    yield Finding(Kind.STARVED, Severity.ILL, text, evidence)
