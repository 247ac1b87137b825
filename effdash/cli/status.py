"""`effdash status`: dead, linear and nonlinear units, layer by layer, on data that is named."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from effdash.cli.folder import find_run, open_folder
from effdash.cli.models import (
    ArchitectureOption,
    Brought,
    GuessedActivation,
    InputShape,
    Label,
    Missing,
    NoLabel,
    RunOrModel,
    Standardise,
    Trust,
    is_model,
    open_model,
)
from effdash.cli.options import AsJson, Runs
from effdash.cli.output import answer, table
from effdash.cli.samples import own_data_name, parts_of

if TYPE_CHECKING:
    import pandas as pd

    from effdash.runs import Run


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
        str | None, typer.Option(help="train or test (default: train; a file for a run is taken whole).")
    ] = None,
    label: Label = None,
    missing: Missing = None,
    no_label: NoLabel = False,
    architecture: ArchitectureOption = None,
    activation: GuessedActivation = None,
    input_shape: InputShape = None,
    standardise: Standardise = None,
    trust: Trust = False,
    runs: Runs = None,
    as_json: AsJson = False,
) -> None:
    """Count dead, linear and nonlinear units, layer by layer: at a run's last epoch, or of a model file."""
    from effdash.vocab import STATUS_WORDS

    brought = Brought(
        label=label,
        missing=missing,
        no_label=no_label,
        architecture=architecture,
        activation=activation,
        input_shape=input_shape,
        standardise=standardise,
        trust=trust,
    )
    if is_model(run):
        told = _of_model(run, data, split or "train", brought, silent=as_json)
    else:
        brought.refuse_with_a_run()
        found = find_run(open_folder(runs), run)
        told = _recorded(found, split or "train") if data is None else _anew(found, data, split)
    layers = by_layer(told.units)
    total = {word: sum(row[word] for row in layers) for word in STATUS_WORDS}
    facts = {
        **told.what,
        "data": told.data,
        "split": told.split,
        "samples": told.samples,
        "units": total,
        "constant": sum(row["constant"] for row in layers),
        "layers": layers,
    }
    columns = ("layer", "units", *STATUS_WORDS, "constant")
    rows = [[str(row[column]) for column in columns] for row in layers]
    rows.append(["all", *(str(sum(row[column] for row in layers)) for column in columns[1:])])
    title = f"{told.title} · on {told.split} ({told.data}, {told.samples} samples)"
    answer(facts, f"{title}\n{table(columns, rows)}", as_json=as_json)


class Told(NamedTuple):
    """The units of a network on some samples, with what both are called."""

    what: dict[str, Any]
    title: str
    units: "pd.DataFrame"
    data: str
    split: str
    samples: int


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
    return Told(*_names(run), units, name, split, run.data_size(split).observed)


def _anew(run: "Run", data: str, split: str | None) -> Told:
    """Units of the run's last weights on other data, a data set seeded as the run's data was."""
    from effdash.data import DATASETS
    from effdash.observe import unit_status

    whole_file = split is None and data not in DATASETS and Path(data).is_file()
    name, (part, *_) = parts_of(run, data, None if whole_file else split or "train")
    return Told(*_names(run), unit_status(run.model(), part.X), name, part.name, len(part.X))


def _names(run: "Run") -> tuple[dict[str, Any], str]:
    return {"run": run.id, "epoch": run.last_epoch}, f"Run {run.id} · epoch {run.last_epoch}"


def _of_model(model: str, data: str | None, split: str, brought: Brought, *, silent: bool) -> Told:
    """Units of a model in a file on all samples of a part."""
    from effdash.loading import fit
    from effdash.observe import unit_status
    from effdash.vocab import Split, UserError

    if split not in list(Split):
        raise UserError(f"split {split!r} is unknown; known are {', '.join(Split)}")
    opened = open_model(model, data, brought)
    fitted = fit(opened.model, opened.data)
    X = fitted.data.X_train if split == Split.TRAIN else fitted.data.X_test
    units = unit_status(fitted.loaded.model, X, progress=sys.stderr.isatty() and not silent)
    what = {
        "run": None,
        "model": model,
        "epoch": None,
        "guess": list(fitted.loaded.guess),
        "notes": [*fitted.loaded.notes, *fitted.notes],
    }
    return Told(what, f"Model {Path(model).name}", units, opened.name, split, len(X))
