"""What accuracy and loss say: stuck at the commonest class, fallen, still rising, overfitted, exploded."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from effdash.diagnosis.case import CROSSING
from effdash.diagnosis.finding import Evidence, Finding, Kind, Severity
from effdash.diagnosis.learning import BEGUN, Learning, Outcome
from effdash.numbers import accuracy
from effdash.vocab import JUMPSTART, LEARNING_RATE, Split

GAP: Final = 0.1
"""Between train and test accuracy. Presets that learn without harm on digits have up to .08."""

DONE: Final = 0.95
"""Accuracy at which nobody needs to be told that more epochs would bring more (FINDINGS 6: success)."""

EXPLODED: Final = 10
"""Times the first loss (or 1). A network that only forgets what it learned falls back to about its first."""

SPIKE: Final = 100
"""Times the same from which it is told of a network that failed, also where the loss came down again."""

SMALL_TEST: Final = 30
"""Samples below which one answer moves the accuracy by more than .03."""

OTHERWISE: Final = ("another learning rate", "another initialisation")
"""Where no unit needs waking."""


def commonest_class(learning: Learning, *, walled: bool) -> Iterator[Finding]:
    """Accuracy that always answering one class gives; `walled`: nothing of a sample reaches the answer."""
    case, chance = learning.case, learning.chance
    if chance is None or not learning.failed or learning.way(learning.now) > BEGUN:
        return
    text = f"{learning.split} accuracy {accuracy(learning.now)}"
    commonest = f"{accuracy(chance)}"
    if walled and learning.answers_one_class:
        text += f" is the answer {learning.class_answered or 'of one class'} to everything"
    elif learning.answers_one_class:
        text += f" is what always answering {learning.class_answered or 'one and the same class'} gives"
    elif learning.now < chance:
        text += f" is below that of always answering the commonest class ({commonest})"
    else:
        text += f" is hardly above that of always answering the commonest class ({commonest})"
    if learning.improves or learning.loss_falls or learning.fell:
        remedies: tuple[str, ...] = ()
    else:
        remedies = case.to_wake_units if case.many_idle or walled else OTHERWISE
    yield Finding(Kind.COMMONEST_CLASS, Severity.ILL, text, learning.seen(), remedies)


def learning_rate_too_high(learning: Learning) -> Iterator[Finding]:
    """Accuracy that fell after it had risen, perhaps while units died."""
    if learning.outcome is not Outcome.FELL:
        return
    case, best = learning.case, learning.best_row
    dying = case.died_since is not None and case.dead[-1] - case.dead[best] >= CROSSING * case.n_units
    text = (
        f"{learning.split} accuracy fell from {accuracy(learning.accuracies[best])} at epoch "
        f"{case.epochs[best]} to {accuracy(learning.now)} at epoch {case.last}"
    )
    if dying:
        text += " while units died"
    turned = case.record.changes[case.record.changes["epoch"] > case.epochs[best]]
    if len(turned):
        what = {JUMPSTART: "λ", LEARNING_RATE: "the learning rate"}
        change = turned.iloc[0]
        field = what.get(change["field"], change["field"])
        text += f"; {field} was set to {change['value']:g} in between, at epoch {change['epoch']}"
        yield Finding(Kind.LEARNING_RATE, Severity.ILL, text, learning.seen(best), ("undoing that",))
        return
    rate = case.learning_rate
    if np.isnan(rate):
        text += ": the learning rate is perhaps too high"
        remedies: tuple[str, ...] = ("a lower learning rate",)
    else:
        text += f": the learning rate, {rate:g}, is {'probably' if dying else 'perhaps'} too high"
        remedies = (f"a learning rate ten times lower ({rate / 10:g})",)
    if dying and not case.jumpstarted:
        remedies = (f"{remedies[0]}, which jumpstart does not replace",)
    yield Finding(Kind.LEARNING_RATE, Severity.ILL, text, learning.seen(best), remedies)


def not_converged(learning: Learning) -> Iterator[Finding]:
    """A network that was still learning, or that learned a part, perhaps while its units were dying."""
    now, case = learning.now, learning.case
    if learning.outcome is Outcome.NOTHING and learning.loss_falls and not learning.improves:
        remedies: tuple[str, ...] = ("more epochs", "a higher learning rate")
        text = f"its loss still falls, slowly, at epoch {case.last}"
        yield Finding(Kind.NOT_CONVERGED, Severity.NOTE, text, learning.seen(), remedies)
    if learning.improves and now < DONE and learning.outcome not in (Outcome.UNKNOWN, Outcome.FELL):
        row = len(case.epochs) - 1 - len(case.epochs) // 5
        text = (
            f"it still learns: {learning.split} accuracy {accuracy(float(learning.accuracies[row]))} at "
            f"epoch {case.epochs[row]}, {accuracy(now)} at epoch {case.last}"
        )
        remedies = (
            ("more epochs",)
            if learning.outcome is not Outcome.NOTHING
            else ("more epochs", "a higher learning rate")
        )
        yield Finding(Kind.NOT_CONVERGED, Severity.NOTE, text, learning.seen(row), remedies)
    if learning.outcome is Outcome.PARTLY and learning.chance is not None:
        text = (
            f"it learned a part: {learning.split} accuracy {accuracy(now)}, where always answering the "
            f"commonest class gives {accuracy(learning.chance)}"
        )
        remedies = ()
        if case.died_since is not None:
            remedies = ("a lower learning rate",)
        elif not learning.improves:
            remedies = (*(case.to_wake_units if case.many_idle else OTHERWISE), "a wider network")
        yield Finding(Kind.PARTLY_LEARNED, Severity.NOTE, text, learning.seen(), remedies)


def overfitted(learning: Learning) -> Iterator[Finding]:
    """Train accuracy far above test accuracy, by more than chance in so many test samples explains."""
    test = learning.case.record.test
    if test is None or learning.outcome is not Outcome.LEARNED or learning.split is Split.TEST:
        return
    on_test = float(learning.accuracies_on(Split.TEST)[-1])
    gap = learning.now - on_test
    # Two standard errors, with one right and one wrong answer added, so that none is ever 0.
    likely = (on_test * test.observed + 1) / (test.observed + 2)
    if not gap >= max(GAP, 2 * float(np.sqrt(likely * (1 - likely) / (test.observed + 2)))):
        return
    text = (
        f"it answers train far better than test, {accuracy(learning.now)} against {accuracy(on_test)}: "
        f"it {'probably ' if test.observed < SMALL_TEST else ''}overfits"
    )
    remedies = ("more data", "weight decay", "a smaller network")
    evidence = Evidence(epoch=learning.case.last, split=Split.TEST)
    yield Finding(Kind.OVERFITTED, Severity.NOTE, text, evidence, remedies)


def exploding_loss(learning: Learning) -> Iterator[Finding]:
    """A loss that became infinite, or many times what it began with."""
    case = learning.case
    losses = learning.losses
    infinite = np.flatnonzero(np.isinf(losses))
    rate = case.learning_rate
    turned = (case.record.changes["field"] == LEARNING_RATE).any()
    known = not turned and not np.isnan(rate)
    slower = f"a lower learning rate ({rate / 10:g})" if known else "a lower learning rate"
    if len(infinite):
        at = int(infinite[0])
        text = f"the loss became infinite at epoch {case.epochs[at]}"
        yield Finding(Kind.EXPLODING_LOSS, Severity.ILL, text, learning.seen(at), (slower,))
    elif (row := _risen_row(losses, learning)) is not None:
        first = int(np.flatnonzero(~np.isnan(losses))[0])
        text = (
            f"the loss rose from {losses[first]:.3g} at epoch {case.epochs[first]} to {losses[row]:.3g} at "
            f"epoch {case.epochs[row]}"
        )
        yield Finding(Kind.EXPLODING_LOSS, Severity.ILL, text, learning.seen(row), (slower,))


def _risen_row(losses: np.ndarray, learning: Learning) -> int | None:
    """Where the loss stood many times as high as at first: at the end, or, if the network failed, once."""
    known = np.flatnonzero(~np.isnan(losses))
    if len(known) < 2:
        return None
    first, peak, last = int(known[0]), int(known[losses[known].argmax()]), int(known[-1])
    least = max(losses[first], 1)
    if losses[last] > EXPLODED * least:
        return last
    return peak if learning.failed and losses[peak] > SPIKE * least else None
