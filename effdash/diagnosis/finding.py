"""A finding: one sentence about a run, where it can be seen, and what to try."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from effdash.vocab import Split


class Kind(StrEnum):
    """What a finding is about."""

    FAILED = "failed"
    EXPLODING_LOSS = "exploding_loss"
    BORN_DEAD = "born_dead"
    IDLE = "idle"
    WALL = "wall"
    CONSTANT = "constant"
    DEAD_SAMPLES = "dead_samples"
    GRADIENT_BY_DEPTH = "gradient_by_depth"
    STARVED = "starved"
    DYING = "dying"
    REVIVED = "revived"
    LEARNING_RATE = "learning_rate"
    COMMONEST_CLASS = "commonest_class"
    NOT_CONVERGED = "not_converged"
    PARTLY_LEARNED = "partly_learned"
    OVERFITTED = "overfitted"
    TRAIN_ONLY = "train_only"
    HEALTHY = "healthy"
    TOO_EARLY = "too_early"
    THIN_EVIDENCE = "thin_evidence"


class Severity(StrEnum):
    """How much a finding matters to whether the network learns."""

    ILL = "ill"
    """It keeps the network from learning, or loses what was learned."""
    NOTE = "note"
    """Worth knowing, and no harm seen."""
    WELL = "well"


@dataclass(frozen=True)
class Evidence:
    """Where a finding is seen; the names are those of a page's address."""

    epoch: int | None = None
    layer: str | None = None
    unit: int | None = None
    split: Split | None = Split.TRAIN
    """`None`: other data than the run's own."""
    cells: tuple[int, ...] = field(default=(), repr=False)
    """The units meant, counted through all layers."""


@dataclass(frozen=True)
class Finding:
    """One clause of a diagnosis, without a full stop."""

    kind: Kind
    severity: Severity
    sentence: str
    evidence: Evidence = Evidence()
    remedies: tuple[str, ...] = ()

    @property
    def try_(self) -> str | None:
        """What to try; `None`: nothing has to be done."""
        return ", ".join(self.remedies) or None


ORDER: Final = {Severity.ILL: 0, Severity.WELL: 0, Severity.NOTE: 1}
"""In which a person reads them; what is equal stays in the order of cause and effect."""


def in_reading_order(findings: Iterable[Finding]) -> list[Finding]:
    """What matters first, what else is worth knowing after it."""
    return sorted(findings, key=lambda finding: ORDER[finding.severity])


def paragraph(findings: Sequence[Finding]) -> str:
    """All sentences as one paragraph, and after it, once each, what to try."""
    if not findings:
        return ""
    text = "; ".join(finding.sentence for finding in findings)
    remedies = list(dict.fromkeys(remedy for finding in findings for remedy in finding.remedies))
    advice = f" Try: {', '.join(remedies)}." if remedies else ""
    return f"{text[0].upper()}{text[1:]}.{advice}"
