"""What the statuses of units and samples say, at the first epoch, at the last, and in between."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from effdash.diagnosis.case import BORN, Case
from effdash.diagnosis.finding import Evidence, Finding, Kind, Severity
from effdash.diagnosis.learning import Learning, Outcome
from effdash.numbers import FEW, counted, part
from effdash.vocab import JUMPSTART, Split, UnitStatus

HOPELESS: Final = 0.8
"""The same share from which a network without jumpstart and without skip connections is called ill before its
accuracy can tell: 0 of 40 such networks learned (FINDINGS 6)."""

REVIVAL: Final = 0.25
"""Fall of the share of dead or linear units that counts as a revival; with jumpstart it is .5 and more, and
without, .25 comes of the first steps alone (digits, 8 layers)."""

SILENT: Final = 0.25
"""Share of samples dead at one layer from which it is told: .3-.5 in 50 layers (FINDINGS 6), else about 0."""

ODD: Final = 0.01
"""Share of constant units below which they are left to the unit map's chips."""

MANY_CONSTANT: Final = 0.25
"""Share of constant units from which they weigh as much as dead ones do."""


def born_dead(case: Case, learning: Learning, *, revived: bool) -> Iterator[Finding]:
    """Units dead or linear when recording began; `revived`: what became of them is told elsewhere."""
    at_first, at_last = int(case.idle[0]), int(case.idle[-1])
    share = at_first / case.n_units
    if share < BORN:
        return
    # No cause of what came later where hardly any unit is left so, or where it learned in spite of it.
    hopeless = learning.suspect and share >= HOPELESS
    ill = case.many_idle and learning.outcome is not Outcome.FELL and (learning.stuck or hopeless)
    were = "was" if at_first == 1 and case.n_units <= FEW else "were"
    text = (
        f"{counted(at_first, case.n_units, 'units')} {were} {case.idle_word} on {case.split} {case.at_first}"
    )
    if case.last != case.first and not revived:
        text += _what_became(at_first, at_last, case)
    evidence = case.seen(0, units=_idle_units(case, 0))
    severity = Severity.ILL if ill else Severity.NOTE
    yield Finding(Kind.BORN_DEAD, severity, text, evidence, learning.to_wake_units if ill else ())


def idle_units(case: Case) -> Iterator[Finding]:
    """Units dead or linear on data that the run did not record; what they were before is not known."""
    count = int(case.idle[-1])
    if count < BORN * case.n_units:
        return
    text = f"{counted(count, case.n_units, 'units')} are {case.idle_word} on {case.where} {case.at_last}"
    yield Finding(Kind.IDLE, Severity.NOTE, text, case.seen(units=_idle_units(case, -1)))


def _what_became(at_first: int, at_last: int, case: Case) -> str:
    if at_last == 0:
        return f", none is at epoch {case.last}"
    are = "is" if at_last == 1 and case.n_units <= FEW else "are"
    still = f"still {are}" if HOPELESS * at_first <= at_last <= at_first else are
    return f", {part(at_last, case.n_units)} {still} at epoch {case.last}"


def _idle_units(case: Case, row: int) -> np.ndarray:
    status = case.on.status[row]
    return (status == UnitStatus.DEAD) | (case.hinged & (status == UnitStatus.LINEAR))


def walls(case: Case, learning: Learning) -> Iterator[Finding]:
    """Layers that no sample passes: all of their units dead, or the same for every sample."""
    dead = case.everywhere(case.on.status == UnitStatus.DEAD)
    dead_now, same = dead[-1], _first_same(case)
    silent = np.all(case.on.point_status == UnitStatus.DEAD, axis=1) & (case.on.point_status.shape[1] > 0)
    severity = Severity.ILL if learning.suspect else Severity.NOTE
    if dead_now.any():
        found = int(np.flatnonzero(dead_now)[0])
        start = case.since(dead[:, found])
        since = case.since_words(start if start is not None else -1)
        units = case.record.layers[found].units
        who = "its only unit is" if units == 1 else f"all its {units} units are"
        text = f"nothing passes {_name(case, found)}: {who} dead on {case.where} {since}{_around(case)}"
        if same is not None and same < found:
            text += f" ({_name(case, same)} before it says the same of every sample)"
        yield Finding(Kind.WALL, severity, text, _layer_seen(case, found), learning.to_wake_units)
    elif silent.any():
        found = int(np.flatnonzero(silent)[0])
        samples = case.on.point_status.shape[1]
        text = (
            f"none of the {samples:,} {case.split} samples looked at one by one passes {_name(case, found)}"
            f"{_around(case)}"
        )
        yield Finding(Kind.WALL, severity, text, _layer_seen(case, found), learning.to_wake_units)
    elif same is not None:
        what = "constant or dead" if case.hinged.any() else "constant"
        text = (
            f"{_name(case, same)} says the same of {case.every_sample} {case.at_last}: "
            f"each of its units is {what}{_around(case)}"
        )
        yield Finding(Kind.WALL, severity, text, _layer_seen(case, same), learning.to_wake_units)


def stands_before_the_answer(case: Case) -> bool:
    """Whether no training sample can reach the output: a wall, and certainly no way around it."""
    return case.bypassed is False and _first_same(Case(case.record)) is not None


