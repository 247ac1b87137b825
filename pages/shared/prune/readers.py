"""What each choice makes of a run's network; shared between sessions: nothing here may be changed."""

import copy
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
import streamlit as st
from torch import nn

from effdash.decision import Bound, Changes, compare, held_out_bound, logits_of
from effdash.pruning import (
    Choice,
    Outcome,
    finished,
    most,
    outcome_of,
    why_table,
)
from effdash.pruning.latency import measure_latency
from effdash.pruning.size import count_parameters
from effdash.vocab import Split, UserError
from pages.shared import jobs, model_readers
from pages.shared.jobs import Job, Report
from pages.shared.prune.bench import Bench, Plan, plan_of
from pages.shared.prune.leaving import leaving_amounts
from pages.shared.prune.recent import Recent
from pages.shared.selection import Picked

MOST_BENCHES: Final = 3
PATIENCE_SECONDS: Final = 1.0
"""A plan that is there within this time is drawn at once; of another the progress is."""

LATENCY: Final = "latency"
LOOKING: Final = "Looking at the network"
TOO_LARGE: Final = "its layers are too wide for this machine's memory"


@st.cache_resource(show_spinner=False)
def _benches() -> Recent:
    return Recent(MOST_BENCHES)


@dataclass(frozen=True, eq=False)
class Result:
    """What a choice makes of a network: as it would be handed out, in the network's own dtype."""

    plan: Plan
    outcome: Outcome
    network: nn.Module
    changes: Mapping[str, Changes]
    """By split."""
    accuracy: Mapping[str, tuple[float, float]]
    """By split with labels: before and after."""
    parameters: int
    made: Recent = field(default_factory=lambda: Recent(4))
    """What else was made of it."""

    @property
    def bench(self) -> Bench:
        return self.plan.bench

    @property
    def choice(self) -> Choice:
        return self.outcome.choice

    @property
    def bound(self) -> Bound:
        """Of the share of decisions that change on other samples."""
        seen = self.changes[self.bench.told_on]
        return held_out_bound(seen.count, seen.samples, held_out=self.bench.told_on == Split.TEST)

    @property
    def latency(self) -> pd.DataFrame | None:
        """As `measure_latency` found it, a row a batch size; `None` as long as nobody asked."""
        found: pd.DataFrame | None = self.made.peek(LATENCY)
        return found

    def measure(self) -> pd.DataFrame:
        """Measures the latency before and after, once."""
        X = self.bench.data.X_train
        return self.made.get(LATENCY, lambda: measure_latency(self.bench.model, self.network, X))

    @cached_property
    def most(self) -> int:
        """So many units can go at most, as they are pinned and locked."""
        return most(self.bench.reference, self.plan.path, self.choice)

    @cached_property
    def why(self) -> pd.DataFrame:
        """One row a unit over all layers: whether it stays, and why; see `why_table`."""
        return why_table(self.bench.reference, self.outcome)

    @cached_property
    def leaving(self) -> np.ndarray:
        """With which amount each unit goes, over all layers."""
        return leaving_amounts(self.outcome.path, self.bench.reference.layers)


def find_plan(picked: Picked, method: str, vanish: bool = False) -> Job[Plan]:
    """The work that plans the removals of the run's network; mostly over within a moment, which it waits.

    `vanish`: whole branches may go, last.

    Raises:
        UserError: no weights or data are kept.
    """
    run, checkpoint = picked.run, picked.kept_weights
    key = (run.id, run.incarnation, checkpoint)
    data = model_readers.dataset(run.id, run.incarnation)
    see = partial(Bench.of, run, checkpoint, data)
    work = partial(_plan, _benches(), key, see, _Wanted(method, vanish))
    job = jobs.session_jobs().find_or_start("plan", (*key, method, vanish), work, LOOKING)
    job.wait(PATIENCE_SECONDS)
    return job


class _Wanted(NamedTuple):
    """Which plan."""

    method: str
    vanish: bool


def _plan(
    benches: Recent,
    key: Hashable,
    see: Callable[[Report], Bench],
    wanted: _Wanted,
    report: Report,
) -> Plan:
    with _memory_said():
        bench = benches.get(key, lambda: see(report))
        report(0, 0, "Planning in which order the units go")
        _ = bench.has_branches
        return plan_of(bench, wanted.method, report, vanish=wanted.vanish)


@contextmanager
def _memory_said() -> Iterator[None]:
    """Raises a UserError where the memory does not suffice, of which torch and numpy speak differently."""
    try:
        yield
    except MemoryError:
        raise UserError(TOO_LARGE) from None
    except RuntimeError as error:
        if "memory" not in str(error):
            raise
        raise UserError(TOO_LARGE) from None


def result_of(plan: Plan, choice: Choice) -> Result:
    """What a choice makes of the network.

    Raises:
        UserError: the choice does not fit the network.
    """
    return plan.bench.made.get(("result", choice), lambda: _result(plan, choice))


def _result(plan: Plan, choice: Choice) -> Result:
    bench = plan.bench
    outcome = outcome_of(bench.reference, plan.path, choice)
    network = finished(bench.model, copy.deepcopy(outcome.rebuilt.model))
    changes: dict[str, Changes] = {
        split: compare(bench.logits[split], logits_of(network, X)) for split, X in bench.samples.items()
    }
    accuracy: dict[str, tuple[float, float]] = {
        split: (
            float((changes[split].before == labels).mean()),
            float((changes[split].after == labels).mean()),
        )
        for split, labels in bench.labels.items()
    }
    return Result(plan, outcome, network, changes, accuracy, count_parameters(network))
