"""`effdash prune`: a smaller network that decides alike, as a run of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from effdash.cli.asked import METHOD, Asked
from effdash.cli.brought import Brought, takes_a_model
from effdash.cli.decisions import Verdict, facts, overview
from effdash.cli.exports import Exports, Pruned
from effdash.cli.folder import chosen_folder, find_run, open_folder
from effdash.cli.models import RunOrModel, as_run, is_model, open_model
from effdash.cli.options import AsJson, Runs
from effdash.cli.output import answer, records, table
from effdash.cli.progress import busy

if TYPE_CHECKING:
    import pandas as pd

    from effdash.pruning import Report
    from effdash.runs import Run

LISTED: Final = 10
"""So many of the removed units are listed with their reasons."""


@takes_a_model
def prune(
    run: RunOrModel,
    *,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="NAME_OR_FILE",
            help="The data that a model is pruned on; a run has its own.",
            show_default=False,
        ),
    ] = None,
    brought: Brought,
    method: Annotated[
        str,
        typer.Option(
            help="How units are chosen: margin, permutation, pairwise-order, random, l1, l2, activation, "
            "taylor or pivoted-qr.",
        ),
    ] = METHOD,
    auto: Annotated[
        bool,
        typer.Option(
            "--auto",
            help="As small as it can be with every decision on train kept (the default without --amount).",
        ),
    ] = False,
    amount: Annotated[
        float | None, typer.Option(help="The share of the units to remove, 0 to 1.", show_default=False)
    ] = None,
    compensate: Annotated[
        bool,
        typer.Option(
            "--compensate/--no-compensate", help="The units that stay take over what the others said."
        ),
    ] = True,
    tolerance: Annotated[
        float | None,
        typer.Option(
            help="With --auto: the share of decisions on train that may change (default: 0).",
            show_default=False,
        ),
    ] = None,
    vanish: Annotated[
        bool,
        typer.Option("--vanish", help="Whole branches may go, last, where there are ways around them."),
    ] = False,
    plan: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Prune as a plan says, instead: a JSON file, or a report, which holds its plan.",
            show_default=False,
        ),
    ] = None,
    epoch: Annotated[
        int | None,
        typer.Option(
            help="The weights as they were kept then (default: the last).", min=0, show_default=False
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The run file to write (default: one in the folder of runs).",
            show_default=False,
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.html", help="Write the whole report, as one HTML file.", show_default=False
        ),
    ] = None,
    onnx: Annotated[
        Path | None,
        typer.Option(metavar="FILE.onnx", help="Write the network for other engines.", show_default=False),
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv", help="Write why each unit went or stays, a row a unit.", show_default=False
        ),
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(metavar="FILE.safetensors", help="Write the weights alone.", show_default=False),
    ] = None,
    runs: Runs = None,
    as_json: AsJson = False,
) -> None:
    """Prune a network without training it, and keep the result as a run; what was pruned stays as it is."""
    from_model = is_model(run)
    asked = Asked(method, amount, compensate, tolerance, plan, vanish)
    asked.refuse_contradictions(auto=auto)
    exports = Exports(report=report, onnx=onnx, csv=csv, weights=weights)
    exports.check()
    folder, run_id = _target(out, runs)
    from effdash.pruning import Reference, outcome_of, save_pruned
    from effdash.pruning.dossier import hand_out

    opening = _model_as_run(run, data, epoch, brought) if from_model else _run(run, data, runs, brought)
    with opening as found, busy(f"pruning {found.id}", silent=as_json):
        at, _ = found.weights(epoch)
        model, own = found.model(at), found.data()
        reference = Reference.prepare(model, own)
        removal_path, choice = asked.choice(reference, found, model, own, at)
        outcome = outcome_of(reference, removal_path, choice)
        pruned, told = hand_out(reference, outcome, model)
        what = Pruned(found, at, model, own, reference, outcome)
        files = exports.made(what, pruned, told)
        name = _name(found.name, told)
        parent = None if from_model else found
        path = save_pruned(pruned, own, folder, parent=parent, name=name, run_id=run_id)
        for file, content in files.items():
            file.write_bytes(content)
    verdicts = _verdicts(told)
    values = {
        "run": path.stem,
        "parent": None if from_model else found.id,
        "epoch": at,
        "path": str(path),
        "plan": choice.to_text(),
        "files": {option: str(file) for option, file in exports.asked()},
        "method": told.method,
        "units": {"before": told.units, "kept": told.units - told.removed},
        "layers": told.layers().to_dict("records"),
        "parameters": _before_and_after(told.parameters),
        "macs": told.macs and _before_and_after(told.macs),
        "stages": _stages(told),
        "parts": [facts(verdict) for verdict in verdicts],
        "removed": records(_removed(told)),
        "notes": list(told.notes),
    }
    answer(values, _as_text(what, path, told, verdicts, exports), as_json=as_json)


@contextmanager
def _run(run: str, data: str | None, runs: Path | None, brought: Brought) -> "Iterator[Run]":
    """A run; refused with options that only a model has."""
    from effdash.vocab import UserError

    brought.refuse_with_a_run()
    if data is not None:
        raise UserError(f"--data {data} belongs to model files; a run is pruned on its own data")
    yield find_run(open_folder(runs), run)


@contextmanager
def _model_as_run(model: str, data: str | None, epoch: int | None, brought: Brought) -> "Iterator[Run]":
    """A model in a file as a run of its own, as long as it is needed."""
    from effdash.vocab import UserError

    if epoch is not None:
        raise UserError(f"--epoch {epoch} belongs to runs; {model} holds one state of its network")
    with as_run(open_model(model, data, brought)) as found:
        yield found


def _name(parent: str, report: "Report") -> str:
    """What the pruned run is called."""
    from effdash.runs.names import child_name

    return child_name(parent, f", {report.units - report.removed} of {report.units} units")


def _target(out: Path | None, runs: Path | None) -> tuple[Path, str | None]:
    """The folder that the pruned run goes to, and its id there if that is said."""
    from effdash.runs.schema import SUFFIX
    from effdash.vocab import UserError

    if out is None:
        return chosen_folder(runs), None
    if out.suffix != SUFFIX:
        raise UserError(f"--out {out} should end in {SUFFIX}")
    if out.exists():
        raise UserError(f"--out {out} is there already")
    if not out.parent.is_dir():
        raise UserError(f"--out {out}: there is no folder {out.parent}")
    return out.parent, out.stem


def _verdicts(report: "Report") -> list[Verdict]:
    from effdash.decision import held_out_bound
    from effdash.vocab import Split

    verdicts = []
    for split, changes in report.changes.items():
        chose = held_out_bound(changes.count, changes.samples, held_out=False)
        bound = chose if split == Split.TRAIN else report.bound
        verdicts.append(Verdict(split, changes, bound, report.accuracy.get(split)))
    return verdicts


def _removed(report: "Report") -> "pd.DataFrame":
    """The removed units with their reasons, in the report's order."""
    return report.table.loc[~report.table["kept"]].drop(columns="kept")


