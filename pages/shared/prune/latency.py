"""How long the networks take before and after, measured where somebody asks."""

from typing import Final

import streamlit as st

from pages.shared import glossary, jobs
from pages.shared.prune.readers import Result

SLOT: Final = "latency"


def known(result: Result) -> tuple[float, float] | None:
    """Milliseconds for the largest batch that was measured, before and after; `None`: not measured."""
    table = result.latency
    if table is None:
        return None
    row = table.iloc[-1]
    return float(row["before"]), float(row["after"])


def draw(result: Result) -> None:
    """A button that measures; then what was found, a batch size a clause."""
    key = (result.bench.link, result.choice)
    job = jobs.session_jobs().find(SLOT, key)
    if job is not None and job.running:
        jobs.draw(job, key=SLOT)
    elif result.latency is None:
        st.button("Measure latency", help=glossary.markdown("latency"), on_click=lambda: _start(result))
    else:
        st.html(f'<div class="caption">{sentence(result)}</div>')


def sentence(result: Result) -> str:
    """Such as `Latency on one thread, median: 0.04 ms for a batch of 1, was 0.06 ms; …`."""
    table = result.latency
    assert table is not None
    told = [
        f"{after:.3g} ms for a batch of {batch:,}, was {before:.3g} ms"
        for batch, before, after in table[["batch", "before", "after"]].itertuples(index=False)
    ]
    return f"Latency on one thread, median: {'; '.join(told)}."


def _start(result: Result) -> None:
    key = (result.bench.link, result.choice)
    jobs.session_jobs().start(SLOT, key, lambda report: result.measure(), "Measuring")
