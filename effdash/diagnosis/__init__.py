"""What is wrong with a run, in sentences with their evidence, or that nothing is."""

from collections.abc import Iterator

from effdash.diagnosis.case import Case
from effdash.diagnosis.elsewhere import diagnose_elsewhere
from effdash.diagnosis.evidence import RunEvidence, SplitEvidence
from effdash.diagnosis.finding import Evidence, Finding, Kind, Severity, in_reading_order, paragraph
from effdash.diagnosis.gradient import gradient_by_depth, starved_units
from effdash.diagnosis.learning import Learning
from effdash.diagnosis.progress import (
    commonest_class,
    exploding_loss,
    learning_rate_too_high,
    not_converged,
    overfitted,
)
from effdash.diagnosis.summary import failed, healthy, thin_evidence, too_early
from effdash.diagnosis.units import (
    born_dead,
    constant_units,
    dead_on_train_only,
    dead_samples,
    dying,
    revived,
    stands_before_the_answer,
    walls,
)
from effdash.runs import Run
from effdash.vocab import Split

__all__ = [
    "Evidence",
    "Finding",
    "Kind",
    "RunEvidence",
    "Severity",
    "SplitEvidence",
    "diagnose",
    "diagnose_elsewhere",
    "paragraph",
]


def diagnose(record: Run | RunEvidence, split: str = Split.TRAIN) -> list[Finding]:
    """What there is to say about a run at its last recorded epoch, what matters first; never nothing.

    Statements about units and samples are made on `split`; whether it learned is judged on train.

    Raises:
        UserError: nothing is recorded yet, or the run has no such split.

    Source:
        Riera Molina, *Training More Efficient Neural Networks* (2025), for status, gradient and trainability.
    """
    if isinstance(record, Run):
        record = RunEvidence.of(record)
    case = Case.on_split(record, split)
    findings = list(_all_findings(case, Learning(case)))
    if not any(finding.severity is Severity.ILL for finding in findings):
        findings = [*healthy(case, Learning(case)), *findings]
    return in_reading_order(findings)


def _all_findings(case: Case, learning: Learning) -> Iterator[Finding]:
    """From causes to effects."""
    yield from failed(case)
    exploded = list(exploding_loss(learning))
    yield from exploded
    back = list(revived(case))
    yield from born_dead(case, learning, revived=bool(back))
    yield from walls(case, learning)
    yield from constant_units(case, learning)
    yield from dead_samples(case, learning)
    by_depth = list(gradient_by_depth(case, learning))
    yield from by_depth or starved_units(case, learning)
    yield from dying(case, learning)
    yield from back
    yield from learning_rate_too_high(learning)
    walled = stands_before_the_answer(case)
    yield from commonest_class(learning, walled=walled)
    if not exploded and not walled:
        yield from not_converged(learning)
    yield from overfitted(learning)
    yield from dead_on_train_only(case)
    yield from too_early(learning)
    yield from thin_evidence(learning)
