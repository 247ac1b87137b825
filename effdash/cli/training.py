"""`effdash train`: its options, and a run trained in this process."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from effdash.cli.folder import find_run, open_folder
from effdash.cli.options import AsJson, Runs
from effdash.cli.output import BAD_INPUT, INTERRUPTED, answer, share, tell
from effdash.cli.own_data import OWN, with_own_data
from effdash.cli.progress import watched
from effdash.cli.settings import SETTINGS, refuse_contradictions, starting_point, with_settings

if TYPE_CHECKING:
    from effdash.training.result import TrainingResult


def _option(panel: str, flags: str, help: str) -> Any:
    return typer.Option(flags, help=help, rich_help_panel=panel, show_default=False)


def train(
    *,
    config: Annotated[
        Path | None,
        typer.Argument(
            metavar="CONFIG.yaml", help="Settings as YAML; flags go over them.", show_default=False
        ),
    ] = None,
    preset: Annotated[
        str | None,
        _option(
            "Where the settings come from",
            "--preset",
            "Start from a preset: born-dead, jumpstart, revive, revived, dies-in-training, linked, "
            "skip-connections, batch-norm, deep, spirals, digits-wide, digits-deep, cnn.",
        ),
    ] = None,
    start: Annotated[
        str | None,
        _option(
            "Where the settings come from",
            "--from",
            "Train a run's network on, pruned ones too: its weights and its settings (id or file).",
        ),
    ] = None,
    like: Annotated[
        str | None,
        _option(
            "Where the settings come from", "--like", "Train anew with the settings of a run (id or file)."
        ),
    ] = None,
    resume: Annotated[
        str | None,
        _option(
            "Where the settings come from", "--resume", "Go on with a run that was stopped (id or file)."
        ),
    ] = None,
    data: Annotated[
        str | None,
        _option(
            "Data",
            "--data",
            "moons, circles, spirals, xor, blobs, digits, wine, breast-cancer, iris, mnist (default: moons); "
            "or your own: a .csv, .tsv, .txt, .parquet or .npz file, or a folder of images or its .zip.",
        ),
    ] = None,
    label: Annotated[
        str | None, _option("Data", "--label", "The column of a file that holds the classes (else guessed).")
    ] = None,
    missing: Annotated[
        str | None,
        _option("Data", "--missing", "Values a file lacks: refuse, mean or drop the rows (else refuse)."),
    ] = None,
    leave_out: Annotated[
        list[str] | None,
        _option("Data", "--leave-out", "A column of a file that is no feature. May be repeated."),
    ] = None,
    image_size: Annotated[
        str | None,
        _option("Data", "--image-size", "Height and width of images, as 64 or 48x64 (else the commonest)."),
    ] = None,
    colour: Annotated[
        bool | None, _option("Data", "--colour/--grey", "Images in colour or grey (else as most are).")
    ] = None,
    standardise: Annotated[
        bool | None,
        _option("Data", "--standardise/--no-standardise", "Features of a file by their mean and deviation."),
    ] = None,
    samples: Annotated[
        int | None,
        _option(
            "Data",
            "--samples",
            "Samples of a toy set (default: its own; 100, spirals 200), or a part of a file's.",
        ),
    ] = None,
    noise: Annotated[
        float | None, _option("Data", "--noise", "Noise of a toy set (default: its own; 0.1).")
    ] = None,
    test_share: Annotated[
        float | None,
        _option("Data", "--test-share", "Share held out (default: 0.15 of a toy set, else 0.2)."),
    ] = None,
    data_seed: Annotated[
        int | None, _option("Data", "--data-seed", "Seeds data and split alone (default: the seed).")
    ] = None,
    network: Annotated[
        str | None,
        _option("Network", "--network", "rectangular, convolutional or residual (default: rectangular)."),
    ] = None,
    depth: Annotated[int | None, _option("Network", "--depth", "Hidden layers (default: 30).")] = None,
    width: Annotated[int | None, _option("Network", "--width", "Units a layer (default: 8).")] = None,
    activation: Annotated[
        str | None,
        _option(
            "Network",
            "--activation",
            "relu, leaky_relu, prelu, elu, selu, gelu, silu, tanh, sigmoid, or linked: lk-relu, lk-prelu, "
            "lk-selu, lk-swish (default: relu).",
        ),
    ] = None,
    init: Annotated[
        str | None,
        _option(
            "Network",
            "--init",
            "default (torch's own), kaiming, glorot, looks-linear or zero (default: default).",
        ),
    ] = None,
    match_parameters: Annotated[
        bool | None,
        _option(
            "Network",
            "--match-parameters/--no-match-parameters",
            "Narrow a linked network to the unlinked one's parameters.",
        ),
    ] = None,
    skip: Annotated[
        int | None, _option("Network", "--skip", "A skip connection over every this many layers; 0: none.")
    ] = None,
    batch_norm: Annotated[
        bool | None,
        _option("Network", "--batch-norm/--no-batch-norm", "Batch normalization before every activation."),
    ] = None,
    jumpstart: Annotated[
        float | None, _option("Jumpstart", "--jumpstart", "Weight λ of the regularizer; 0: off (default: 0).")
    ] = None,
    jumpstart_schedule: Annotated[
        str | None,
        _option(
            "Jumpstart", "--jumpstart-schedule", "λ stays constant, or falls as a cosine (default: constant)."
        ),
    ] = None,
    sign_balance: Annotated[
        float | None, _option("Jumpstart", "--sign-balance", "Share of the positive term (default: 0.5).")
    ] = None,
    aggregation: Annotated[
        str | None, _option("Jumpstart", "--aggregation", "balanced, mean or norm (default: balanced).")
    ] = None,
    unit: Annotated[bool | None, _option("Jumpstart", "--unit/--no-unit", "The terms of the units.")] = None,
    point: Annotated[
        bool | None, _option("Jumpstart", "--point/--no-point", "The terms of the samples.")
    ] = None,
    positive: Annotated[
        bool | None, _option("Jumpstart", "--positive/--no-positive", "The terms against dead ones.")
    ] = None,
    negative: Annotated[
        bool | None, _option("Jumpstart", "--negative/--no-negative", "The terms against linear ones.")
    ] = None,
    margin: Annotated[
        float | None, _option("Jumpstart", "--margin", "How far beyond 0 is far enough (default: 1).")
    ] = None,
    optimizer: Annotated[
        str | None, _option("Optimizer", "--optimizer", "adam, adamw or sgd (default: adam).")
    ] = None,
    lr: Annotated[float | None, _option("Optimizer", "--lr", "Learning rate (default: 0.005).")] = None,
    schedule: Annotated[
        str | None,
        _option(
            "Optimizer", "--schedule", "The rate stays constant, or falls as a cosine (default: cosine)."
        ),
    ] = None,
    weight_decay: Annotated[
        float | None, _option("Optimizer", "--weight-decay", "Weight decay (default: 0).")
    ] = None,
    momentum: Annotated[
        float | None, _option("Optimizer", "--momentum", "Momentum of sgd (default: 0).")
    ] = None,
    batch_size: Annotated[
        str | None, _option("Optimizer", "--batch-size", "Samples a step, or full (default: full).")
    ] = None,
    epochs: Annotated[int | None, _option("Run", "--epochs", "Passes over the data (default: 800).")] = None,
    seed: Annotated[int | None, _option("Run", "--seed", "Seeds everything (default: 0).")] = None,
    device: Annotated[
        str | None, _option("Run", "--device", "auto, cpu, cuda, cuda:N or mps (default: auto).")
    ] = None,
    change: Annotated[
        list[str] | None,
        _option(
            "Run",
            "--change",
            "EPOCH:NAME=VALUE turns jumpstart or lr, as 150:jumpstart=0.3. May be repeated.",
        ),
    ] = None,
    checkpoints: Annotated[
        int | None, _option("Run", "--checkpoints", "How often the weights are kept, at most (default: 40).")
    ] = None,
    name: Annotated[str | None, _option("Run", "--name", "A name for the run.")] = None,
    runs: Runs = None,
    as_json: AsJson = False,
) -> None:
    """Train a network and record what becomes of every unit."""
    options = locals()
    given = {name: options[name] for name in SETTINGS if options[name] not in (None, [])}
    given_own = {name: options[name] for name in OWN if options[name] not in (None, [])}
    import effdash.training.session as training
    from effdash.training.origin import settings_to_go_on

    refuse_contradictions(
        {
            "CONFIG.yaml": config,
            "--preset": preset,
            "--from": start,
            "--like": like,
            "--resume": resume,
        },
        {**given, **given_own},
    )
    folder = open_folder(runs)
    if resume is not None:
        path = find_run(folder, resume).path
        with watched(silent=as_json) as on_epoch:
            result = training.resume(path, on_epoch=on_epoch)
    elif start is not None:
        origin = find_run(folder, start)
        settings = with_settings(settings_to_go_on(origin), given)
        # Without data named anew, it is trained on its own, wherever those are.
        own = None
        if "data" in given or given_own:
            typed = "data" in given
            settings, own = with_own_data(settings, given_own, typed=typed, run=origin, silent=as_json)
        with watched(silent=as_json) as on_epoch:
            result = training.train(settings, runs=folder.path, start=origin, data=own, on_epoch=on_epoch)
    else:
        base, parent = starting_point(config, preset, like, folder)
        settings = with_settings(base, given)
        typed = "data" in given
        settings, own = with_own_data(settings, given_own, typed=typed, run=parent, silent=as_json)
        parent_id = None if parent is None else parent.id
        with watched(silent=as_json) as on_epoch:
            result = training.train(settings, runs=folder.path, parent=parent_id, data=own, on_epoch=on_epoch)
    _report(result, as_json=as_json)


def _report(result: "TrainingResult", *, as_json: bool) -> None:
    """Says what came of it, and ends the command with the exit code that belongs to it."""
    units = result.units
    facts = {
        "run": result.run,
        "state": str(result.state),
        "train_accuracy": result.train_accuracy,
        "test_accuracy": result.test_accuracy,
        "units": units,
        "epochs": result.epochs,
        "path": str(result.path),
    }
    counts = ", ".join(f"{count} {word}" for word, count in units.items())
    text = (
        f"Run {result.run} · {result.state} · epoch {result.epochs}\n"
        f"accuracy  train {share(result.train_accuracy)} · test {share(result.test_accuracy)}\n"
        f"units     {counts} of {sum(units.values())}, on train\n"
        f"file      {result.path}"
    )
    answer(facts, text, as_json=as_json)
    if result.state == "interrupted":
        tell(
            f"Stopped; everything up to epoch {result.epochs} is kept. "
            f"Go on with: effdash train --resume {result.run}"
        )
        raise typer.Exit(INTERRUPTED)
    if result.state == "failed":
        tell(f"effdash: {result.message}")
        raise typer.Exit(BAD_INPUT)
