"""The Prune page, from the controls down to the evidence."""

from typing import Final

import streamlit as st

from effdash.pruning import Choice
from effdash.vocab import UserError
from pages.shared import jobs, prose, unit_overview
from pages.shared.prune import audit, changed, evidence, figures, latency, numbers, state, toolbar, why
from pages.shared.prune.bench import Plan
from pages.shared.prune.readers import Result, find_plan, result_of
from pages.shared.selection import Picked

SIDES: Final = (0.36, 0.64)
ANSWERS: Final = (0.44, 0.56)


def draw(picked: Picked) -> None:
    """The run's network as the address asks for it, once it is known in which order its units can go."""
    choice = _asked(picked)
    try:
        job = find_plan(picked, choice.method)
    except UserError as error:
        _without_network(picked, error)
        return
    if job.problem is not None:
        _without_network(picked, job.problem)
        return
    if job.result is None:
        _while_it_plans(picked, job)
        return
    choice = toolbar.finish_auto(picked, job.result, choice)
    result = _result(picked, job.result, choice)
    if why_not := state.dropped(picked):
        told = prose.literal(why_not)
        st.warning(f"The plan in the address does not fit this run, so nothing is removed: {told}")
    figures.prepare(picked, result)
    toolbar.draw(picked, result)
    if problem := state.take_problem():
        st.toast(prose.literal(problem), icon=":material/error:")
    numbers.draw(picked, result)
    network, decisions = st.columns(SIDES, gap="medium")
    with network:
        figures.draw_map(picked, result)
        figures.draw_path(picked, result)
    with decisions:
        figures.draw_decision(picked, result)
        widths, answers = st.columns(ANSWERS, gap="medium")
        with widths:
            figures.draw_widths(picked, result)
            latency.draw(result)
        with answers:
            changed.draw_answers(result)
    changed.draw_samples(result)
    why.draw(picked, result)
    evidence.draw(picked, result)
    audit.draw(result)


def _asked(picked: Picked) -> Choice:
    """What the address asks for; what is no plan is dropped, and nothing is removed."""
    try:
        return state.asked(picked)
    except UserError as error:
        state.drop(picked, error)
        return Choice()


def _result(picked: Picked, plan: Plan, choice: Choice) -> Result:
    """What the choice makes of the network; one that does not fit is dropped, and nothing is removed."""
    try:
        return result_of(plan, choice)
    except UserError as error:
        state.drop(picked, error)
        return result_of(plan, Choice(choice.method))


def _without_network(picked: Picked, why_not: UserError) -> None:
    """What is known of the units stays, where there is no network to make smaller."""
    st.warning(f"This run cannot be pruned: {prose.literal(str(why_not).rstrip('.'))}.")
    _units(picked)


def _while_it_plans(picked: Picked, job: jobs.Job[Plan]) -> None:
    if told := numbers.of_the_epoch(picked, picked.kept_weights):
        st.caption(" ".join(told))
    jobs.draw(job, key="plan")
    if job.stopped and st.button("Plan again"):
        jobs.session_jobs().drop("plan")
        st.rerun()
    _units(picked)


def _units(picked: Picked) -> None:
    network, _ = st.columns(SIDES, gap="medium")
    with network:
        unit_overview.draw_map(picked, key="map", height=figures.MAP_HEIGHT)
