"""`effdash status`: dead, linear and nonlinear units, layer by layer, on data that is named."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from effdash.cli.brought import Brought, takes_a_model
from effdash.cli.folder import find_run, open_folder
from effdash.cli.models import RunOrModel, is_model, open_model, open_streamed
from effdash.cli.options import AsJson, Runs
from effdash.cli.output import answer, table
from effdash.cli.progress import busy
from effdash.cli.samples import FILE, file_of, own_data_name, parts_in, parts_of

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor

    from effdash.data.own.streaming import Stream
    from effdash.runs import Run


@takes_a_model
def show_status(
    run: RunOrModel,
    *,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="NAME_OR_FILE",
            help="Look at these instead of the run's own (default: what it recorded); a model needs them.",
            show_default=False,
        ),
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="train or test (default: train; a file is taken whole).")
    ] = None,
    brought: Brought,
    runs: Runs = None,
    as_json: AsJson = False,
) -> None:
    """Count dead, linear and nonlinear units, layer by layer: at a run's last epoch, or of a model file."""
    from effdash.vocab import STATUS_WORDS

    if is_model(run):
        told = _of_model(run, data, split, brought, silent=as_json)
    else:
        brought.refuse_with_a_run()
        found = find_run(open_folder(runs), run)
        told = (
            _recorded(found, split or "train") if data is None else _anew(found, data, split, silent=as_json)
        )
    layers = by_layer(told.units)
    total = {word: sum(row[word] for row in layers) for word in STATUS_WORDS}
    facts = {
        **told.what,
        "data": told.on.data,
        "split": told.on.split,
        "samples": told.on.samples,
        "units": total,
        "constant": sum(row["constant"] for row in layers),
        "layers": layers,
    }
    columns = ("layer", "units", *STATUS_WORDS, "constant")
    rows = [[str(row[column]) for column in columns] for row in layers]
    rows.append(["all", *(str(sum(row[column] for row in layers)) for column in columns[1:])])
    title = f"{told.title} · on {told.on.split} ({told.on.data}, {told.on.samples:,} samples)"
    answer(facts, f"{title}\n{table(columns, rows)}", as_json=as_json)


class Looked(NamedTuple):
    """Samples, what the data are called, which part of them, and how many."""

    X: "Tensor | Stream | None"
    """`None`: nobody needs them any more."""
    data: str
    split: str
    samples: int


class Told(NamedTuple):
    """The units of a network on some samples."""

    what: dict[str, Any]
    title: str
    units: "pd.DataFrame"
    on: Looked


def by_layer(units: "pd.DataFrame") -> list[dict[str, Any]]:
    """A table of units, one row each, counted by layer: its units of each status, its constant ones."""
    from effdash.vocab import CONSTANT, LAYER, STATUS, STATUS_WORDS

    rows = []
    for layer, group in units.groupby(LAYER, sort=False, observed=True):
        counts = group[STATUS].value_counts()
        rows.append(
            {
                "layer": str(layer),
                "units": len(group),
                **{word: int(counts.get(word, 0)) for word in STATUS_WORDS},
                "constant": int(group[CONSTANT].sum()),
            }
        )
    return rows


def _recorded(run: "Run", split: str) -> Told:
    """Units at the last recorded epoch."""
    from effdash.runs.settings import config_or_none
    from effdash.vocab import UserError

    if run.last_epoch is None:
        raise UserError(f"run {run.id!r} has recorded no epoch yet")
    units = run.units(epoch=run.last_epoch, split=split)
    config = config_or_none(run)
    name = config.data.name if config else own_data_name(run)
    return Told(*_names(run), units, Looked(None, name, split, run.data_size(split).observed))


def _anew(run: "Run", data: str, split: str | None, *, silent: bool) -> Told:
    """Units of the run's last weights on other data: a data set seeded as the run's data was, or a file."""
    from effdash.observe import unit_status

    with busy(f"reading {data}", silent=silent):
        file = file_of(run, data, split)
        if file is None:
            name, (part, *_) = parts_of(run, data, split or "train")
            looked = Looked(part.X, name, part.name, len(part.X))
        else:
            looked = Looked(file, data, FILE, file.total)
    units = unit_status(run.model(), looked.X, progress=sys.stderr.isatty() and not silent)
    return Told(*_names(run), units, looked)


def _names(run: "Run") -> tuple[dict[str, Any], str]:
    return {"run": run.id, "epoch": run.last_epoch}, f"Run {run.id} · epoch {run.last_epoch}"


def _of_model(model: str, data: str | None, split: str | None, brought: Brought, *, silent: bool) -> Told:
    """Units of a model in a file on all samples of a part, or of a file of data."""
    from effdash.data import is_path
    from effdash.loading import fit
    from effdash.observe import unit_status

    with busy(f"reading {data}", silent=silent):
        if split is None and data is not None and is_path(data):
            opened, file = open_streamed(model, data, brought)
            fitted = fit(opened.model, opened.data)
            samples = file.shaped(fitted.data.input_shape)
            looked = Looked(samples, opened.name, FILE, file.total)
        else:
            opened = open_model(model, data, brought)
            fitted = fit(opened.model, opened.data)
            (part,) = parts_in(fitted.data, split or "train")
            looked = Looked(part.X, opened.name, part.name, len(part.X))
    units = unit_status(fitted.loaded.model, looked.X, progress=sys.stderr.isatty() and not silent)
    what = {
        "run": None,
        "model": model,
        "epoch": None,
        "guess": list(fitted.loaded.guess),
        "notes": [*fitted.loaded.notes, *fitted.notes],
    }
    return Told(what, f"Model {Path(model).name}", units, looked)
