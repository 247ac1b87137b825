"""Whether what a diagnosis says of units, of samples and of their gradient is so."""

import re
from typing import Final

from benchmarks.diagnosis_facts import Facts, epoch_in, is_part, near
from benchmarks.diagnosis_sentences import PART, WHEN, Checks, Complaints
from effdash.diagnosis import Kind

NUMBER: Final = r"[\d.]+(?: × 10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?"
AROUND: Final = r"(?P<around>, but by a skip connection|, unless a way leads around it|)"
UNITS: Final = Checks()

# Units


@UNITS.of(
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


@UNITS.of(
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


@UNITS.of(
    Kind.WALL,
    rf"(?P<layer>\S+) says the same of every \w+ sample (?:{WHEN}): each of its units is .*?{AROUND}",
)
def same_wall(facts: Facts, said: re.Match[str]) -> Complaints:
    if not facts.sends_the_same(said["layer"]):
        yield "it does not say the same of every sample"
    yield from nothing_passes(facts, said)


@UNITS.of(
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


@UNITS.of(
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


@UNITS.of(
    Kind.DEAD_SAMPLES,
    rf"(?P<share>{PART})(?: of the)? samples are dead at (?P<layer>\S+) on \w+ (?:{WHEN}): .*",
)
def dead_samples(facts: Facts, said: re.Match[str]) -> Complaints:
    counts = facts.dead_samples(said["layer"])
    if not is_part(said["share"], *counts):
        yield f"{counts[0]} of {counts[1]} are"


@UNITS.of(
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


@UNITS.of(
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


@UNITS.of(Kind.TRAIN_ONLY, r"(?P<count>[\d,]+) units? (?:is|are) dead on train but fires? on test .*")
def train_only(facts: Facts, said: re.Match[str]) -> Complaints:
    train, test = (facts.run.units(epoch=facts.last, split=split)["status"] for split in ("train", "test"))
    count = sum(one == "dead" and other != "dead" for one, other in zip(train, test, strict=True))
    if count != int(said["count"].replace(",", "")):
        yield f"{count} are"


# Gradient


@UNITS.of(
    Kind.GRADIENT_BY_DEPTH,
    rf"the gradient at (?P<first>\S+) is (?P<ratio>{NUMBER}) (?:of|times) that at (?P<last>\S+) "
    rf"(?P<when>{WHEN})",
)
def gradient_ratio(facts: Facts, said: re.Match[str]) -> Complaints:
    epoch = epoch_in(said["when"])
    first, last = facts.gradient(said["first"], epoch), facts.gradient(said["last"], epoch)
    if not near(said["ratio"], first / last):
        yield f"it is {first / last}"


@UNITS.of(
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


@UNITS.of(
    Kind.STARVED,
    rf"(?P<share>{PART})(?: of the)? units are not dead on train, but hardly any gradient reaches them .*",
)
def starved(facts: Facts, said: re.Match[str]) -> Complaints:
    rows = facts.run.units(epoch=facts.last, split="train")
    most = max(facts.gradient(layer, facts.last) for layer in facts.layers)
    count = sum((rows["status"] != "dead") & (rows["grad_mean_abs"] <= 1e-6 * most))
    if not is_part(said["share"], count, facts.total):
        yield f"{count} of {facts.total}"
