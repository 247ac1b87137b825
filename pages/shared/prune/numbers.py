"""The numbers of a choice in a row, and below it what else a person should know of it, in a line."""

from dataclasses import replace
from html import escape
from typing import Final

import streamlit as st

from effdash.vocab import Split
from pages.shared import prose
from pages.shared.prune import foreseen, latency, numbers_row
from pages.shared.prune.readers import Result
from pages.shared.selection import LIVE, Picked

UNTOUCHED: Final = (
    "Nothing is removed yet. Auto takes out as many units as can go without changing a decision; or drag the "
    "slider, or click a unit."
)
STUCK: Final = "No unit can go: a layer keeps one unit at least, and what is locked or pinned as kept stays."


def draw(picked: Picked, result: Result) -> None:
    """Units, parameters, decisions changed, accuracy and, where it was measured, latency."""
    st.html(numbers_row.numbers_row(numbers_of(result)))
    line = " ".join(sentences(picked, result))
    st.html(f'<div class="caption line" title="{escape(line)}">{escape(line)}</div>')


def numbers_of(result: Result) -> list[numbers_row.Number]:
    """The exact ones; of a choice that is foreseen, what is known of them, marked as approximate."""
    bench = result.bench
    numbers = numbers_row.pruning_numbers(
        units=result.outcome.units,
        parameters=(result.parameters, bench.parameters),
        changed={str(split): (seen.count, seen.samples) for split, seen in result.changes.items()},
        bound=result.bound.sentence() if Split.TEST in result.changes else "",
        accuracy={str(split): shares for split, shares in result.accuracy.items()},
        latency=latency.known(foreseen.seen(result)),
    )
    if not isinstance(result, foreseen.Foreseen):
        return numbers
    return [numbers[0], *(_nearly(number, result) for number in numbers[1:])]


def _nearly(number: numbers_row.Number, result: foreseen.Foreseen) -> numbers_row.Number:
    """A number as it is foreseen; what is not, is waited for."""
    near = result.near
    if near is not None and number.name == f"decisions changed, {Split.TRAIN}":
        count, samples = near.changes.count, near.changes.samples
        return replace(number, value=f"≈ {count:,}", of=f"of {samples:,}, approximate", changed=count > 0)
    labels = result.bench.labels.get(Split.TRAIN)
    if near is not None and labels is not None and number.name == f"accuracy, {Split.TRAIN}":
        share = float((near.changes.after == labels[near.rows]).mean())
        return replace(number, value=f"≈ {share:.3f}", of="approximate")
    return replace(number, value="…", changed=False)


def sentences(picked: Picked, result: Result) -> list[str]:
    """What a person should know of this choice, before anything else."""
    told = of_the_epoch(picked, result.bench.checkpoint)
    if isinstance(result, foreseen.Foreseen):
        told.append(_what_is_foreseen(result))
    told += [prose.sentence(note) for note in result.outcome.notes if note not in result.plan.path.notes]
    if not told and result.outcome.units[0] == result.outcome.units[1]:
        told.append(UNTOUCHED if result.most else STUCK)
    return told


def _what_is_foreseen(result: foreseen.Foreseen) -> str:
    if result.near is None:
        return "The network is being rebuilt; its numbers follow."
    samples = f"{result.near.changes.samples:,} of {result.near.total:,} train samples"
    return f"Approximate, as {samples} say, with one layer solved again; the exact numbers follow."


def of_the_epoch(picked: Picked, checkpoint: int) -> list[str]:
    """Whose weights these are, where that is not plain."""
    told = []
    if checkpoint != picked.shown_epoch:
        told.append(f"These are the weights of epoch {checkpoint}, the nearest that are kept.")
    if picked.state in LIVE:
        told.append(f"The run still trains; what is pruned is epoch {checkpoint}.")
    return told
