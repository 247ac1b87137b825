"""`effdash diagnose`: what is wrong with a run, in sentences, and what to try."""

from dataclasses import asdict
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from effdash.cli.brought import Brought, takes_a_model
from effdash.cli.folder import find_run, open_folder
from effdash.cli.models import RunOrModel, as_run, is_model, open_model
from effdash.cli.options import AsJson, Runs
from effdash.cli.output import answer
from effdash.cli.samples import parts_of

if TYPE_CHECKING:
    from effdash.diagnosis import Finding
    from effdash.runs import Run

WIDTH: Final = 100


@takes_a_model
def show_diagnosis(
    run: RunOrModel,
    *,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="NAME_OR_FILE",
            help="Look at these instead of the run's own: a data set, or a file; a model needs them.",
            show_default=False,
        ),
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="Whose units are meant: on train or on test (default: train).")
    ] = None,
    brought: Brought,
    runs: Runs = None,
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with a run or a model, or that nothing is, with its evidence and what to try.

    Of a model, and of a run on other data than its own, nothing is said about its training.
    """
    from effdash.diagnosis import diagnose

    if is_model(run):
        opened = open_model(run, data, brought)
        with as_run(opened) as found:
            where, part, _, findings = _elsewhere(found, opened.name, split, own=True)
        what: dict[str, Any] = {"run": None, "model": run, "epoch": None}
        title = f"Model {Path(run).name}"
    else:
        brought.refuse_with_a_run()
        found = find_run(open_folder(runs), run)
        if data is None:
            part = split or "train"
            where, epoch, findings = part, found.last_epoch, diagnose(found, part)
        else:
            where, part, epoch, findings = _elsewhere(found, data, split)
        what = {"run": found.id, "epoch": epoch}
        title = f"Run {found.id} · epoch {epoch}"
    _answer(what, f"{title} · on {where}", findings, data=data, split=part, as_json=as_json)


def _answer(
    what: dict[str, Any],
    title: str,
    findings: "list[Finding]",
    *,
    data: str | None,
    split: str,
    as_json: bool,
) -> None:
    from effdash.diagnosis import paragraph

    facts = {
        **what,
        "data": data,
        "split": split,
        "findings": [_facts(finding) for finding in findings],
        "paragraph": paragraph(findings),
    }
    answer(facts, "\n".join([title, *map(_lines, findings)]), as_json=as_json)


def _elsewhere(
    run: "Run", data: str, split: str | None, *, own: bool = False
) -> tuple[str, str, int, "list[Finding]"]:
    """The data in words, their part, the epoch of the weights, and what is to be said of them there.

    `own`: they are the run's own, called `data`.
    """
    from effdash.diagnosis import diagnose_elsewhere

    name, (part, *_) = parts_of(run, None if own else data, split)
    name = data if own else name
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
