"""`effdash diagnose`: what is wrong with a run, in sentences, and what to try."""

from dataclasses import asdict
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from effdash.cli.folder import RunName, find_run, open_folder
from effdash.cli.options import AsJson, Runs
from effdash.cli.output import answer
from effdash.cli.samples import parts_of

if TYPE_CHECKING:
    from effdash.diagnosis import Finding
    from effdash.runs import Run

WIDTH: Final = 100


def show_diagnosis(
    run: RunName,
    data: Annotated[
        str | None,
        typer.Option(help="Look at these instead of the run's own: a data set, or a file of samples."),
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="Whose units are meant: on train or on test (default: train).")
    ] = None,
    runs: Runs = None,
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with a run, or that nothing is, with its evidence and what to try.

    On other data than the run's own nothing is said about its training.
    """
    from effdash.diagnosis import diagnose, paragraph

    found = find_run(open_folder(runs), run)
    if data is None:
        part = split or "train"
        where, epoch, findings = part, found.last_epoch, diagnose(found, part)
    else:
        where, part, epoch, findings = _elsewhere(found, data, split)
    facts = {
        "run": found.id,
        "epoch": epoch,
        "data": data,
        "split": part,
        "findings": [_facts(finding) for finding in findings],
        "paragraph": paragraph(findings),
    }
    lines = [f"Run {found.id} · epoch {epoch} · on {where}", *map(_lines, findings)]
    answer(facts, "\n".join(lines), as_json=as_json)


def _elsewhere(run: "Run", data: str, split: str | None) -> tuple[str, str, int, "list[Finding]"]:
    """The data in words, their part, the epoch of the weights, and what is to be said of them there."""
    from effdash.diagnosis import diagnose_elsewhere

    name, (part, *_) = parts_of(run, data, split)
    where = name if part.name == "file" else f"{name}, {part.name}"
    epoch, _ = run.weights()
    return where, part.name, epoch, diagnose_elsewhere(run, part.X, part.y, name=where)


def _facts(finding: "Finding") -> dict[str, Any]:
    facts = asdict(finding)
    return {**facts, "remedies": list(finding.remedies), "try": finding.try_}


def _lines(finding: "Finding") -> str:
    """A finding as lines of text: how it weighs, the sentence, and what to try."""
    text = f"{finding.severity.value:<5} {finding.sentence}."
    if finding.try_:
        text += f" Try: {finding.try_}."
    # A number stays on the line of its sign.
    return fill(text.replace(" %", "\N{NO-BREAK SPACE}%"), WIDTH, subsequent_indent=" " * 6)
