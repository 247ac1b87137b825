"""`effdash diagnose`: what is wrong with a run, in sentences, and what to try."""

from dataclasses import asdict
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from effdash.cli.folder import RunName, find_run, open_folder
from effdash.cli.options import AsJson, Runs
from effdash.cli.output import answer

if TYPE_CHECKING:
    from effdash.diagnosis import Finding

WIDTH: Final = 100


def show_diagnosis(
    run: RunName,
    split: Annotated[str, typer.Option(help="Whose units are meant: on train or on test.")] = "train",
    runs: Runs = None,
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with a run, or that nothing is, with its evidence and what to try."""
    from effdash.diagnosis import diagnose, paragraph

    found = find_run(open_folder(runs), run)
    findings = diagnose(found, split)
    last = found.last_epoch
    facts = {
        "run": found.id,
        "epoch": last,
        "split": split,
        "findings": [_facts(finding) for finding in findings],
        "paragraph": paragraph(findings),
    }
    lines = [f"Run {found.id} · epoch {last} · on {split}", *map(_lines, findings)]
    answer(facts, "\n".join(lines), as_json=as_json)


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
