"""Large networks: what a choice does is told at once, nearly, and exactly when a thread has found it."""

import time
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from typing import Any, Final

import numpy as np
import streamlit as st

from effdash.pruning import Approximate, Choice, Outcome, alone, approximate, foretold
from effdash.vocab import UserError
from pages.shared.jobs import Job, Report
from pages.shared.prune.bench import Plan
from pages.shared.prune.readers import Result, result_of

SLOW_SECONDS: Final = 0.25
"""Where a network takes longer to be rebuilt, nobody waits for it."""
SLOW_PLAN_SECONDS: Final = 4.0
"""As long as no network was rebuilt, a plan that took longer tells that this will be slow."""
SECONDS: Final = "seconds of a result"
MAKING: Final = "prune making"
STANDING: Final = "prune standing"
"""Where the session keeps the exact result that was drawn last."""

_SETTINGS: Final = attrgetter("method", "compensate", "multiple", "vanish")

Looked = tuple[str, int] | None
"""The unit that is looked at, if one is."""


@dataclass(frozen=True, eq=False)
class Foreseen(Result):
    """Which units a choice takes; network, decisions and accuracy are those of the result that stands."""

    standing: Result = field(kw_only=True)
    near: Approximate | None = None
    """What becomes of the decisions, nearly, where one unit is all that changes."""


def seen(result: Result) -> Result:
    """The exact result that stands: the one before, where a choice is foreseen."""
    return result.standing if isinstance(result, Foreseen) else result


def result_at_once(plan: Plan, choice: Choice, looked: Looked) -> tuple[Result, bool]:
    """What a choice makes of the network, and whether more is awaited: the exact result, or evidence.

    Raises:
        UserError: the choice does not fit the network.
    """
    found: Result | None = plan.bench.made.peek(("result", choice))
    standing = _standing(plan)
    if found is None and (standing is None or not is_slow(plan)):
        found = _timed(plan, choice)
    if found is not None and not is_slow(plan):
        return _stands(found), False
    told = found or _foreseen(plan, choice, standing)  # before a thread wants the processor, too
    job = _making((plan.bench.link, choice, looked), plan, choice, looked)
    if job is not None and job.problem is not None:
        raise job.problem
    awaited = job is None or job.running
    found = found or plan.bench.made.peek(("result", choice))
    return (told if found is None else _stands(found)), awaited


def exact_result(plan: Plan, choice: Choice) -> Result:
    """What a choice makes of the network, waited for where a thread is at it already.

    Raises:
        UserError: the choice does not fit the network.
    """
    key, job = st.session_state.get(MAKING, (None, None))
    if key is not None and key[:2] == (plan.bench.link, choice):
        while job.running and plan.bench.made.peek(("result", choice)) is None:
            job.wait(0.05)
    return _stands(_timed(plan, choice))


def is_slow(plan: Plan) -> bool:
    """Whether a person would have to wait for each step."""
    known: list[float] | None = plan.bench.made.peek(SECONDS)
    return plan.seconds > SLOW_PLAN_SECONDS if known is None else known[0] > SLOW_SECONDS


def _timed(plan: Plan, choice: Choice) -> Result:
    """The result, made where it is not there; how long that takes is noted, where something is taken out."""
    made = plan.bench.made
    if (known := made.peek(("result", choice))) is not None:
        found: Result = known
        return found
    began = time.monotonic()
    found = result_of(plan, choice)
    if found.outcome.removals:
        made.get(SECONDS, lambda: [0.0])[0] = time.monotonic() - began
    return found


def _standing(plan: Plan) -> Result | None:
    link, result = st.session_state.get(STANDING, (None, None))
    return result if link == plan.bench.link else None


def _stands(result: Result) -> Result:
    st.session_state[STANDING] = result.bench.link, result
    return result


def _making(key: Hashable, plan: Plan, choice: Choice, looked: Looked) -> Job[Any] | None:
    """The work on the exact result; `None` while that on another one goes on, as it cannot be interrupted."""
    held, job = st.session_state.get(MAKING, (None, None))
    if held == key:
        return job
    if job is not None and job.running:
        return None
    job = Job(partial(_make, plan, choice, looked), "Rebuilding the network")
    st.session_state[MAKING] = key, job
    return job


def _make(plan: Plan, choice: Choice, looked: Looked, report: Report) -> None:
    """The result, what the next click will ask of it, and then what the rest of the page will."""
    found = _timed(plan, choice)
    report(0, 0)
    _ = found.leaving, found.most
    reference = plan.bench.reference
    for number in reference.prunable:
        layer, units = next(iter(reference.groups[number].sites.items()))
        with suppress(UserError):  # what `_near` will hear, too
            approximate(reference, found.outcome, layer, int(np.ravel(units)[0]))
    report(0, 0)
    _ = found.why
    if looked is not None:
        with suppress(UserError):  # no such unit: the page says it
            alone(reference, found.outcome, *looked)


def _foreseen(plan: Plan, choice: Choice, standing: Result | None) -> Foreseen:
    assert standing is not None
    outcome = plan.bench.made.get(
        ("foretold", choice), lambda: foretold(plan.bench.reference, plan.path, choice, standing.outcome)
    )
    return Foreseen(
        plan,
        outcome,
        standing.network,
        standing.changes,
        standing.accuracy,
        standing.parameters,
        standing=standing,
        near=_near(standing.outcome, outcome, plan),
    )


def _near(before: Outcome, after: Outcome, plan: Plan) -> Approximate | None:
    """What changes nearly, where the two differ in one unit, or in those that are coupled with it."""
    reference = plan.bench.reference
    if _SETTINGS(before.choice) != _SETTINGS(after.choice):
        return None
    turned = {(one.group, one.channel) for one in before.removals} ^ {
        (one.group, one.channel) for one in after.removals
    }
    if len(turned) != 1:
        return None
    ((group, channel),) = turned
    layer, units = next(iter(reference.groups[group].sites.items()))
    with suppress(UserError):  # what hears the unit cannot be solved again: the exact result is waited for
        return plan.bench.made.get(
            ("near", before.choice, after.choice),
            lambda: approximate(reference, before, layer, int(np.ravel(units[channel])[0])),
        )
    return None
