"""What is to be pruned: a choice in the address, with the steps of the whole visit behind it and ahead of it.

And the person's notes on units. The session keeps both, a run each.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import streamlit as st

from effdash.pruning import Choice
from effdash.vocab import UserError
from pages.shared.selection import Picked
from pages.shared.view import change_view, current_view

HISTORIES: Final = "prune histories"
NOTES: Final = "prune notes"
PROBLEM: Final = "prune problem"
DROPPED: Final = "prune plan dropped"

DRAG_SECONDS: Final = 1.0
"""Amounts that follow each other faster belong to one drag of the slider, which is one step to undo."""

Notes = dict[tuple[str, int], str]
"""What a person said of units, by layer and number."""


@dataclass
class History:
    """The plans before the present one, the latest last, and those that were undone, the next one last.

    A plan is what the address says; `None`: nothing was chosen yet.
    """

    past: list[str | None] = field(default_factory=list)
    undone: list[str | None] = field(default_factory=list)
    dragged: float | None = None
    """When the latest step was a part of a drag."""

    def step(self, before: str | None, *, drag_at: float | None = None) -> None:
        """Notes the plan that is left; a drag that goes on is still the same step."""
        goes_on = drag_at is not None and self.dragged is not None and drag_at - self.dragged <= DRAG_SECONDS
        if not goes_on:
            self.past.append(before)
        self.undone.clear()
        self.dragged = drag_at

    def undo(self, present: str | None) -> str | None:
        """The plan before the present one, which can be done again."""
        return self._move(present, self.past, self.undone)

    def redo(self, present: str | None) -> str | None:
        """The plan that was undone last."""
        return self._move(present, self.undone, self.past)

    def _move(self, present: str | None, source: list[str | None], target: list[str | None]) -> str | None:
        self.dragged = None
        if not source:
            return present
        target.append(present)
        return source.pop()


def history(run_id: str) -> History:
    """The steps of this visit with a run."""
    histories: dict[str, History] = st.session_state.setdefault(HISTORIES, {})
    return histories.setdefault(run_id, History())


def notes(run_id: str) -> Notes:
    """What the person said of a run's units in this visit."""
    of_runs: dict[str, Notes] = st.session_state.setdefault(NOTES, {})
    return of_runs.setdefault(run_id, {})


def note(run_id: str, layer: str, unit: int, text: str) -> None:
    """Keeps a note on a unit; an empty one is none."""
    if text.strip():
        notes(run_id)[layer, unit] = text.strip()
    else:
        notes(run_id).pop((layer, unit), None)


def asked(picked: Picked) -> Choice:
    """What the address asks for; nothing is removed where it says nothing.

    Raises:
        UserError: it says what is no plan, or names another run than the one that is shown.
    """
    view = picked.view
    if view.plan is None:
        return Choice()
    if view.run not in {None, picked.run.id}:
        raise UserError(f"it is of run {view.run!r}, which is not here")
    return Choice.from_text(view.plan)


def decide(picked: Picked, choice: Choice, *, drag: bool = False) -> None:
    """Turns to another choice, a step that can be undone; `drag`: one of many in a row."""
    before, after = current_view().plan, choice.to_text()
    if before != after:
        history(picked.run.id).step(before, drag_at=time.monotonic() if drag else None)
        change_view(plan=after)
        st.session_state.pop(DROPPED, None)


def drop(picked: Picked, why_not: UserError) -> None:
    """Leaves a plan that means nothing here: nothing is chosen, and the address names the run shown."""
    change_view(run=picked.run.id, plan=None)
    history(picked.run.id).dragged = None
    st.session_state[DROPPED] = picked.run.id, str(why_not)


def dropped(picked: Picked) -> str | None:
    """Why the plan in the address was left, as long as nothing else is chosen: reruns come by themselves."""
    run_id, why_not = st.session_state.get(DROPPED, (None, None))
    return why_not if run_id == picked.run.id and current_view().plan is None else None


def undo(picked: Picked) -> None:
    """Back to the plan before this one."""
    change_view(plan=history(picked.run.id).undo(current_view().plan))


def redo(picked: Picked) -> None:
    """Forth to the plan that was undone last."""
    change_view(plan=history(picked.run.id).redo(current_view().plan))


def attempt(act: Callable[[], None]) -> None:
    """For handlers: does it, or keeps the sentence that says why not, and changes nothing."""
    try:
        act()
    except UserError as error:
        st.session_state[PROBLEM] = str(error)


def take_problem() -> str | None:
    """Why the last thing that was tried could not be done; told once."""
    problem: str | None = st.session_state.pop(PROBLEM, None)
    return problem
