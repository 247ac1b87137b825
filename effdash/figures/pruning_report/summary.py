"""What came of a pruning at one look: a sentence, the large numbers, and the table that they stand in."""

from effdash.figures.pruning_report.book import NUMBER, Book, Column, Table, Title
from effdash.figures.pruning_report.markup import Markup, joined, tag
from effdash.figures.pruning_report.numerals import NOTHING, count, milliseconds, percent, share, times
from effdash.numbers import scientific
from effdash.pruning.dossier import Dossier
from effdash.pruning.report import Report
from effdash.vocab import Split

METHOD_WORDS = {
    "margin": "the decision margins",
    "permutation": "the joint order",
    "pairwise-order": "the pairwise order",
    "random": "lot",
    "l1": "the L1 norm of the weights",
    "l2": "the L2 norm of the weights",
    "activation": "the mean activation",
    "taylor": "Taylor's first order",
    "pivoted-qr": "pivoted QR",
}
"""By what the units were chosen."""


def how(dossier: Dossier) -> str:
    """How the units were chosen, in words."""
    choice = dossier.choice
    words = [f"chosen by {METHOD_WORDS[choice.method]}"]
    if choice.auto:
        kept = "no decision on train changed"
        if choice.tolerance:
            kept = f"at most {percent(choice.tolerance)} of the decisions on train changed"
        words.append(f"as many as can go with {kept}")
    words.append("survivors take over" if choice.compensate else "survivors stay as they are")
    if choice.kept or choice.removed:
        words.append(f"{count(len(choice.kept) + len(choice.removed))} pinned by hand")
    if choice.locked:
        words.append(f"{', '.join(sorted(choice.locked))} locked")
    if choice.vanish:
        words.append("branches with a way around may vanish")
    if choice.multiple > 1:
        words.append(f"widths rounded up to multiples of {choice.multiple}")
    return ", ".join(words)


def sentence(report: Report) -> str:
    """What went, and what that did to the decisions."""
    left = report.units - report.removed
    told = [f"{count(report.removed)} of {count(report.units)} units went, {count(left)} are left."]
    for split, changes in report.changes.items():
        changed = "no decision" if changes.count == 0 else count(changes.count)
        verb = "" if changes.count == 0 else f" decision{'s' if changes.count > 1 else ''}"
        told.append(f"On {split}, {changed}{verb} of {count(changes.samples)} changed.")
    if Split.TEST in report.changes and report.bound.upper is not None:
        told.append(
            f"Of samples like the test samples, {report.bound.sentence()} are decided otherwise "
            f"(exact bound, {100 * report.bound.level:.0f} % sure)."
        )
    return " ".join(told)


def audit_words(dossier: Dossier) -> str | None:
    """What became of the samples of a file that never chose a unit; `None`: there was none."""
    audit = dossier.audit
    return None if audit is None else f"Audit on {audit.name}, which never chose a unit: {audit.sentence()}"


def size_table(book: Book, dossier: Dossier) -> Table:
    """How large the network is and how fast, and how often it is right."""
    report = dossier.report
    left = report.units - report.removed
    rows = [
        ("units", count(report.units), count(left), times(report.units, left)),
        ("parameters", *map(count, report.parameters), times(*report.parameters)),
    ]
    if report.macs is not None:
        rows.append(("multiply-adds a sample", *map(count, report.macs), times(*report.macs)))
    for split, (before, after) in report.accuracy.items():
        rows.append((f"accuracy, {split}", share(before), share(after), NOTHING))
    if dossier.audit is not None and dossier.audit.accuracy is not None:
        before, after = dossier.audit.accuracy
        rows.append((f"accuracy, audit: {dossier.audit.name}", share(before), share(after), NOTHING))
    if dossier.latency is not None:
        for one in dossier.latency.to_dict("records"):
            samples = "1 sample" if one["batch"] == 1 else f"{count(one['batch'])} samples"
            before, after = one["before"], one["after"]
            rows.append(
                (f"latency, {samples}", milliseconds(before), milliseconds(after), times(before, after))
            )
    columns: list[Title] = ["", *(Column(title, NUMBER) for title in ("before", "after", "times less"))]
    return book.table("Before and after", "", columns, rows)


def latency_words(dossier: Dossier) -> Markup:
    """How latency was measured."""
    if dossier.latency is None:
        return Markup("")
    runs = " and ".join(count(int(number)) for number in dossier.latency["runs"])
    spread = ", ".join(
        f"{count(one['batch'])}: {scientific(one['after_low'])} to {milliseconds(one['after_high'])}"
        for one in dossier.latency.to_dict("records")
    )
    return tag(
        "p",
        f"Latency: median of {runs} runs by batch size, both networks in turns, on one thread of a CPU of "
        f"the machine that wrote this. Half of the runs after pruning lie within, by batch size, {spread}.",
        class_="words",
    )


def numbers(dossier: Dossier) -> Markup:
    """The large numbers."""
    report = dossier.report
    left = report.units - report.removed
    cells = [
        _number("units kept", count(left), f"of {count(report.units)}"),
        _number("parameters", count(report.parameters[1]), f"of {count(report.parameters[0])}"),
    ]
    for split, changes in report.changes.items():
        name, of = f"decisions changed, {split}", f"of {count(changes.samples)}"
        cells.append(_number(name, count(changes.count), of, changed=changes.count > 0))
    for split, (before, after) in report.accuracy.items():
        cells.append(_number(f"accuracy, {split}", share(after), f"was {share(before)}"))
    if dossier.latency is not None:
        one = dossier.latency.to_dict("records")[-1]
        name = f"latency, {count(one['batch'])} at once"
        cells.append(_number(name, milliseconds(one["after"]), f"was {milliseconds(one['before'])}"))
    return tag("dl", *cells, class_="numbers")


def _number(name: str, value: str, of: str, *, changed: bool = False) -> Markup:
    large = tag("b", value, class_="changed" if changed else None)
    return tag("div", tag("dt", name), tag("dd", joined(large, " ", tag("span", of))))
