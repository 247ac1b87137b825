"""Whether what a diagnosis says is so: every number of every sentence, counted again from the run's tables.

Slow on purpose, and without a line of what makes the sentences: rows of tables are counted one by one, and
where a sentence speaks of what the network answers, the network is asked.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np

from benchmarks.diagnosis_facts import Facts, epoch_in, is_part, near
from effdash.diagnosis import Finding, Kind, Severity
from effdash.runs import Run

PART: Final = r"(?:(?:under|over) )?\d+ %|\d+ of \d+"
WHEN: Final = r"before the first step|at epoch \d+(?:, the first recorded)?"
ACCURACY: Final = r"1?\.\d+|0|1"
NUMBER: Final = r"[\d.]+(?: × 10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?"
AROUND: Final = r"(?P<around>, but by a skip connection|, unless a way leads around it|)"
CHOKED: Final = {Kind.GRADIENT_BY_DEPTH, Kind.WALL, Kind.DEAD_SAMPLES}
WAKING: Final = {"jumpstart", "skip connections"}
SUCCESS: Final = 0.95
EARLY: Final = 5
"""Epochs before which nothing is expected of a network."""

Complaints = Iterator[str]
Check = Callable[[Facts, re.Match[str]], Complaints]

CHECKS: Final[list[tuple[Kind, str, Check]]] = []
"""A kind of finding, how its sentence reads, and what has to be so then."""


def complaints(run: Run, split: str, findings: Sequence[Finding]) -> list[str]:
    """Every statement that the run contradicts, or that contradicts another; in words."""
    facts = Facts(run, split)
    found = [line for finding in findings for line in _about(facts, finding)]
    return found + list(contradictions(facts, findings))


def sentence(kind: Kind, pattern: str) -> Callable[[Check], Check]:
    """Makes a function the check of sentences that read so."""

    def keep(check: Check) -> Check:
        CHECKS.append((kind, pattern, check))
        return check

    return keep


def _about(facts: Facts, finding: Finding) -> Complaints:
    yield from evidence(facts, finding)
    for kind, pattern, check in CHECKS:
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


# Units


@sentence(
    Kind.BORN_DEAD,
    rf"(?P<share>{PART})(?: of the)? units were dead(?: or linear)? on \w+ (?:{WHEN})"
    rf"(?:, (?P<later>{PART}) (?:still are|are) at epoch \d+|, (?P<none>none) is at epoch \d+|)",
)
def born_dead(facts: Facts, said: re.Match[str]) -> Complaints:
    if not is_part(said["share"], facts.idle(facts.first), facts.total):
        yield f"{facts.idle(facts.first)} of {facts.total} were"
    if said["later"] and not is_part(said["later"], facts.idle(facts.last), facts.total):
        yield f"{facts.idle(facts.last)} of {facts.total} are at the end"
    if "still are" in said[0] and facts.idle(facts.last) > facts.idle(facts.first):
        yield "more are than were"
    if said["none"] and facts.idle(facts.last):
        yield f"{facts.idle(facts.last)} of {facts.total} are at the end"


@sentence(
    Kind.WALL,
    r"nothing passes (?P<layer>\S+): (?:its only unit is|all its (?P<units>\d+) units are) dead on \w+ "
    rf"since (?P<since>{WHEN}|epoch \d+){AROUND}"
    r"(?: \((?P<before>\S+) before it says the same of every sample\))?",
)
def dead_wall(facts: Facts, said: re.Match[str]) -> Complaints:
    since = epoch_in(said["since"])
    for epoch in facts.epochs.index:
        if epoch >= since and not facts.all_dead(said["layer"], epoch):
            yield f"a unit of it is not dead at epoch {epoch}"
    before = [epoch for epoch in facts.epochs.index if epoch < since]
    if before and facts.all_dead(said["layer"], before[-1]):
        yield f"it was dead at epoch {before[-1]}, too"
    if said["units"] and int(said["units"]) != len(facts.at(facts.last).query(f"layer == {said['layer']!r}")):
        yield "it has another number of units"
    if said["before"] and not facts.sends_the_same(said["before"]):
        yield f"{said['before']} does not say the same of every sample"
    yield from nothing_passes(facts, said)


@sentence(
    Kind.WALL,
    rf"(?P<layer>\S+) says the same of every \w+ sample (?:{WHEN}): each of its units is .*?{AROUND}",
)
def same_wall(facts: Facts, said: re.Match[str]) -> Complaints:
    if not facts.sends_the_same(said["layer"]):
        yield "it does not say the same of every sample"
    yield from nothing_passes(facts, said)


@sentence(
    Kind.WALL,
    r"none of the (?P<samples>[\d,]+) \w+ samples looked at one by one passes (?P<layer>[^\s,]+)" + AROUND,
)
def sample_wall(facts: Facts, said: re.Match[str]) -> Complaints:
    dead, samples = facts.dead_samples(said["layer"])
    if not dead == samples == int(said["samples"].replace(",", "")):
        yield f"{dead} of {samples} are dead there"


def nothing_passes(facts: Facts, said: re.Match[str]) -> Complaints:
    if facts.ways_around != (said["around"] == ", but by a skip connection"):
        yield "whether a way leads around it is not said"
    if not facts.ways_around and not facts.answers_the_same():
        yield "yet the network's answers differ"


@sentence(
    Kind.CONSTANT,
    rf"(?P<share>{PART})(?: of the)? units(?: before (?P<wall>\S+))? (?:is|are) constant on \w+ (?:{WHEN}): "
    r"not dead, but the same for every sample",
)
def constant(facts: Facts, said: re.Match[str]) -> Complaints:
    rows = facts.at(facts.last)
    if said["wall"]:
        rows = rows.iloc[: list(rows["layer"]).index(said["wall"])]
    count = sum(rows["constant"] & (rows["status"] != "dead"))
    if not is_part(said["share"], count, len(rows)):
        yield f"{count} of {len(rows)} are"


@sentence(
    Kind.DEAD_SAMPLES,
    rf"(?P<share>{PART})(?: of the)? samples are dead at (?P<layer>\S+) on \w+ (?:{WHEN}): .*",
)
def dead_samples(facts: Facts, said: re.Match[str]) -> Complaints:
    counts = facts.dead_samples(said["layer"])
    if not is_part(said["share"], *counts):
        yield f"{counts[0]} of {counts[1]} are"


@sentence(
    Kind.DYING,
    rf"units have been dying since epoch (?P<since>\d+): (?P<first>{PART}) dead on \w+ (?:{WHEN}), "
    rf"(?P<last>{PART}) at epoch \d+",
)
def dying(facts: Facts, said: re.Match[str]) -> Complaints:
    first, last, since = (
        facts.units_like(facts.first, "dead"),
        facts.units_like(facts.last, "dead"),
        int(said["since"]),
    )
    if not (is_part(said["first"], first, facts.total) and is_part(said["last"], last, facts.total)):
        yield f"{first} were and {last} are of {facts.total}"
    for epoch in facts.epochs.index:
        if epoch >= since and facts.units_like(epoch, "dead") <= first:
            yield f"no more are dead at epoch {epoch} than at first"


@sentence(
    Kind.REVIVED,
    r"(?:it was revived: after λ was set to (?P<value>[\d.]+) at epoch (?P<change>\d+)"
    r"|with jumpstart (?:some of )?its units came alive)[,:] the share of dead(?: or linear)? units fell "
    rf"from (?P<first>{PART}) to (?P<last>{PART}), half of it by epoch (?P<half>\d+)",
)
def revived(facts: Facts, said: re.Match[str]) -> Complaints:
    before = facts.first
    if said["change"]:
        raised = facts.changes[facts.changes["field"] == "jumpstart"].iloc[0]
        if float(said["value"]) != raised["value"] or int(said["change"]) != raised["epoch"]:
            yield f"λ was set to {raised['value']} at epoch {raised['epoch']}"
        before = max(epoch for epoch in facts.epochs.index if epoch < raised["epoch"])
    counts = facts.idle(before), facts.idle(facts.last)
    if not (is_part(said["first"], counts[0], facts.total) and is_part(said["last"], counts[1], facts.total)):
        yield f"{counts[0]} and {counts[1]} of {facts.total}"
    for epoch in facts.epochs.index:
        if epoch >= int(said["half"]) and facts.idle(epoch) > sum(counts) / 2:
            yield f"more than half were idle at epoch {epoch}"


@sentence(Kind.TRAIN_ONLY, r"(?P<count>[\d,]+) units? (?:is|are) dead on train but fires? on test .*")
def train_only(facts: Facts, said: re.Match[str]) -> Complaints:
    train, test = (facts.run.units(epoch=facts.last, split=split)["status"] for split in ("train", "test"))
    count = sum(one == "dead" and other != "dead" for one, other in zip(train, test, strict=True))
    if count != int(said["count"].replace(",", "")):
        yield f"{count} are"


# Gradient


@sentence(
    Kind.GRADIENT_BY_DEPTH,
    rf"the gradient at (?P<first>\S+) is (?P<ratio>{NUMBER}) (?:of|times) that at (?P<last>\S+) "
    rf"(?P<when>{WHEN})",
)
def gradient_ratio(facts: Facts, said: re.Match[str]) -> Complaints:
    epoch = epoch_in(said["when"])
    first, last = facts.gradient(said["first"], epoch), facts.gradient(said["last"], epoch)
    if not near(said["ratio"], first / last):
        yield f"it is {first / last}"


@sentence(
    Kind.GRADIENT_BY_DEPTH,
    rf"no gradient reaches (?P<first>\S+) (?:or (?P<last>\S+) )?(?P<when>{WHEN})"
    rf"(?:, while (?P<other>\S+) gets (?P<value>{NUMBER}))?",
)
def no_gradient(facts: Facts, said: re.Match[str]) -> Complaints:
    epoch = epoch_in(said["when"])
    first = facts.gradient(said["first"], epoch)
    last = facts.gradient(said["last"] or said["other"], epoch)
    if first != 0 or not near(said["value"] or "0", last):
        yield f"they are {first} and {last}"


@sentence(
    Kind.STARVED,
    rf"(?P<share>{PART})(?: of the)? units are not dead on train, but hardly any gradient reaches them .*",
)
def starved(facts: Facts, said: re.Match[str]) -> Complaints:
    rows = facts.run.units(epoch=facts.last, split="train")
    most = max(facts.gradient(layer, facts.last) for layer in facts.layers)
    count = sum((rows["status"] != "dead") & (rows["grad_mean_abs"] <= 1e-6 * most))
    if not is_part(said["share"], count, facts.total):
        yield f"{count} of {facts.total}"


# Accuracy and loss


@sentence(
    Kind.COMMONEST_CLASS,
    rf"train accuracy (?P<now>{ACCURACY}) is (?P<how>the answer |what always answering |below |hardly above )"
    rf"(?:(?P<class>‘.*’)|of one class|one and the same class|).*?(?:\((?P<chance>{ACCURACY})\))?",
)
def commonest(facts: Facts, said: re.Match[str]) -> Complaints:
    now, shares = facts.accuracy("train", facts.last), facts.class_shares("train")
    if not near(said["now"], now):
        yield f"it is {now}"
    if said["class"] and abs(shares[facts.class_named(said["class"])] - now) > 1e-6:
        yield f"the shares of the classes are {shares}"
    if said["how"] == "the answer " and facts.split == "train":
        answers = {facts.data.class_names[answer] for answer in facts.last_look[0].argmax(1)}
        if len(answers) > 1 or (said["class"] and answers != {facts.class_named(said["class"])}):
            yield f"the network answers the classes {answers}"
    if said["chance"] and not near(said["chance"], max(shares.values())):
        yield f"the commonest class has {max(shares.values())}"
    if said["how"] == "below " and not now < max(shares.values()):
        yield "it is not"
    if said["how"] == "hardly above " and not 0 <= now - max(shares.values()) < 0.1:
        yield f"the commonest class has {max(shares.values())}"


@sentence(
    Kind.LEARNING_RATE,
    rf"train accuracy fell from (?P<best>{ACCURACY}) at epoch (?P<epoch>\d+) to (?P<now>{ACCURACY}) at epoch "
    r"\d+(?P<died> while units died)?(?:: the learning rate, (?P<rate>[\d.e-]+), is .*|; .*)",
)
def fell(facts: Facts, said: re.Match[str]) -> Complaints:
    best = facts.epochs["train_accuracy"].max()
    if not (near(said["best"], best) and near(said["now"], facts.accuracy("train", facts.last))):
        yield f"it fell from {best} to {facts.accuracy('train', facts.last)}"
    if not near(said["best"], facts.accuracy("train", int(said["epoch"]))):
        yield f"at epoch {said['epoch']} it was {facts.accuracy('train', int(said['epoch']))}"
    if said["died"] and facts.units_like(facts.last, "dead") <= facts.units_like(int(said["epoch"]), "dead"):
        yield "no unit died since"
    if said["rate"] and float(said["rate"]) != round(float(facts.epochs["lr"].max()), 6):
        yield f"the learning rate was {facts.epochs['lr'].max()}"


@sentence(
    Kind.NOT_CONVERGED,
    rf"it still learns: train accuracy (?P<before>{ACCURACY}) at epoch (?P<epoch>\d+), "
    rf"(?P<now>{ACCURACY}) at epoch \d+",
)
def still_learns(facts: Facts, said: re.Match[str]) -> Complaints:
    for value, epoch in ((said["before"], int(said["epoch"])), (said["now"], facts.last)):
        if not near(value, facts.accuracy("train", epoch)):
            yield f"it was {facts.accuracy('train', epoch)} at epoch {epoch}"


@sentence(Kind.NOT_CONVERGED, r"its loss still falls, slowly, at epoch \d+")
def loss_falls(facts: Facts, said: re.Match[str]) -> Complaints:
    losses = facts.epochs["task_loss"]
    if not losses.iloc[-1] < losses.iloc[-len(losses) // 4]:
        yield "it does not"


@sentence(
    Kind.PARTLY_LEARNED,
    rf"it learned a part: train accuracy (?P<now>{ACCURACY}), where always answering the commonest class "
    rf"gives (?P<chance>{ACCURACY})",
)
def learned_a_part(facts: Facts, said: re.Match[str]) -> Complaints:
    now, chance = facts.accuracy("train", facts.last), max(facts.class_shares("train").values())
    if not (near(said["now"], now) and near(said["chance"], chance) and now > chance):
        yield f"it is {now}, and the commonest class has {chance}"


@sentence(
    Kind.OVERFITTED,
    rf"it answers train far better than test, (?P<train>{ACCURACY}) against (?P<test>{ACCURACY}): "
    r"it (?:probably )?overfits",
)
def overfitted(facts: Facts, said: re.Match[str]) -> Complaints:
    train, test = facts.accuracy("train", facts.last), facts.accuracy("test", facts.last)
    if not (near(said["train"], train) and near(said["test"], test)):
        yield f"they are {train} and {test}"


@sentence(
    Kind.HEALTHY,
    rf"it learned: train accuracy (?P<train>{ACCURACY}), test (?P<test>{ACCURACY})(?: \(only \d+ samples\))"
    rf"?; (?:no unit|(?P<dead>{PART})(?: of the)? units) dead and (?P<linear>none|{PART}) linear on .*",
)
def healthy(facts: Facts, said: re.Match[str]) -> Complaints:
    train, test = facts.accuracy("train", facts.last), facts.accuracy("test", facts.last)
    if not (near(said["train"], train) and near(said["test"], test)):
        yield f"train is {train}, test {test}"
    dead, linear = facts.units_like(facts.last, "dead"), facts.units_like(facts.last, "linear")
    if not is_part(said["dead"] or f"0 of {facts.total}", dead, facts.total):
        yield f"{dead} of {facts.total} are dead"
    if not (linear == 0 if said["linear"] == "none" else is_part(said["linear"], linear, facts.total)):
        yield f"{linear} of {facts.total} are linear"


@sentence(
    Kind.EXPLODING_LOSS,
    r"the loss rose from (?P<begin>\S+) at epoch (?P<first>\d+) to (?P<end>\S+) at epoch (?P<last>\d+)",
)
def loss_rose(facts: Facts, said: re.Match[str]) -> Complaints:
    for value, epoch in ((said["begin"], int(said["first"])), (said["end"], int(said["last"]))):
        loss = facts.scalar("task_loss", epoch)
        if f"{loss:.3g}" != value:
            yield f"it was {loss} at epoch {epoch}"


@sentence(Kind.EXPLODING_LOSS, r"the loss became infinite at epoch (?P<epoch>\d+)")
def infinite_loss(facts: Facts, said: re.Match[str]) -> Complaints:
    if not np.isinf(facts.scalar("task_loss", int(said["epoch"]))):
        yield "it was not"


@sentence(Kind.FAILED, r"it failed after epoch \d+: (?P<message>.*)")
@sentence(Kind.EXPLODING_LOSS, r"it failed after epoch \d+: (?P<message>.*)")
def own_word(facts: Facts, said: re.Match[str]) -> Complaints:
    if said["message"] != str(facts.run.message).rstrip("."):
        yield f"the trainer said {facts.run.message!r}"


@sentence(
    Kind.TOO_EARLY,
    r"only (?:the initial state|(?P<count>\d+) trained epochs?) (?:is|are) recorded: too early to say "
    r"whether it learns",
)
def how_little(facts: Facts, said: re.Match[str]) -> Complaints:
    trained = sum(epoch > 0 for epoch in facts.epochs.index)
    if trained != (0 if said["count"] is None else int(said["count"])):
        yield f"{trained} are"


@sentence(Kind.THIN_EVIDENCE, r"statuses are those on only (?P<samples>\d+) \w+ samples")
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
