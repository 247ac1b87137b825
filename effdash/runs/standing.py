"""What a run is doing, from what its file says and from whether its trainer is there."""

from effdash.runs.ownership import Owner
from effdash.vocab import RunState


def effective_state(stored: str, owner: Owner | None) -> RunState:
    """A run is running or paused only as long as its trainer lives; after that it is interrupted."""
    state = RunState(stored)
    if state in (RunState.RUNNING, RunState.PAUSED) and (owner is None or not owner.alive):
        return RunState.INTERRUPTED
    return state
