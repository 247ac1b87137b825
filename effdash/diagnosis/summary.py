"""How a run stands as a whole, and how much of it is known."""

import re
from collections.abc import Iterator
from typing import Final

import numpy as np

from effdash.diagnosis.case import Case
from effdash.diagnosis.finding import Evidence, Finding, Kind, Severity
from effdash.diagnosis.learning import Learning, Outcome
from effdash.diagnosis.progress import SMALL_TEST
from effdash.numbers import accuracy, counted, part
from effdash.vocab import RunState, Split, UnitStatus

NOT_FINITE: Final = re.compile(r"\b(nan|infinite)\b")
"""In what the trainer says when numbers overflow."""

FEW_SAMPLES: Final = 30
"""Samples below which a status is seen on so few that another sample may well change it."""


def failed(case: Case) -> Iterator[Finding]:
    """The trainer's own word on why it broke off."""
    record = case.record
    if record.state is not RunState.FAILED:
        return
    message = (record.message or "it did not say why").rstrip(".")
    exploded = NOT_FINITE.search(message) is not None
    yield Finding(
        Kind.EXPLODING_LOSS if exploded else Kind.FAILED,
        Severity.ILL,
        f"it failed after epoch {case.last}: {message}",
        case.seen(),
        ("a lower learning rate",) if exploded else (),
    )


def healthy(case: Case, learning: Learning) -> Iterator[Finding]:
    """A network that learned, with how many of its units work."""
    if learning.learned_by_loss and case.record.state is not RunState.FAILED:
        text = f"{_of_loss(learning)}; {working_units(case)} on {case.split} {case.at_last}"
        yield Finding(Kind.HEALTHY, Severity.WELL, text, case.seen())
    if learning.outcome is not Outcome.LEARNED or case.record.state is RunState.FAILED:
        return
    text = (
        f"it learned: {learning.split} accuracy {accuracy(learning.now)}{_on_test(learning)}; "
        f"{working_units(case)} on {case.split} {case.at_last}"
    )
    yield Finding(Kind.HEALTHY, Severity.WELL, text, case.seen())


def _of_loss(learning: Learning) -> str:
    """How the loss went, in words."""
    if learning.loss_ends is None:
        return "its loss was recorded at no two epochs"
    first, last = learning.loss_ends
    begin, end = learning.losses[first], learning.losses[last]
    verb = "fell" if end < begin else "rose" if end > begin else "went"
    epochs = learning.case.epochs
    return f"its loss {verb} from {begin:.3g} at epoch {epochs[first]} to {end:.3g} at epoch {epochs[last]}"


def working_units(case: Case) -> str:
    """How many units are dead, and how many linear, at the last epoch."""
    dead = int(case.dead[-1])
    linear = int(np.count_nonzero(case.on.status[-1] == UnitStatus.LINEAR))
    units = "no unit dead" if dead == 0 else f"{counted(dead, case.n_units, 'units')} dead"
    return f"{units} and {part(linear, case.n_units) if linear else 'none'} linear"


def _on_test(learning: Learning) -> str:
    test = learning.case.record.test
    if learning.split is Split.TEST:
        return ""
    if test is None:
        return " (there is no test data to say how it does on samples it has not seen)"
    value = float(learning.accuracies_on(Split.TEST)[-1])
    if np.isnan(value):
        return " (on test it was not recorded)"
    few = f" (only {test.observed} samples)" if test.observed < SMALL_TEST else ""
    return f", test {accuracy(value)}{few}"


def too_early(learning: Learning) -> Iterator[Finding]:
    """Runs of which the end is not known, or that have hardly begun."""
    case, record = learning.case, learning.case.record
    if learning.outcome is Outcome.EARLY:
        count = learning.trained_epochs
        what = "only the initial state is" if count == 0 else f"only {count} trained "
        what += "" if count == 0 else "epoch is" if count == 1 else "epochs are"
        text = f"{what} recorded: too early to say whether it learns"
        if len(case.epochs) == 1 and record.config is None and not record.untrained_at_first:
            text = f"one state of it is recorded, so how it learned is not known: its {_accuracy(learning)}"
        yield Finding(Kind.TOO_EARLY, Severity.NOTE, text, case.seen())
    planned = None if record.config is None else record.config.epochs
    of = f" of {planned}" if planned is not None else ""
    if record.state in (RunState.RUNNING, RunState.PAUSED):
        text = f"it is {record.state} at epoch {case.last}{of}, so this may change"
        yield Finding(Kind.TOO_EARLY, Severity.NOTE, text, case.seen())
    elif record.state is RunState.INTERRUPTED and case.last != planned:
        text = f"it was interrupted after epoch {case.last}{of}, so its end is not known"
        yield Finding(Kind.TOO_EARLY, Severity.NOTE, text, case.seen())


def _accuracy(learning: Learning) -> str:
    """Its accuracy, beside that of answering one class."""
    chance = "" if learning.chance is None else f"; always the commonest class: {accuracy(learning.chance)}"
    return f"{learning.split} accuracy is {accuracy(learning.now)}{chance}"


def thin_evidence(learning: Learning) -> Iterator[Finding]:
    """What is missing, so that less can be said, or said with less confidence."""
    case = learning.case
    gaps = []
    if np.isnan(learning.accuracies[-1]) and case.record.n_classes == 0:
        told = "" if learning.learned_by_loss else f", and {_of_loss(learning)}"
        gaps.append(f"the samples have no classes, so only its loss says whether it learned{told}")
    elif np.isnan(learning.accuracies[-1]):
        gaps.append("the accuracy was not recorded, so whether it learned is not known")
    elif learning.chance is None:
        gaps.append(
            f"{learning.split} accuracy is {accuracy(learning.now)}, but which one always answering the "
            "commonest class would give is not known"
        )
    elif learning.one_class:
        gaps.append(f"all {learning.split} samples are of one class, so its accuracy says nothing")
    if case.on.observed < FEW_SAMPLES:
        gaps.append(f"statuses are those on only {case.on.observed} {case.split} samples")
    elif case.on.observed < case.on.total:
        gaps.append(f"statuses are those on {case.on.observed:,} of {case.on.total:,} {case.split} samples")
    if np.isnan(case.record.last_gradient).all() and learning.failed:
        gaps.append("which gradient reached the units was not recorded")
    if gaps:
        evidence = Evidence(epoch=case.last, split=case.split)
        yield Finding(Kind.THIN_EVIDENCE, Severity.NOTE, "; ".join(gaps), evidence)
