"""The removal paths of all methods, with and without survivors that take over, computed in a job."""

from functools import partial
from typing import Final

import streamlit as st

from effdash.figures import RemovalCurve
from effdash.pruning import METHODS
from effdash.pruning.curves import MethodPath, method_path
from pages.shared import jobs
from pages.shared.jobs import Job, Report
from pages.shared.prune.bench import Bench, plan_of
from pages.shared.prune.methods import METHOD_WORDS
from pages.shared.prune.readers import Result

SLOT: Final = "baselines"
LOOK_SECONDS: Final = 1.0
"""How often its progress is looked at: each look is a moment in which the page does not answer."""
QUICK_SECONDS: Final = 10.0
"""Where the plan of one method took longer, those of all are only looked for when somebody asks."""


def curves(result: Result) -> list[RemovalCurve]:
    """Those that are known already; the one of the choice is marked."""
    paths: tuple[MethodPath, ...] = () if (job := _job(result)) is None else job.so_far or ()
    choice = result.choice
    return [
        RemovalCurve(
            METHOD_WORDS.get(one.method, one.method),
            one.amounts,
            one.agreement,
            one.compensated,
            chosen=(one.method, one.compensated) == (choice.method, choice.compensate),
        )
        for one in paths
    ]


def draw_progress(result: Result) -> None:
    """How far they are; or, where they take long, a way to ask for them."""
    job = _job(result)
    if job is None:
        st.button("Draw the paths of all methods", on_click=lambda: _start(result))
    else:
        drawn = len(job.so_far or ())
        jobs.draw(
            job,
            key=SLOT,
            has_more=lambda: _is_worth_a_look(drawn, len(job.so_far or ())),
            every=LOOK_SECONDS,
        )


def _is_worth_a_look(drawn: int, known: int) -> bool:
    """Whether the one of the choice has come, or now all with survivors that take over."""
    return any(drawn < count <= known for count in (1, len(METHODS)))


def _job(result: Result) -> Job[tuple[MethodPath, ...]] | None:
    """The job of this network; started by itself where it is quick."""
    if result.plan.seconds <= QUICK_SECONDS:
        return jobs.session_jobs().find_or_start(SLOT, _key(result), _work(result), _words())
    return jobs.session_jobs().find(SLOT, _key(result))


def known(result: Result) -> Job[tuple[MethodPath, ...]] | None:
    """The job that computes them, which holds those that are known; `None`: nobody asked."""
    return jobs.session_jobs().find(SLOT, _key(result))


def _key(result: Result) -> tuple[str, bool]:
    return result.bench.link, result.choice.vanish


def _start(result: Result) -> None:
    jobs.session_jobs().start(SLOT, _key(result), _work(result), _words())


def _words() -> str:
    return "Paths of all methods"


def _work(result: Result) -> "partial[tuple[MethodPath, ...]]":
    first = result.choice
    order = sorted(
        ((method, compensated) for compensated in (True, False) for method in METHODS),
        key=lambda one: one != (first.method, first.compensate),
    )
    return partial(_known, result.bench, order, first.vanish)


def _known(
    bench: Bench, order: list[tuple[str, bool]], vanish: bool, report: Report
) -> tuple[MethodPath, ...]:
    """One method after the other; each is there to be drawn when it is done."""
    known: list[MethodPath] = []
    for place, (method, compensated) in enumerate(order):

        def on_step(_done: int, _of: int, place: int = place) -> None:
            report(place, len(order))
            bench.precedence.give_way(lambda: report(place, len(order)))

        path = plan_of(bench, method, on_step, vanish=vanish).path
        known.append(
            method_path(bench.reference, path, compensated=compensated, split=bench.told_on, on_step=on_step)
        )
        report.keep(tuple(known))
    return tuple(known)
