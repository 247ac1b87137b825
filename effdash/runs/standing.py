"""What a run is doing, from what its file says and from whether its trainer is there."""

import sqlite3
from typing import NamedTuple

from effdash.runs.ownership import Owner, owner_of
from effdash.vocab import RunState


class Standing(NamedTuple):
    """What changes in a run's one row."""

    name: str | None
    note: str
    state: RunState
    message: str | None
    revision: int
    claim: int


def effective_state(stored: str, owner: Owner | None) -> RunState:
    """A run is running or paused only as long as its trainer lives; after that it is interrupted."""
    state = RunState(stored)
    if state in (RunState.RUNNING, RunState.PAUSED) and (owner is None or not owner.alive):
        return RunState.INTERRUPTED
    return state


def read_standing(connection: sqlite3.Connection) -> Standing:
    """The one row of a run, with the state that its owner leaves it in."""
    name, note, state, message, revision, claim, *owner = connection.execute(
        "SELECT name, note, state, message, revision, claim, host, boot, pid, started, heartbeat FROM run"
    ).fetchone()
    now = effective_state(state, owner_of(*owner))
    if now is RunState.INTERRUPTED and message is None:
        message = "its trainer is gone"
    return Standing(name, note, now, message, revision, claim)
