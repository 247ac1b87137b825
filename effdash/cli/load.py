"""`effdash load`: a model from a file, looked at and kept as a run; several checkpoints as its epochs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from effdash.cli.folder import chosen_folder
from effdash.cli.models import (
    ArchitectureOption,
    Brought,
    GuessedActivation,
    InputShape,
    Label,
    Missing,
    NoLabel,
    Standardise,
    Trust,
)
from effdash.cli.options import AsJson, Runs
from effdash.cli.output import answer, share, table
from effdash.cli.progress import counted_off

if TYPE_CHECKING:
    import pandas as pd

    from effdash.loading import LoadedModel, ModelLook


def load_models(
    models: Annotated[
        list[str],
        typer.Argument(
            metavar="MODEL [MODEL ...]",
            help="A model file: .onnx, .safetensors, a state dict of torch, or .pt2 with --trust; several "
            "are checkpoints of one network, put in order by the numbers in their names.",
            show_default=False,
        ),
    ],
    data: Annotated[
        str,
        typer.Option(
            metavar="NAME_OR_FILE",
            help="A data set, or a file or folder of somebody's own.",
            show_default=False,
        ),
    ],
    *,
    label: Label = None,
    missing: Missing = None,
    no_label: NoLabel = False,
    architecture: ArchitectureOption = None,
    activation: GuessedActivation = None,
    input_shape: InputShape = None,
    standardise: Standardise = None,
    trust: Trust = False,
    name: Annotated[
        str | None, typer.Option(help="What the run is called (default: as the file).", show_default=False)
    ] = None,
    runs: Runs = None,
    as_json: AsJson = False,
) -> None:
    """Open a model file, say what is in it, and keep it as a run, for Units, Permutations and Prune."""
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
    folder = chosen_folder(runs)
    from effdash.loading import epochs_of, look_at, make_run

    order = sorted(zip(epochs_of([Path(model).name for model in models]), models, strict=True))
    found = brought.read(data, models[0])
    epoch, last = order[-1]
    loaded = brought.load(last, found)
    look = look_at(loaded, found)
    if len(order) == 1:
        run_id = make_run(loaded, found, folder, name=name)
    else:
        checkpoints = ((number, brought.load(model, found)) for number, model in order)
        with counted_off("checkpoints", len(order), silent=as_json) as done:
            run_id = make_run(checkpoints, found, folder, name=name, on_epoch=done)
    values = {
        "run": run_id,
        "path": str(folder / f"{run_id}.effdash"),
        "epochs": [number for number, _ in order] if len(order) > 1 else [0],
        "data": data,
        "kind": loaded.kind,
        "input_shape": loaded.input_shape,
        "layers": _records(look.layers),
        "answers": _records(look.answers),
        "accuracy": {"train": look.accuracy_train, "test": look.accuracy_test},
        "input": look.input_words,
        "guess": list(loaded.guess),
        "notes": [*loaded.notes, *look.notes],
        "not_understood": list(look.not_understood),
        "difference": loaded.difference,
    }
    title = f"Run {run_id} · {loaded.kind} {Path(last).name} on {Path(data).name}"
    if len(order) > 1:
        title += f" · {len(order)} checkpoints, epochs {order[0][0]} to {epoch}; of the last:"
    answer(values, "\n".join([title, *_lines(loaded, look)]), as_json=as_json)


def _records(rows: "pd.DataFrame") -> list[dict[str, Any]]:
    """Rows as plain values."""
    return [
        {str(name): value.item() if hasattr(value, "item") else value for name, value in row.items()}
        for row in rows.to_dict("records")
    ]


def _lines(loaded: "LoadedModel", look: "ModelLook") -> list[str]:
    """What there is to see of a model, as text."""
    layers = [
        (row["layer"], row["activation"], str(row["units"]), row["consumer"], row["why_not"] or "yes")
        for row in _records(look.layers)
    ]
    answers = [
        (str(row["sample"]), row["label"] or "–", row["answer"], share(row["probability"]))
        for row in _records(look.answers)
    ]
    split = look.answers["split"].iloc[0]
    accuracies = ", ".join(
        f"{share(value)} on {part}"
        for part, value in (("train", look.accuracy_train), ("test", look.accuracy_test))
        if value is not None
    )
    lines = [look.input_words, ""]
    lines += [table(("layer", "activation", "units", "read by", "can be pruned"), layers), ""]
    lines += [table((split, "label", "answer", "probability"), answers)]
    lines += [f"Accuracy {accuracies}: is that what you expect?"] if accuracies else []
    lines += ["", *(f"Guessed: {sentence}." for sentence in loaded.guess)] if loaded.guess else []
    lines += [f"Note: {note}." for note in (*loaded.notes, *look.notes)]
    lines += [f"Not understood: {sentence}." for sentence in look.not_understood]
    if loaded.difference is not None:
        lines.append(f"Largest difference to onnxruntime's answers: {loaded.difference:.2g}.")
    return lines
