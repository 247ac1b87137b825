"""Whether what a diagnosis says of accuracy and loss is so."""

import re
from typing import Final

import numpy as np

from benchmarks.diagnosis_facts import Facts, is_part, near
from benchmarks.diagnosis_sentences import ACCURACY, PART, Checks, Complaints
from effdash.diagnosis import Kind

LEARNING: Final = Checks()


@LEARNING.of(
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


@LEARNING.of(
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


@LEARNING.of(
    Kind.NOT_CONVERGED,
    rf"it still learns: train accuracy (?P<before>{ACCURACY}) at epoch (?P<epoch>\d+), "
    rf"(?P<now>{ACCURACY}) at epoch \d+",
)
def still_learns(facts: Facts, said: re.Match[str]) -> Complaints:
    for value, epoch in ((said["before"], int(said["epoch"])), (said["now"], facts.last)):
        if not near(value, facts.accuracy("train", epoch)):
            yield f"it was {facts.accuracy('train', epoch)} at epoch {epoch}"


@LEARNING.of(Kind.NOT_CONVERGED, r"its loss still falls, slowly, at epoch \d+")
def loss_falls(facts: Facts, said: re.Match[str]) -> Complaints:
    losses = facts.epochs["task_loss"]
    if not losses.iloc[-1] < losses.iloc[-len(losses) // 4]:
        yield "it does not"


@LEARNING.of(
    Kind.PARTLY_LEARNED,
    rf"it learned a part: train accuracy (?P<now>{ACCURACY}), where always answering the commonest class "
    rf"gives (?P<chance>{ACCURACY})",
)
def learned_a_part(facts: Facts, said: re.Match[str]) -> Complaints:
    now, chance = facts.accuracy("train", facts.last), max(facts.class_shares("train").values())
    if not (near(said["now"], now) and near(said["chance"], chance) and now > chance):
        yield f"it is {now}, and the commonest class has {chance}"


@LEARNING.of(
    Kind.OVERFITTED,
    rf"it answers train far better than test, (?P<train>{ACCURACY}) against (?P<test>{ACCURACY}): "
    r"it (?:probably )?overfits",
)
def overfitted(facts: Facts, said: re.Match[str]) -> Complaints:
    train, test = facts.accuracy("train", facts.last), facts.accuracy("test", facts.last)
    if not (near(said["train"], train) and near(said["test"], test)):
        yield f"they are {train} and {test}"


@LEARNING.of(
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


@LEARNING.of(
    Kind.EXPLODING_LOSS,
    r"the loss rose from (?P<begin>\S+) at epoch (?P<first>\d+) to (?P<end>\S+) at epoch (?P<last>\d+)",
)
def loss_rose(facts: Facts, said: re.Match[str]) -> Complaints:
    for value, epoch in ((said["begin"], int(said["first"])), (said["end"], int(said["last"]))):
        loss = facts.scalar("task_loss", epoch)
        if f"{loss:.3g}" != value:
            yield f"it was {loss} at epoch {epoch}"


@LEARNING.of(Kind.EXPLODING_LOSS, r"the loss became infinite at epoch (?P<epoch>\d+)")
def infinite_loss(facts: Facts, said: re.Match[str]) -> Complaints:
    if not np.isinf(facts.scalar("task_loss", int(said["epoch"]))):
        yield "it was not"
