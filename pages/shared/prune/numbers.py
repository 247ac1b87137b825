"""The numbers of a choice in a row, and below it what else a person should know of it, in a line."""

from html import escape
from typing import Final

import streamlit as st

from effdash.vocab import Split
from pages.shared.prune import latency, numbers_row
from pages.shared.prune.readers import Result
from pages.shared.selection import Picked

UNTOUCHED: Final = (
    "Nothing is removed yet. Auto takes out as many units as can go without changing a decision; or drag the "
    "slider, or click a unit."
)
STUCK: Final = "No unit can go: a layer keeps one unit at least, and what is locked or pinned as kept stays."


def draw(picked: Picked, result: Result) -> None:
    """Units, parameters, decisions changed, accuracy and, where it was measured, latency."""
    bench = result.bench
    numbers = numbers_row.pruning_numbers(
        units=result.outcome.units,
        parameters=(result.parameters, bench.parameters),
        changed={str(split): (seen.count, seen.samples) for split, seen in result.changes.items()},
        bound=result.bound.sentence() if Split.TEST in result.changes else "",
        accuracy={str(split): shares for split, shares in result.accuracy.items()},
        latency=latency.known(result),
    )
    st.html(numbers_row.numbers_row(numbers))
    line = " ".join(sentences(picked, result))
    st.html(f'<div class="caption line" title="{escape(line)}">{escape(line)}</div>')


def sentences(picked: Picked, result: Result) -> list[str]:
    """What a person should know of this choice, before anything else."""
    told = of_the_epoch(picked, result.bench.checkpoint)
    told += [_sentence(note) for note in result.outcome.notes if note not in result.plan.path.notes]
    if not told and result.outcome.units[0] == result.outcome.units[1]:
        told.append(UNTOUCHED if result.most else STUCK)
    return told


def of_the_epoch(picked: Picked, checkpoint: int) -> list[str]:
    """Whose weights these are, where that is not plain."""
    told = []
    if checkpoint != picked.shown_epoch:
        told.append(f"These are the weights of epoch {checkpoint}, the nearest that are kept.")
    if picked.live:
        told.append(f"The run still trains; what is pruned is epoch {checkpoint}.")
    return told


def _sentence(note: str) -> str:
    return f"{note[:1].upper()}{note[1:].rstrip('.')}."
