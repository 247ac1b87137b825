"""The smaller network as a run of its own, a child of the one it comes from."""

from typing import Final

import streamlit as st

from effdash.pruning import save_pruned
from effdash.runs import Run
from effdash.runs.file import MOST_NOTE
from effdash.runs.names import child_name
from effdash.vocab import UserError
from pages.shared import readers
from pages.shared.prune.readers import Result
from pages.shared.prune.state import Notes
from pages.shared.selection import Picked

KEPT: Final = "runs kept from pruning"
"""Where the session keeps which choice was saved as which run."""


def name_of(picked: Picked, result: Result) -> str:
    """What the run is called where nobody says otherwise."""
    kept, units = result.outcome.units
    return child_name(picked.run.name, f", {kept} of {units} units")


def note_of(picked: Picked, result: Result, notes: Notes) -> str:
    """Where the network comes from, the plan that makes it again, and what the person said of its units."""
    kept, units = result.outcome.units
    lines = [
        f"Pruned from {picked.run.id}, epoch {result.bench.checkpoint}: {kept} of {units} units kept.",
        f"Plan: {result.choice.to_text()}",
        *(f"{layer} · {unit}: {text}" for (layer, unit), text in sorted(notes.items())),
    ]
    return "\n".join(lines)[:MOST_NOTE]


def keep_as_run(picked: Picked, result: Result, notes: Notes, *, name: str = "") -> Run:
    """Saves the network as a finished run of one epoch.

    Raises:
        UserError: it has a step that a file cannot describe, or the folder cannot be written.
    """
    path = save_pruned(
        result.network,
        result.bench.stored,
        readers.run_folder().path,
        parent=picked.run,
        name=" ".join(name.split()) or name_of(picked, result),
        note=note_of(picked, result, notes),
    )
    _kept()[_key(picked, result)] = path.stem
    return readers.find_run(path.stem)


def kept_run(picked: Picked, result: Result) -> Run | None:
    """The run that was saved of this very choice in this visit, where it is still there."""
    run_id = _kept().get(_key(picked, result))
    if run_id is None:
        return None
    try:
        return readers.find_run(run_id)
    except UserError:
        return None


def _kept() -> dict[tuple[str, str, str], str]:
    kept: dict[tuple[str, str, str], str] = st.session_state.setdefault(KEPT, {})
    return kept


def _key(picked: Picked, result: Result) -> tuple[str, str, str]:
    return picked.run.incarnation, result.bench.link, result.choice.to_text()
