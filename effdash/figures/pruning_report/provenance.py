"""Where the network came from, how to get it again, and what the words mean."""

from typing import Final

from effdash.figures.pruning_report.book import Book, Column
from effdash.figures.pruning_report.markup import Markup, joined, tag
from effdash.figures.pruning_report.summary import how
from effdash.pruning.dossier import Dossier

PLAN_ID: Final = "plan"
"""The element that holds the plan, so that it can be read out of the file."""

WORDS: Final = {
    "dead, linear, nonlinear": "What a unit does on train, before pruning: never above 0; always above 0, so "
    "that it bends nothing; above 0 for some samples only. With other activations than ReLU: flat, affine, "
    "or neither, on what they get.",
    "decision, same answers": "The class with the largest logit; the share of samples about which both "
    "networks decide the same. It is not the accuracy.",
    "decision margin": "By how much the largest logit leads the second. What is left of it: by how much the "
    "class answered before leads the others after pruning.",
    "95 % bound": "Clopper and Pearson's exact upper bound (Biometrika 26, 1934, 404–413; two-sided) of the "
    "share of samples like the test samples whose decision changes. Data that chose the units carry none.",
    "dead, constant, twin": "Stages that leave the outputs on train as they are: units that answer 0 to all "
    "samples, that answer the same to all samples, or that are a multiple of another.",
    "redundant": "Units whose part the survivors can take over, by weighted least squares on train.",
    "order told by survivors": "How well the survivors' orders of the train samples predict this unit's "
    "(multiple rank correlation, leave-one-out). 1: wholly.",
    "heir, alike to heir": "The survivor that orders the samples most like it; Spearman's rank correlation "
    "of both. The costs decide which unit goes, the orders explain it.",
    "cost": "What going costs by the measure that the units were chosen by, when its turn came.",
}


def provenance_section(book: Book, dossier: Dossier) -> Markup:
    """Origin, fingerprints and versions, the command and the plan."""
    origin = book.table("What was pruned", "", ["", "what"], [*dossier.origin.items(), ("how", how(dossier))])
    prints = book.table(
        "Fingerprints",
        "SHA-256 of names, types, shapes and values",
        ["of", Column("", "code")],
        list(dossier.fingerprints.items()),
    )
    made_with = book.table("Made with", "", ["package", "version"], list(dossier.versions.items()))
    return joined(origin.markup, prints.markup, made_with.markup)


def repeat_section(dossier: Dossier) -> Markup:
    """The command that gives the same network again, and the plan that it reads out of this file."""
    return joined(
        tag(
            "p",
            "With this file beside it, this gives the same network again; it is refused where the "
            "weights or the data are others:",
            class_="words",
        ),
        tag("pre", tag("code", dossier.command), class_="command"),
        tag("p", "The plan, as it is read out of this file, or out of one of its own:", class_="words"),
        tag("pre", dossier.plan, id=PLAN_ID, tabindex=0),
    )


def words_section() -> Markup:
    entries = (joined(tag("dt", word), tag("dd", meaning)) for word, meaning in WORDS.items())
    return tag("dl", *entries, class_="glossary")
