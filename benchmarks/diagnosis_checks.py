"""Whether what a diagnosis says is so: every number of every sentence, counted again from the run's tables.

Slow on purpose, and without a line of what makes the sentences: rows of tables are counted one by one, and
where a sentence speaks of what the network answers, the network is asked. Sentences about units and about
learning are checked in diagnosis_units.py and diagnosis_learning.py.
"""

import re
from collections.abc import Sequence
from typing import Final

from benchmarks.diagnosis_facts import Facts
from benchmarks.diagnosis_learning import LEARNING
from benchmarks.diagnosis_sentences import Checks, Complaints
from benchmarks.diagnosis_units import UNITS
from effdash.diagnosis import Finding, Kind, Severity
from effdash.runs import Run

CHOKED: Final = {Kind.GRADIENT_BY_DEPTH, Kind.WALL, Kind.DEAD_SAMPLES}
WAKING: Final = {"jumpstart", "skip connections"}
SUCCESS: Final = 0.95
EARLY: Final = 5
"""Epochs before which nothing is expected of a network."""

FOUND: Final = Checks()
"""Of sentences on what there is to judge by."""


def complaints(run: Run, split: str, findings: Sequence[Finding]) -> list[str]:
    """Every statement that the run contradicts, or that contradicts another; in words."""
    facts = Facts(run, split)
    found = [line for finding in findings for line in _about(facts, finding)]
    return found + list(contradictions(facts, findings))


def _about(facts: Facts, finding: Finding) -> Complaints:
    yield from evidence(facts, finding)
    for kind, pattern, check in (*FOUND, *LEARNING, *UNITS):
        if kind is finding.kind and (match := re.fullmatch(pattern, finding.sentence)) is not None:
            yield from (f"{finding.kind}: “{finding.sentence}”: {line}" for line in check(facts, match))
            return
    yield f"{finding.kind}: “{finding.sentence}” was not checked"


def evidence(facts: Facts, finding: Finding) -> Complaints:
    """What a sentence links to must be there."""
    seen = finding.evidence
    if seen.epoch is not None and seen.epoch not in facts.epochs.index:
        yield f"{finding.kind}: its epoch {seen.epoch} is not recorded"
    if seen.layer is not None and seen.layer not in facts.layers:
        yield f"{finding.kind}: its layer {seen.layer} is not in the network"
    if any(not 0 <= cell < facts.total for cell in seen.cells):
        yield f"{finding.kind}: a unit that it means is not in the network"


# What there is to judge by


@FOUND.of(Kind.FAILED, r"it failed after epoch \d+: (?P<message>.*)")
@FOUND.of(Kind.EXPLODING_LOSS, r"it failed after epoch \d+: (?P<message>.*)")
def own_word(facts: Facts, said: re.Match[str]) -> Complaints:
    if said["message"] != str(facts.run.message).rstrip("."):
        yield f"the trainer said {facts.run.message!r}"


@FOUND.of(
    Kind.TOO_EARLY,
    r"only (?:the initial state|(?P<count>\d+) trained epochs?) (?:is|are) recorded: too early to say "
    r"whether it learns",
)
def how_little(facts: Facts, said: re.Match[str]) -> Complaints:
    trained = sum(epoch > 0 for epoch in facts.epochs.index)
    if trained != (0 if said["count"] is None else int(said["count"])):
        yield f"{trained} are"


@FOUND.of(Kind.THIN_EVIDENCE, r"statuses are those on only (?P<samples>\d+) \w+ samples")
def how_few(facts: Facts, said: re.Match[str]) -> Complaints:
    if int(said["samples"]) != len(facts.inputs):
        yield f"there are {len(facts.inputs)}"


# One sentence beside another


def contradictions(facts: Facts, findings: Sequence[Finding]) -> Complaints:
    """What cannot be said together, and what is recommended though it is there or nothing needs it."""
    kinds = {finding.kind for finding in findings}
    ill = {finding.kind for finding in findings if finding.severity is Severity.ILL}
    remedies = {remedy for finding in findings for remedy in finding.remedies}
    accuracy, idle = facts.accuracy("train", facts.last), facts.idle(facts.last)
    hopeless = accuracy <= max(facts.class_shares("train").values()) and facts.last >= EARLY
    needs_waking = idle >= facts.total / 4 or kinds & CHOKED
    for contradiction, holds in {
        "a kind is told twice": len(kinds) < len(findings),
        f"it is healthy, and yet {', '.join(ill)}": Kind.HEALTHY in kinds and ill,
        f"it is not called healthy, with {accuracy:.3f}": accuracy >= SUCCESS and Kind.HEALTHY not in kinds,
        f"nothing is called ill, with {accuracy:.3f}": hopeless and not ill,
        "idle units make it ill, and few are left": Kind.BORN_DEAD in ill and idle < facts.total / 4,
        "jumpstart is recommended and on": "jumpstart" in remedies and facts.jumpstarted,
        "skip connections are recommended and there": "skip connections" in remedies and facts.ways_around,
        "a higher and a lower learning rate are recommended": "a higher learning rate" in remedies
        and any("lower" in remedy for remedy in remedies),
        "more epochs are recommended of a run that failed": "more epochs" in remedies
        and facts.run.state == "failed",
        f"{idle} idle units of {facts.total} need no waking": remedies & WAKING and not needs_waking,
        "it is healthy, and yet there is something to mend": Kind.HEALTHY in kinds
        and Kind.OVERFITTED not in kinds
        and remedies - {"more epochs"},
    }.items():
        if holds:
            yield contradiction