def _first_same(case: Case) -> int | None:
    """The first layer that says the same of every sample: all of its units are dead or constant."""
    same = np.flatnonzero(case.everywhere(case.constant | (case.on.status[-1] == UnitStatus.DEAD)))
    return int(same[0]) if len(same) else None


def _name(case: Case, place: int) -> str:
    return case.record.layers[place].name


def _around(case: Case) -> str:
    if case.bypassed is None:
        return ", unless a way leads around it"
    return ", but by a skip connection" if case.bypassed else ""


def _layer_seen(case: Case, place: int) -> Evidence:
    return case.seen(units=case.layer_of == place)


def constant_units(case: Case, learning: Learning) -> Iterator[Finding]:
    """Units that answer something, and the same to every sample."""
    units = case.constant & (case.on.status[-1] != UnitStatus.DEAD)
    among, where = np.ones(case.n_units, bool), ""
    if case.bypassed is False and (blocked := _first_same(case)) is not None:
        # Behind a wall there is nothing else for a unit to be.
        among, where = case.layer_of < blocked, f" before {_name(case, blocked)}"
    count, total = int((units & among).sum()), int(among.sum())
    if count == 0 or count < ODD * case.n_units:
        return
    verb = "is" if count == 1 and total <= FEW else "are"
    text = f"{counted(count, total, 'units')}{where} {verb} constant on {case.where} {case.at_last}"
    text += ": not dead, but the same for every sample"
    severity = learning.severity if count >= MANY_CONSTANT * total else Severity.NOTE
    yield Finding(Kind.CONSTANT, severity, text, case.seen(units=units & among))


def dead_samples(case: Case, learning: Learning) -> Iterator[Finding]:
    """Samples that no unit of a layer hears."""
    points = case.on.point_status
    if points.shape[1] == 0:
        return
    dead = np.count_nonzero(points == UnitStatus.DEAD, axis=1)
    partly = np.where(dead < points.shape[1], dead, 0)
    worst, samples = int(partly.argmax()), points.shape[1]
    if partly[worst] < SILENT * samples:
        return
    text = (
        f"{counted(int(partly[worst]), samples, 'samples')} are dead at {_name(case, worst)} on {case.where} "
        f"{case.at_last}: no unit there hears them"
    )
    yield Finding(Kind.DEAD_SAMPLES, learning.severity, text, case.seen(layer=worst), learning.to_wake_units)


def dying(case: Case, learning: Learning) -> Iterator[Finding]:
    """More and more units dead while it trains."""
    crossed = case.died_since
    if crossed is None:
        return
    total = case.n_units
    text = (
        f"units have been dying since epoch {case.epochs[crossed]}: "
        f"{part(int(case.dead[0]), total)} dead on {case.split} {case.at_first}, "
        f"{part(int(case.dead[-1]), total)} at epoch {case.last}"
    )
    died = (case.on.status[0] != UnitStatus.DEAD) & (case.on.status[-1] == UnitStatus.DEAD)
    yield Finding(Kind.DYING, learning.severity, text, case.seen(crossed, units=died), learning.to_wake_units)


def revived(case: Case) -> Iterator[Finding]:
    """Units that came back, and what was turned before they did."""
    begin, change = 0, None
    changes = case.record.changes
    raised = changes[(changes["field"] == JUMPSTART) & (changes["value"] > 0)]
    if len(raised):
        change = raised.iloc[0]
        begin = max(int(np.searchsorted(case.epochs, change["epoch"])) - 1, 0)
    elif not case.jumpstarted:
        return
    before, after = int(case.idle[begin]), int(case.idle[-1])
    if before - after < REVIVAL * case.n_units:
        return
    row_back = case.since(case.idle <= (before + after) / 2)
    total = case.n_units
    text = (
        f"the share of {case.idle_word} units fell from {part(before, total)} to {part(after, total)}, "
        f"half of it by epoch {case.epochs[row_back if row_back is not None else -1]}"
    )
    if change is not None:
        text = f"it was revived: after λ was set to {change['value']:g} at epoch {change['epoch']}, {text}"
    else:
        who = "its" if after <= before / 2 else "some of its"
        text = f"with jumpstart {who} units came alive: {text}"
    back = _idle_units(case, begin) & ~_idle_units(case, -1)
    evidence = case.seen(row_back if row_back is not None else -1, units=back)
    yield Finding(Kind.REVIVED, Severity.NOTE, text, evidence)


def dead_on_train_only(case: Case) -> Iterator[Finding]:
    """Units dead on all of train that fire on test."""
    test = case.record.test
    if test is None:
        return
    units = (case.record.train.status[-1] == UnitStatus.DEAD) & (test.status[-1] != UnitStatus.DEAD)
    count = int(units.sum())
    if count == 0:
        return
    text = (
        f"{count:,} {'unit is' if count == 1 else 'units are'} dead on train but "
        f"{'fires' if count == 1 else 'fire'} on test {case.at_last}"
    )
    evidence = Case(case.record, Split.TEST).seen(units=units)
    yield Finding(Kind.TRAIN_ONLY, Severity.NOTE, text, evidence)
