"""Run ids: short, sortable, fit for a URL and a file name."""

import re
import secrets
import time
from pathlib import Path
from typing import Final

from effdash.config import RunConfig
from effdash.runs.schema import SUFFIX
from effdash.vocab import UserError

ID_PATTERN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
MOST_NAME: Final = 200
"""Letters of a run's name."""
ALPHABET: Final = "0123456789abcdefghijkmnpqrstvwxyz"


def new_run_id(label: str) -> str:
    """An id that sorts by time (UTC), as in `20261124-091502-moons-30x8-k3f`."""
    now = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    words = "-".join(re.findall(r"[a-z0-9]+", label.lower()))[:40].strip("-") or "run"
    return f"{now}-{words}-{''.join(secrets.choice(ALPHABET) for _ in range(3))}"


def label_of(config: RunConfig | None, name: str | None = None) -> str:
    """What a run's id says of it; of somebody's own network its name."""
    if config is None:
        return name or "model"
    return f"{config.data.name} {config.network.depth}x{config.network.width}"


def words_of(text: str) -> str:
    """What of a file's name can be an id."""
    words = "-".join(re.findall(r"[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*", text)).strip("_-")
    return words[:80].rstrip(".-") or "run"


def checked_id(run_id: str) -> str:
    """`run_id`, if it can be one; no id leads out of its folder.

    Raises:
        UserError: it holds something else than letters, digits, `.`, `_` and `-`.
    """
    if not ID_PATTERN.fullmatch(run_id) or run_id.endswith((SUFFIX, ".")):
        raise UserError(f"run id {run_id!r} should be of letters, digits, '.', '_' and '-', 100 at most")
    return run_id


def path_of(folder: Path, run_id: str) -> Path:
    """Where a run of this id lives.

    Raises:
        UserError: `run_id` cannot be an id.
    """
    return folder / f"{checked_id(run_id)}{SUFFIX}"


def child_name(parent: str, suffix: str) -> str:
    """What a run made from another is called: that one's name, shortened if need be, and `suffix`."""
    return parent[: MOST_NAME - len(suffix)] + suffix
