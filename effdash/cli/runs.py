"""`effdash runs` and `effdash export`: what the folder of runs holds, and what is in a run."""

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from effdash.cli.folder import RunName, find_run, open_folder, settings_of
from effdash.cli.options import AsJson, Runs
from effdash.cli.output import answer, share, table

if TYPE_CHECKING:
    from effdash.runs import Run, RunSummary

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_runs(runs: Runs = None, as_json: AsJson = False) -> None:
    """List the runs, the newest first. What `effdash runs` alone does."""
    folder = open_folder(runs)
    found = folder.list()
    text = _as_table(found) if found else f"No runs in {folder.path}; effdash train makes one."
    answer({"runs": [_facts(run) for run in found]}, text, as_json=as_json)


def _facts(run: "RunSummary") -> dict[str, Any]:
    counted = None
    if run.dead is not None:
        counted = {"dead": run.dead, "linear": run.linear, "nonlinear": run.nonlinear}
    return {
        "run": run.id,
        "name": run.name,
        "note": run.note,
        "shipped": run.shipped,
        "state": run.state and str(run.state),
        "problem": run.problem,
        "parent": run.parent,
        "data": run.data,
        "network": run.network,
        "activation": run.activation,
        "jumpstart": run.jumpstart,
        "epochs": run.epochs,
        "planned_epochs": run.planned_epochs,
        "train_accuracy": run.train_accuracy,
        "test_accuracy": run.test_accuracy,
        "units": counted,
        "path": str(run.path),
    }


def _as_table(found: "list[RunSummary]") -> str:
    """A line a run; under the table, why some cannot be read."""
    titles = (
        "run",
        "name",
        "data",
        "network",
        "activation",
        "λ",
        "epochs",
        "train",
        "test",
        "units d/l/n",
        "state",
    )
    rows = [
        (
            run.id,
            "" if run.name == run.id else run.name,
            run.data,
            run.network,
            run.activation,
            "" if run.jumpstart is None else f"{run.jumpstart:g}",
            "" if run.epochs is None else str(run.epochs),
            share(run.train_accuracy),
            share(run.test_accuracy),
            "" if run.dead is None else f"{run.dead}/{run.linear}/{run.nonlinear}",
            "example" if run.shipped else run.state or "unreadable",
        )
        for run in found
    ]
    problems = [run.problem for run in found if run.problem]
    return "\n".join([table(titles, rows), *problems])


@app.command()
def show(run: RunName, runs: Runs = None, as_json: AsJson = False) -> None:
    """Show a run: its settings, how it stands, what its units do."""
    found = find_run(open_folder(runs), run)
    config, why_not = settings_of(found)
    epochs = found.epochs()
    last = {} if epochs.empty else epochs.iloc[-1].to_dict()
    facts = {
        "run": found.id,
        "name": found.name,
        "note": found.note,
        "state": str(found.state),
        "message": found.message,
        "parent": found.parent,
        "created": found.created.isoformat(),
        "last_epoch": found.last_epoch,
        "train_accuracy": last.get("train_accuracy"),
        "test_accuracy": last.get("test_accuracy"),
        "units": _counts(found),
        "changes": found.changes().to_dict("records"),
        "checkpoints": found.checkpoints(),
        "layers": [{"layer": layer.name, "kind": layer.kind, "units": layer.units} for layer in found.layers],
        "config": config and config.model_dump(mode="json"),
        "versions": found.versions,
        "path": str(found.path),
    }
    facts["scalars"] = {name: last[name] for name in ("loss", *found.extra_scalars) if name in last}
    settings = why_not or (config and config.to_yaml()) or ""
    answer(facts, _as_text(found, facts, settings), as_json=as_json)


def _counts(run: "Run") -> dict[str, int] | None:
    """Dead, linear and nonlinear units on train at the last recorded epoch."""
    from effdash.vocab import STATUS, STATUS_WORDS

    if run.last_epoch is None:
        return None
    counts = run.units(epoch=run.last_epoch)[STATUS].value_counts()
    return {word: int(counts[word]) for word in STATUS_WORDS}


def _as_text(run: "Run", facts: dict[str, Any], settings: str) -> str:
    kinds = ", ".join(sorted({layer.kind for layer in run.layers}))
    lines = [
        f"Run {run.id}" + ("" if run.name == run.id else f" · {run.name}"),
        f"state     {run.state}" + (f": {run.message}" if run.message else ""),
        f"made      {run.created:%Y-%m-%d %H:%M} UTC" + (f", from {run.parent}" if run.parent else ""),
        f"layers    {len(run.layers)} ({kinds})",
        f"epoch     {run.last_epoch}",
        f"accuracy  train {share(facts['train_accuracy'])} · test {share(facts['test_accuracy'])}",
    ]
    if facts["units"]:
        counts = ", ".join(f"{count} {word}" for word, count in facts["units"].items())
        lines.append(f"units     {counts} of {run.n_units}, on train")
    lines += [
        f"turned    {turn['field']} = {turn['value']:g} from epoch {turn['epoch']} on"
        for turn in facts["changes"]
    ]
    known = {name: value for name, value in facts["scalars"].items() if not math.isnan(value)}
    told = ", ".join(f"{name} {value:.4g}" for name, value in known.items())
    if told:
        lines.append(f"scalars   {told}")
    lines.append(f"file      {run.path}")
    if run.note:
        lines.append(f"note      {run.note}")
    if run.has_config:
        lines.append("settings, where they are not the defaults:")
        lines += [f"  {line}" for line in settings.splitlines()]
    else:
        lines.append("settings  none: the network is somebody's own")
    return "\n".join(lines)


@app.command()
def delete(
    run: Annotated[str, typer.Argument(metavar="ID", help="A run's id.", show_default=False)],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.", show_default=False)] = False,
    runs: Runs = None,
    as_json: AsJson = False,
) -> None:
    """Delete a run: its file, with everything in it."""
    from effdash.vocab import UserError

    folder = open_folder(runs)
    path = folder.find(run)
    if not yes:
        if as_json or not sys.stdin.isatty():
            raise UserError(f"deleting {run} cannot be undone; say --yes")
        if not typer.confirm(f"Delete {path} ({path.stat().st_size / 1e6:.1f} MB)? This cannot be undone."):
            return
    folder.delete(run)
    answer({"deleted": run}, f"Deleted {run}.", as_json=as_json)


def export(
    run: RunName,
    tables: Annotated[Path, typer.Option(help="Folder for the tables; made if need be.", show_default=False)],
    runs: Runs = None,
    as_json: AsJson = False,
) -> None:
    """Write a run's tables as Parquet and CSV, for pandas, polars or duckdb."""
    from effdash.runs import export_tables

    found = find_run(open_folder(runs), run)
    files = [str(file) for file in export_tables(found, tables)]
    answer({"run": found.id, "files": files}, "\n".join(files), as_json=as_json)
