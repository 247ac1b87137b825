"""The Prune page, from the controls down to the evidence."""

from typing import Final

import streamlit as st

from effdash.pruning import Choice
from effdash.vocab import UserError
from pages.shared import jobs, memory, prose, unit_overview
from pages.shared.prune import (
    audit,
    baselines,
    changed,
    evidence,
    figures,
    foreseen,
    hand,
    holding,
    latency,
    numbers,
    planes,
    state,
    toolbar,
    why,
    worth_knowing,
)
from pages.shared.prune.bench import Plan
from pages.shared.prune.readers import Result, find_plan, result_of
from pages.shared.selection import Picked

SIDES: Final = (0.36, 0.64)
ANSWERS: Final = (0.44, 0.56)


def draw(picked: Picked) -> None:
    """The run's network as the address asks for it, once it is known in which order its units can go."""
    choice = _asked(picked)
    try:
        job = find_plan(picked, choice.method, choice.vanish)
    except UserError as error:
        _without_network(picked, error)
        return
    if job.problem is not None:
        _without_network(picked, job.problem)
        return
    if job.result is None:
        _while_it_plans(picked, job)
        return
    choice = _made_of_these_weights(picked, job.result, choice)
    state.bind(picked, job.result.bench)
    choice = toolbar.finish_auto(picked, job.result, choice)
    result = _result(picked, job.result, choice)
    if why_not := state.dropped(picked):
        reason = prose.literal(why_not)
        st.warning(f"The plan in the address does not fit this run, so nothing is removed: {reason}")
    figures.prepare(picked, result)
    hand.page_is_drawn()
    memory.settle()
    controls = toolbar.draw(picked, result)
    told = st.container()
    holding.draw(picked)
    network, decisions = st.columns(SIDES, gap="medium")
    with network:
        the_map = st.container()
        figures.draw_pins(picked, result)
        path = st.container()
        baselines.draw_progress(result)
    with decisions:
        decision = st.container()
        planes.draw_picker(picked, result.bench)
        below, answers = st.columns(ANSWERS, gap="medium")
        with below:
            widths = st.container()
            latency.draw(result)
        with answers:
            changed.draw_answers(result)
    with told:
        hand.draw(picked, job.result, hand.Places(controls, the_map, path, decision, widths))
    changed.draw_samples(result)
    why.draw(picked, result)
    evidence.draw(picked, result)
    worth_knowing.draw(result)
    audit.draw(result)


def _asked(picked: Picked) -> Choice:
    """What the address asks for; what is no plan is dropped, and nothing is removed."""
    try:
        return state.asked(picked)
    except UserError as error:
        state.drop(picked, error)
        return Choice()


def _made_of_these_weights(picked: Picked, plan: Plan, choice: Choice) -> Choice:
    """The choice; one that was made of other weights is dropped, and nothing is removed."""
    try:
        state.require_same_weights(picked, plan.bench)
    except UserError as error:
        state.drop(picked, error)
        return Choice(choice.method, vanish=choice.vanish)
    return choice


def _result(picked: Picked, plan: Plan, choice: Choice) -> Result:
    """What the choice makes of the network; one that does not fit is dropped, and nothing is removed."""
    try:
        return foreseen.exact_result(plan, choice)
    except UserError as error:
        state.drop(picked, error)
        return result_of(plan, Choice(choice.method, vanish=choice.vanish))


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
