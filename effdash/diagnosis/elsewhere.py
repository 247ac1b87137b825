"""What there is to say about a run's network on other data than its own: nothing about its training."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from jaxtyping import Float, Int64
from torch import Tensor

from effdash.decision import class_logits
from effdash.diagnosis.case import Case
from effdash.diagnosis.evidence import RunEvidence, SplitEvidence
from effdash.diagnosis.finding import Evidence, Finding, Kind, Severity, in_reading_order
from effdash.diagnosis.learning import BEGUN, MOST, Learning
from effdash.diagnosis.summary import FEW_SAMPLES, working_units
from effdash.diagnosis.units import constant_units, dead_samples, idle_units, walls
from effdash.numbers import accuracy
from effdash.observe import observe
from effdash.runs import Run
from effdash.runs.settings import config_or_none
from effdash.vocab import EPOCH, SCALARS, STATUS, TRAIN_ACCURACY, UnitStatus, UserError


def diagnose_elsewhere(
    run: Run,
    X: Float[Tensor, "sample *feature"],
    y: Int64[Tensor, " sample"] | None = None,
    *,
    name: str,
    class_names: Sequence[str] = (),
) -> list[Finding]:
    """What the units of a run's last weights do with samples that it did not record; never nothing.

    Args:
        run: one that keeps weights.
        X: the samples, of the shape that the network takes.
        y: their classes; `None`: not known.
        name: what the samples are, in words: `digits, test`.
        class_names: of the network's answers; empty: the one answer to everything is not named.

    Raises:
        UserError: no weights are kept, the network cannot be rebuilt, or `X` does not fit it.
    """
    if tuple(X.shape[1:]) != run.input_shape:
        raise UserError(
            f"{name} has samples of shape {tuple(X.shape[1:])}; run {run.id!r} takes {run.input_shape}"
        )
    classes = None if y is None or int(y.max()) >= run.n_classes else y
    case = Case(_look(run, X, classes, name, tuple(class_names)))
    findings = in_reading_order(_all_findings(case, run))
    # Pages and their addresses know a run's own data alone.
    return [
        replace(finding, evidence=Evidence(split=None, cells=finding.evidence.cells)) for finding in findings
    ]


def _look(run: Run, X: Tensor, y: Tensor | None, name: str, class_names: tuple[str, ...]) -> RunEvidence:
    """The network looked at once: a run of one epoch, whose training data are these."""
    right = 0

    def count(rows: slice, logits: Tensor) -> None:
        nonlocal right
        right += 0 if y is None else int((class_logits(logits).argmax(1).cpu() == y[rows]).sum())

    epoch, _ = run.weights()
    seen = observe(run.model(epoch), X, on_output=count)
    row = {EPOCH: epoch, **dict.fromkeys(SCALARS, np.nan)}
    if y is not None:
        row[TRAIN_ACCURACY] = right / len(X)
    unknown = np.full(run.n_units, np.nan, np.float32)
    return RunEvidence(
        epochs=pd.DataFrame([row]),
        layers=tuple(run.layers),
        train=SplitEvidence(
            status=seen.unit_status[None],
            low=seen.unit_min,
            high=seen.unit_max,
            point_status=seen.point_status,
            observed=len(X),
            total=len(X),
            class_counts=None if y is None else y.bincount(minlength=run.n_classes).numpy(),
        ),
        test=None,
        first_gradient=unknown,
        last_gradient=unknown,
        class_names=class_names,
        config=config_or_none(run),
        bypassed=run.has_ways_around,
        elsewhere=name,
    )


def _all_findings(case: Case, run: Run) -> Iterator[Finding]:
    learning = Learning(case)
    answers = list(_accuracy(case, learning))
    poor = any(finding.severity is Severity.ILL for finding in answers)
    yield from idle_units(case)
    for finding in (*walls(case, learning), *constant_units(case, learning), *dead_samples(case, learning)):
        yield replace(finding, severity=Severity.ILL if poor else Severity.NOTE, remedies=())
    yield from answers
    yield from _against_own_data(case, run)
    yield from _thin_evidence(case, learning)


def _accuracy(case: Case, learning: Learning) -> Iterator[Finding]:
    """How many of the samples it answers rightly, where that says something."""
    if learning.chance is None or learning.one_class:
        return
    now, way = accuracy(learning.now), learning.way(learning.now)
    text = f"accuracy on {case.where} is {now} {case.at_last}"
    if way >= MOST:
        yield Finding(Kind.HEALTHY, Severity.WELL, f"{text}; {working_units(case)}")
        return
    commonest = f"always answering the commonest class gives {accuracy(learning.chance)}"
    if way > BEGUN:
        yield Finding(Kind.PARTLY_LEARNED, Severity.NOTE, f"{text}, where {commonest}")
    elif learning.answers_one_class:
        one = learning.class_answered or "one and the same class"
        yield Finding(Kind.COMMONEST_CLASS, Severity.ILL, f"{text}, what always answering {one} gives")
    else:
        yield Finding(Kind.COMMONEST_CLASS, Severity.ILL, f"{text}, no more than chance: {commonest}")


def _against_own_data(case: Case, run: Run) -> Iterator[Finding]:
    """Units that are dead on the data it was trained on and fire on these, and the other way round."""
    if case.last not in run.recorded_epochs:
        return
    config = config_or_none(run)
    own_words = "its own train data" if config is None else f"its own train data ({config.data.name})"
    own = run.units(epoch=case.last)[STATUS].cat.codes.to_numpy() == UnitStatus.DEAD
    here = case.on.status[-1] == UnitStatus.DEAD
    yield from _dead_on_one(case, own & ~here, own_words, case.where)
    yield from _dead_on_one(case, here & ~own, case.where, own_words)


def _dead_on_one(case: Case, units: np.ndarray, dead_on: str, fires_on: str) -> Iterator[Finding]:
    count = int(units.sum())
    if count:
        are, fire = ("unit is", "fires") if count == 1 else ("units are", "fire")
        text = f"{count:,} {are} dead on {dead_on} but {fire} on {fires_on}"
        yield Finding(Kind.TRAIN_ONLY, Severity.NOTE, text, case.seen(units=units))


def _thin_evidence(case: Case, learning: Learning) -> Iterator[Finding]:
    gaps = []
    if learning.chance is None:
        gaps.append(f"the network's answers to {case.where} cannot be judged: their classes are not known")
    elif learning.one_class:
        gaps.append(f"all samples of {case.where} are of one class, so its accuracy says nothing")
    if case.on.observed < FEW_SAMPLES:
        gaps.append(f"statuses are those on only {case.on.observed} samples")
    if gaps:
        yield Finding(Kind.THIN_EVIDENCE, Severity.NOTE, "; ".join(gaps))