def _stages(report: "Report") -> dict[str, int]:
    from effdash.pruning.plan import Stage

    counts = _removed(report)["stage"].value_counts()
    return {stage.value: int(counts.get(stage.value, 0)) for stage in Stage}


def _as_text(what: Pruned, path: Path, report: "Report", verdicts: list[Verdict], exports: Exports) -> str:
    kept = report.units - report.removed
    stages = ", ".join(f"{count} {stage}" for stage, count in _stages(report).items())
    widths = ", ".join(
        f"{row['layer']} {row['units']} → {row['left']}" for row in report.layers().to_dict("records")
    )
    lines = [
        f"Run {path.stem} · pruned from {what.run.id} at epoch {what.epoch:,} by {report.method}",
        f"units       {kept} kept of {report.units}",
        f"layers      {widths}",
        f"removed     {stages}",
        f"parameters  {_fewer(report.parameters)}",
        *([f"operations  {_fewer(report.macs)} multiply-adds a sample"] if report.macs else []),
        f"file        {path}",
        *(f"{option:<11} {file}" for option, file in exports.asked()),
        "",
        overview(verdicts),
    ]
    removed = _removed(report)
    if len(removed):
        rows = [
            (f"{row['layer']} · {row['unit']}", row["stage"], row["reason"].removeprefix(f"{row['stage']}: "))
            for row in records(removed.head(LISTED))
        ]
        lines += ["", table(("unit", "stage", "reason"), rows)]
    if len(removed) > LISTED:
        lines.append(f"… and {len(removed) - LISTED} more; --json lists all")
    lines += [f"Note: {note}" for note in report.notes]
    return "\n".join(lines)


def _before_and_after(counts: tuple[int, int]) -> dict[str, int]:
    return {"before": counts[0], "after": counts[1]}


def _fewer(counts: tuple[int, int]) -> str:
    before, after = counts
    return f"{before:,} → {after:,}"
