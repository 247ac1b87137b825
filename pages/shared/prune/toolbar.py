"""The controls: how many units stay, what chooses them, who takes over, Auto, undo, and saving."""

from collections.abc import Callable
from functools import partial
from typing import Final

import streamlit as st

from effdash.figures import amount_payload
from effdash.pruning import METHODS, Choice, find_auto
from pages.shared import canvas, glossary, jobs
from pages.shared.jobs import Job
from pages.shared.prune import saving, state
from pages.shared.prune.bench import Plan
from pages.shared.prune.readers import Result
from pages.shared.selection import Picked

METHOD_WORDS: Final = {
    "margin": "decision margin",
    "permutation": "joint order",
    "pairwise-order": "pairwise order",
    "random": "random",
    "l1": "L1 of weights",
    "l2": "L2 of weights",
    "activation": "mean activation",
    "taylor": "Taylor",
    "pivoted-qr": "pivoted QR",
}
SLIDER_HEIGHT: Final = 64
SLIDER_WIDTH: Final = 185
METHOD_WIDTH: Final = 140
AUTO_WIDTH: Final = 190
AUTO: Final = "auto"
ROUND: Final = 8


def draw(picked: Picked, result: Result) -> None:
    """All controls in a line; what does not fit goes below."""
    choice = result.choice
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="prune toolbar"):
        with st.container(width=SLIDER_WIDTH, gap=None):
            _slider(picked, result)
        _method(picked, choice)
        with st.container(width="content", gap=None):
            _switches(picked, choice)
        _auto(picked, result)
        st.space("stretch")
        _undo_and_redo(picked)
        saving.draw(picked, result, notes=state.notes(picked.run.id))


def finish_auto(picked: Picked, plan: Plan, choice: Choice) -> Choice:
    """The choice that Auto found, where it has just ended, taken as a step; else the one there was."""
    job = _auto_job(plan, choice)
    if job is None or job.running or job.result is None:
        return choice
    found: Choice = job.result
    jobs.session_jobs().drop(AUTO)
    state.decide(picked, found)
    return found


def _slider(picked: Picked, result: Result) -> None:
    choice, outcome = result.choice, result.outcome
    kept, units = outcome.units
    canvas.amount(
        amount_payload(
            choice.amount,
            removed=units - kept,
            most=result.most,
            units=units,
            link=result.bench.link,
            exact=outcome.path.exact,
            auto=choice.amount if choice.auto else None,
        ),
        key="amount",
        height=SLIDER_HEIGHT,
        on_amount=lambda amount: take(picked, choice, amount),
    )


def take(picked: Picked, choice: Choice, amount: int) -> None:
    """Lets so many units go at most; a drag is one step."""
    state.decide(picked, choice.taking(amount), drag=True)


def _method(picked: Picked, choice: Choice) -> None:
    key = f"method {choice.method}"
    st.selectbox(
        "Chosen by",
        METHODS,
        index=METHODS.index(choice.method),
        format_func=lambda method: METHOD_WORDS.get(method, method),
        key=key,
        width=METHOD_WIDTH,
        help=glossary.markdown("chosen_by"),
        on_change=lambda: state.decide(picked, choice.by(st.session_state[key])),
    )


def _switches(picked: Picked, choice: Choice) -> None:
    _toggle(
        "Survivors take over",
        choice.compensate,
        "take_over",
        lambda on: state.decide(picked, choice.compensating(on)),
    )
    _toggle(
        f"Widths in {ROUND}s",
        choice.multiple > 1,
        "widths_in_eights",
        lambda on: state.decide(picked, choice.rounding(ROUND if on else 1)),
    )


def _toggle(label: str, on: bool, entry: str, told: Callable[[bool], None]) -> None:
    """A switch that stands as the plan says, whatever the person did before."""
    key = f"{entry} {on}"
    st.session_state[key] = on
    st.toggle(label, key=key, help=glossary.markdown(entry), on_change=lambda: told(st.session_state[key]))


def _auto(picked: Picked, result: Result) -> None:
    job = _auto_job(result.plan, result.choice)
    with st.container(width=AUTO_WIDTH, gap=None):
        if job is not None and job.running:
            jobs.draw(job, key=AUTO)
            return
        st.button(
            "Auto: no decision changed" if not result.choice.tolerance else f"Auto: {_share(result.choice)}",
            type="primary",
            help=glossary.markdown("auto"),
            width="stretch",
            on_click=lambda: start_auto(result.plan, result.choice),
        )
        if job is not None:
            jobs.draw(job, key=AUTO)


def _share(choice: Choice) -> str:
    return f"up to {100 * choice.tolerance:g} % changed"


def start_auto(plan: Plan, choice: Choice) -> None:
    """Begins to look for the smallest network that decides alike, pins and locks obeyed."""
    work = partial(_find, plan, choice)
    jobs.session_jobs().start(AUTO, _auto_key(plan, choice), work, "Trying")


def _find(plan: Plan, choice: Choice, report: jobs.Report) -> Choice:
    return find_auto(plan.bench.reference, plan.path, choice, on_step=report)


def _auto_job(plan: Plan, choice: Choice) -> Job[Choice] | None:
    return jobs.session_jobs().find(AUTO, _auto_key(plan, choice))


def _auto_key(plan: Plan, choice: Choice) -> tuple[str, Choice]:
    """Whatever the amount is now, Auto finds its own."""
    return plan.bench.link, choice.taking(0)


def _undo_and_redo(picked: Picked) -> None:
    history = state.history(picked.run.id)
    for label, act, steps, shortcut, words in (
        (":material/undo:", state.undo, history.past, "ctrl+z", "Undo"),
        (":material/redo:", state.redo, history.undone, "ctrl+shift+z", "Redo"),
    ):
        st.button(
            label,
            help=f"{words}: {len(steps)} steps" if steps else f"Nothing to {words.lower()}",
            key=words,
            disabled=not steps,
            shortcut=shortcut,
            on_click=act,
            args=(picked,),
        )
