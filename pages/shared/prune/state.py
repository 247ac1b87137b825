"""What is to be pruned: a choice in the address, with the steps of the whole visit behind it and ahead of it.

And the person's notes on units. The session keeps both, a run each.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import streamlit as st

from effdash.pruning import Choice
from effdash.vocab import UserError
from pages.shared.prune.bench import Bench
from pages.shared.selection import LIVE, Picked
from pages.shared.view import View, change_view, current_view

HISTORIES: Final = "prune histories"
NOTES: Final = "prune notes"
PROBLEM: Final = "prune problem"
DROPPED: Final = "prune plan dropped"
BOUND: Final = "prune bound"
"""Where the session keeps of which weights a plan is made that is chosen now, see `bind`."""

Notes = dict[tuple[str, int], str]
"""What a person said of units, by layer and number."""


@dataclass
class History:
    """The plans before the present one, the latest last, and those that were undone, the next one last.

    A plan is what the address says; `None`: nothing was chosen yet.
    """

    past: list[str | None] = field(default_factory=list)
    undone: list[str | None] = field(default_factory=list)
    gesture: int | None = None
    """The number of the gesture that made the latest step, where one did."""

    def step(self, before: str | None, *, gesture: int | None = None) -> None:
        """Notes the plan that is left; a gesture that goes on, as a drag, is still the same step."""
        if gesture is None or gesture != self.gesture:
            self.past.append(before)
        self.undone.clear()
        self.gesture = gesture

    def undo(self, present: str | None) -> str | None:
        """The plan before the present one, which can be done again."""
        return self._move(present, self.past, self.undone)

    def redo(self, present: str | None) -> str | None:
        """The plan that was undone last."""
        return self._move(present, self.undone, self.past)

    def _move(self, present: str | None, source: list[str | None], target: list[str | None]) -> str | None:
        self.gesture = None
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
    return _asked(picked.run.id, picked.view)


def present(picked: Picked) -> Choice:
    """The same as the address has it now, which may be more than was drawn: the hand may be ahead of that."""
    return _asked(picked.run.id, current_view())


def _asked(run_id: str, view: View) -> Choice:
    if view.plan is None:
        return Choice()
    if view.run not in {None, run_id}:
        raise UserError(f"it is of run {view.run!r}, which is not here")
    return Choice.from_text(view.plan)


def bind(picked: Picked, bench: Bench) -> None:
    """Notes of which weights the plans are made that are chosen from now on.

    Of a run that still trains the address then names the epoch, too: it would mean another one soon.
    """
    epoch = bench.checkpoint if picked.state in LIVE else None
    st.session_state[BOUND] = picked.run.id, bench.weights, epoch


def require_same_weights(picked: Picked, bench: Bench) -> None:
    """Raises a UserError where the plan in the address was made of other weights; its steps are forgotten."""
    made_of = picked.view.weights
    if picked.view.plan is None or made_of is None or made_of == bench.weights:
        return
    st.session_state.get(HISTORIES, {}).pop(picked.run.id, None)
    raise UserError(f"it was made of other weights than this run has at epoch {bench.checkpoint}")


def decide(picked: Picked, choice: Choice, *, gesture: int | None = None) -> None:
    """Turns to another choice, a step that can be undone; all that one `gesture` decides is one step."""
    before, after = current_view().plan, choice.to_text()
    if before != after:
        history(picked.run.id).step(before, gesture=gesture)
        _turn_to(picked, after)
        st.session_state.pop(DROPPED, None)


def turn(picked: Picked, change: Callable[[Choice], Choice]) -> None:
    """For handlers: decides what `change` makes of what is chosen now; what cannot be done is said."""
    attempt(lambda: decide(picked, change(present(picked))))


def drop(picked: Picked, why_not: UserError) -> None:
    """Leaves a plan that means nothing here: nothing is chosen, and the address names the run shown."""
    change_view(run=picked.run.id, plan=None, weights=None)
    history(picked.run.id).gesture = None
    st.session_state[DROPPED] = picked.run.id, str(why_not)


def dropped(picked: Picked) -> str | None:
    """Why the plan in the address was left, as long as nothing else is chosen: reruns come by themselves."""
    run_id, why_not = st.session_state.get(DROPPED, (None, None))
    return why_not if run_id == picked.run.id and current_view().plan is None else None


def undo(picked: Picked) -> None:
    """Back to the plan before this one."""
    _turn_to(picked, history(picked.run.id).undo(current_view().plan))


def redo(picked: Picked) -> None:
    """Forth to the plan that was undone last."""
    _turn_to(picked, history(picked.run.id).redo(current_view().plan))


def _turn_to(picked: Picked, plan: str | None) -> None:
    """Puts a plan into the address, and of which weights it is."""
    run_id, weights, epoch = st.session_state.get(BOUND, (None, None, None))
    is_known = plan is not None and run_id == picked.run.id
    if is_known and epoch is not None and current_view().epoch is None:
        change_view(epoch=epoch)
    change_view(plan=plan, weights=weights if is_known else None)


def move(picked: Picked, steps: int) -> None:
    """So many steps back, where it is below 0, or forth; as many as there are."""
    for _ in range(abs(steps)):
        (undo if steps < 0 else redo)(picked)


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
