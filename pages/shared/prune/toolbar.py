"""The controls: how many units stay, what chooses them, who takes over, Auto, undo, and saving."""

from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from effdash.figures import amount_payload, steps_payload
from effdash.pruning import METHODS, Choice, find_auto
from effdash.vocab import Split
from pages.shared import canvas, glossary, jobs
from pages.shared.jobs import Job
from pages.shared.prune import saving, state
from pages.shared.prune.bench import Plan
from pages.shared.prune.methods import METHOD_WORDS
from pages.shared.prune.readers import Result
from pages.shared.selection import Picked

SLIDER_HEIGHT: Final = 64
SLIDER_WIDTH: Final = 185
STEPS_HEIGHT: Final = 35
STEPS_WIDTH: Final = 84
METHOD_WIDTH: Final = 140
AUTO_WIDTH: Final = 190
AUTO: Final = "auto"
ROUND: Final = 8
TOLERANCE_STEP: Final = 0.1


class Places(NamedTuple):
    """Where in the line stands what moves with the hand."""

    slider: DeltaGenerator
    steps: DeltaGenerator


def draw(picked: Picked, result: Result) -> Places:
    """All controls in a line, but for what moves with the hand; what does not fit goes below."""
    choice = result.choice
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="prune toolbar"):
        slider = st.container(width=SLIDER_WIDTH, gap=None)
        _method(picked, choice)
        with st.container(width="content", gap=None):
            _switches(picked, result)
        _auto(picked, result)
        st.space("stretch")
        steps = st.container(width=STEPS_WIDTH, gap=None)
        saving.draw(picked, result, notes=state.notes(picked.run.id))
    return Places(slider, steps)


def finish_auto(picked: Picked, plan: Plan, choice: Choice) -> Choice:
    """The choice that Auto found, where it has just ended, taken as a step; else the one there was."""
    job = _auto_job(plan, choice)
    if job is None or job.running or job.result is None:
        return choice
    found: Choice = job.result
    jobs.session_jobs().drop(AUTO)
    state.decide(picked, found)
    return found


def draw_slider(result: Result, on_amount: canvas.OnAmount) -> None:
    """How many units go."""
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
        on_amount=on_amount,
    )


def draw_steps(
    picked: Picked,
    *,
    behind: bool,
    awaited: bool,
    on_step: canvas.OnSteps,
    on_rest: Callable[[int], None],
) -> None:
    """Undo and redo; the rest of the page is `behind` until the hand rests, and more may be `awaited`."""
    history = state.history(picked.run.id)
    canvas.steps(
        steps_payload(back=len(history.past), forth=len(history.undone), behind=behind, awaited=awaited),
        key="steps",
        height=STEPS_HEIGHT,
        on_step=on_step,
        on_rest=on_rest,
        on_look=lambda _: None,
    )


def take(picked: Picked, choice: Choice, amount: int, gesture: int | None = None) -> None:
    """Lets so many units go at most; all of one gesture is one step."""
    state.decide(picked, choice.taking(amount), gesture=gesture)


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
        on_change=lambda: state.turn(picked, lambda now: now.by(st.session_state[key])),
    )


def _switches(picked: Picked, result: Result) -> None:
    choice = result.choice
    _toggle(
        "Survivors take over",
        choice.compensate,
        "take_over",
        lambda on: state.turn(picked, lambda now: now.compensating(on)),
    )
    _toggle(
        f"Widths in {ROUND}s",
        choice.multiple > 1,
        "widths_in_eights",
        lambda on: state.turn(picked, lambda now: now.rounding(ROUND if on else 1)),
    )
    if result.bench.has_branches or choice.vanish:
        _toggle(
            "Branches may vanish",
            choice.vanish,
            "branches_may_vanish",
            lambda on: state.turn(picked, lambda now: now.vanishing(on)),
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
        _tolerance(picked, result)
        st.button(
            "Auto: no decision changed" if not result.choice.tolerance else f"Auto: {_share(result.choice)}",
            type="primary",
            help=glossary.markdown("auto"),
            width="stretch",
            on_click=lambda: start_auto(result.plan, state.present(picked)),
        )
        if job is not None:
            jobs.draw(job, key=AUTO)


def _tolerance(picked: Picked, result: Result) -> None:
    """How many decisions Auto may change: none, or a share of those about train."""
    choice = result.choice
    key = f"tolerance {choice.tolerance}"
    samples = result.changes[Split.TRAIN].samples
    with st.popover(_may_change(choice, samples), type="tertiary", key="tolerance menu"):
        st.number_input(
            "Decisions on train that Auto may change, %",
            0.0,
            100.0,
            100 * choice.tolerance,
            step=TOLERANCE_STEP,
            format="%g",
            key=key,
            help=glossary.markdown("tolerance"),
            on_change=lambda: state.turn(picked, lambda now: now.tolerating(st.session_state[key] / 100)),
        )


def _may_change(choice: Choice, samples: int) -> str:
    """Such as `14 of 1,437 may change`."""
    count = int(choice.tolerance * samples + 1e-9)  # 29 % of 100 are 29
    return f"{count:,} of {samples:,} may change" if choice.tolerance else "None may change"


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
