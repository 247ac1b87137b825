"""What a run was trained from, where that is known."""

from effdash.config import RunConfig
from effdash.runs.reader import Run
from effdash.vocab import UserError


def config_or_none(run: Run) -> RunConfig | None:
    """A run's configuration; `None` where it records somebody's own network, or cannot be read."""
    try:
        return run.config
    except UserError:
        return None
