"""`effdash status`: dead, linear and nonlinear units, layer by layer, on data that is named."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from effdash.cli.folder import RunName, find_run, open_folder
from effdash.cli.options import AsJson, Runs
from effdash.cli.output import answer, table

if TYPE_CHECKING:
    import pandas as pd

    from effdash.runs import Run


def show_status(
    run: RunName,
    data: Annotated[
        str | None,
        typer.Option(help="Look at this data set instead of the run's own (default: what was recorded)."),
    ] = None,
    split: Annotated[str, typer.Option(help="train or test.")] = "train",
    runs: Runs = None,
    as_json: AsJson = False,
) -> None:
    """Count dead, linear and nonlinear units, layer by layer, at a run's last epoch."""
    from effdash.vocab import STATUS_WORDS

    found = find_run(open_folder(runs), run)
    units, name, samples = _recorded(found, split) if data is None else _anew(found, data, split)
    layers = by_layer(units)
    total = {word: sum(row[word] for row in layers) for word in STATUS_WORDS}
    facts = {
        "run": found.id,
        "epoch": found.last_epoch,
        "data": name,
        "split": split,
        "samples": samples,
        "units": total,
        "constant": sum(row["constant"] for row in layers),
        "layers": layers,
    }
    columns = ("layer", "units", *STATUS_WORDS, "constant")
    rows = [[str(row[column]) for column in columns] for row in layers]
    rows.append(["all", *(str(sum(row[column] for row in layers)) for column in columns[1:])])
    title = f"Run {found.id} · epoch {found.last_epoch} · on {split} ({name}, {samples} samples)"
    answer(facts, f"{title}\n{table(columns, rows)}", as_json=as_json)


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


def _recorded(run: "Run", split: str) -> tuple["pd.DataFrame", str, int]:
    """Units at the last recorded epoch, the data's name, and on how many samples."""
    from effdash.runs.settings import config_or_none
    from effdash.vocab import UserError

    if run.last_epoch is None:
        raise UserError(f"run {run.id!r} has recorded no epoch yet")
    units = run.units(epoch=run.last_epoch, split=split)
    config = config_or_none(run)
    return units, config.data.name if config else "own data", run.data_size(split).observed


def _anew(run: "Run", name: str, split: str) -> tuple["pd.DataFrame", str, int]:
    """Units of the run's last weights on another data set, seeded as the run's data was."""
    from effdash.data import load_data
    from effdash.observe import unit_status
    from effdash.vocab import Split, UserError

    if split not in list(Split):
        raise UserError(f"split {split!r} is unknown; known are {', '.join(Split)}")
    data = load_data(name, seed=run.config.data_seed)
    if data.input_shape != run.input_shape:
        raise UserError(
            f"data {name!r} has inputs of shape {data.input_shape}; run {run.id!r} takes {run.input_shape}"
        )
    X = data.X_train if split == Split.TRAIN else data.X_test
    return unit_status(run.model(), X), name, len(X)
