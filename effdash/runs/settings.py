"""What a run was trained from, where that is known."""

from typing import TYPE_CHECKING

from effdash.config import RunConfig
from effdash.runs.reader import Run
from effdash.vocab import UserError

if TYPE_CHECKING:
    import effdash.data


def file_like(run: Run) -> "effdash.data.Dataset | None":
    """The data of a run that came from somebody's own file, so that another file is read as that one was.

    `None`: they are a data set of effdash's, whose samples a file holds as the network takes them; or not
    known.
    """
    config = config_or_none(run)
    if config is not None and config.data.own is None:
        return None
    try:
        return run.data()
    except UserError:
        return None


def config_or_none(run: Run) -> RunConfig | None:
    """A run's configuration; `None` where it records somebody's own network, or cannot be read."""
    try:
        return run.config
    except UserError:
        return None
