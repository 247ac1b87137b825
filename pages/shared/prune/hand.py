"""What moves under the hand, drawn again at once: slider, steps, numbers, map, path, decision, widths.

The rest of the page is drawn again when the hand rests: it takes longer, and nobody reads a table in a drag.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from effdash.pruning import Choice
from effdash.vocab import UserError
from pages.shared import page, prose
from pages.shared.prune import figures, foreseen, numbers, state, toolbar
from pages.shared.prune.bench import Plan
from pages.shared.prune.readers import Result
from pages.shared.selection import Picked
from pages.shared.unit_overview import choose, chosen_unit, locate
from pages.shared.view import View, current_view

PAGE: Final = "prune"
"""The fragment that draws the whole page."""
DRAWN: Final = "prune drawn"
"""Where the session keeps what the whole page was drawn of last."""


class Places(NamedTuple):
    """Where on the page stands what moves with the hand; the numbers stand where it is drawn from."""

    toolbar: toolbar.Places
    map: DeltaGenerator
    path: DeltaGenerator
    decision: DeltaGenerator
    widths: DeltaGenerator


class Present(NamedTuple):
    """What the address asks for."""

    result: Result
    awaited: bool
    """Whether a thread is still at it."""


def present(picked: Picked, plan: Plan) -> Present | None:
    """What the address asks for now; `None` where that needs another plan.

    Raises:
        UserError: it asks for what is no plan, or does not fit the network.
    """
    now = replace(picked, view=current_view())
    choice = state.asked(now)
    if (choice.method, choice.vanish) != plan.kind:
        return None
    return Present(*foreseen.result_at_once(plan, choice, looked_at(now)))


def looked_at(picked: Picked) -> foreseen.Looked:
    """The unit that the address names, where the network has it."""
    index = chosen_unit(picked)
    if index is None:
        return None
    place, within = locate(picked.run.layers, index)
    return picked.run.layers[place].name, within


def page_is_drawn() -> None:
    """Notes what the whole page shows."""
    st.session_state[DRAWN] = current_view()


@st.fragment
def draw(picked: Picked, plan: Plan, places: Places) -> None:
    """As the address asks for it now. The whole page is drawn where that asks for more than this can show.

    The run's file is not looked at again: what is new in it, the whole page shows.
    """
    with page.problems_said():
        picked = replace(picked, view=current_view())
        try:
            now = present(picked, plan)
        except UserError:
            now = None
        if now is None:
            st.rerun()
        _draw(picked, now, places)


def _draw(picked: Picked, now: Present, places: Places) -> None:
    result = now.result
    plan = result.plan
    if problem := state.take_problem():
        st.toast(prose.literal(problem), icon=":material/error:")
    numbers.draw(picked, result)
    with places.map:
        figures.draw_map(
            picked,
            result,
            on_pin=acting(picked, plan, lambda found, unit: figures.pin(picked, found, unit)),
            on_look=lambda unit: _look(picked, plan, unit),
            on_lock=acting(picked, plan, lambda found, layer: figures.lock(picked, found, layer)),
        )
    on_amount = acting(
        picked, plan, lambda found, amount, gesture: toolbar.take(picked, found.choice, amount, gesture)
    )
    with places.toolbar.slider:
        toolbar.draw_slider(result, on_amount)
    with places.toolbar.steps:
        toolbar.draw_steps(
            picked,
            behind=st.session_state.get(DRAWN) != current_view(),
            awaited=now.awaited,
            on_step=lambda steps: _move(picked, plan, steps),
            on_rest=lambda _: st.rerun(PAGE),
        )
    with places.decision:
        figures.draw_decision(picked, foreseen.seen(result))
    with places.widths:
        figures.draw_widths(picked, result)
    with places.path:
        figures.draw_path(result, on_amount=on_amount)


def acting(picked: Picked, plan: Plan, act: Callable[..., None]) -> Callable[..., None]:
    """For handlers: acts on what is asked for now, which may be more than what was drawn last."""

    def told(*values: int) -> None:
        plan.bench.precedence.act()
        if (now := present(picked, plan)) is not None:
            act(now.result, *values)

    return lambda *values: state.attempt(lambda: told(*values))


def _look(picked: Picked, plan: Plan, unit: int) -> None:
    """Turns to a unit, whose evidence opens at once; of a large network when a thread has found it."""
    choose(picked, unit)
    if not foreseen.is_slow(plan):
        st.rerun(PAGE)


def _move(picked: Picked, plan: Plan, steps: int) -> None:
    """Undo and redo; what they bring back may have controls of its own."""
    plan.bench.precedence.act()
    before = current_view()
    state.move(picked, steps)
    if _controls(before) != _controls(current_view()):
        st.rerun(PAGE)


def _controls(view: View) -> object:
    """What of a plan other controls show than those that move with the hand."""
    try:
        choice = Choice.from_text(view.plan) if view.plan else Choice()
    except UserError:
        return view.plan
    return choice.method, choice.compensate, choice.multiple, choice.vanish
