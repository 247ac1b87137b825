"""`effdash load`: a model from a file, looked at and kept as a run; several checkpoints as its epochs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from effdash.cli.brought import Brought, takes_a_model
from effdash.cli.folder import chosen_folder
from effdash.cli.models import open_model
from effdash.cli.options import AsJson, Runs
from effdash.cli.output import answer, records, share, table
from effdash.cli.progress import counted_off

if TYPE_CHECKING:
    from effdash.loading import LoadedModel, ModelLook


@takes_a_model
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
    brought: Brought,
    name: Annotated[
        str | None, typer.Option(help="What the run is called (default: as the file).", show_default=False)
    ] = None,
    runs: Runs = None,
    as_json: AsJson = False,
) -> None:
    """Open a model file, say what is in it, and keep it as a run, for Units, Permutations and Prune."""
    folder = chosen_folder(runs)
    from effdash.loading import epochs_of, look_at, make_run
    from effdash.runs.names import path_of

    order = sorted(zip(epochs_of([Path(model).name for model in models]), models, strict=True))
    epoch, last = order[-1]
    loaded, found, called = open_model(last, data, brought)
    look = look_at(loaded, found)
    if len(order) == 1:
        run_id = make_run(loaded, found, folder, name=name)
    else:
        checkpoints = ((number, brought.load(model, found)) for number, model in order)
        with counted_off("checkpoints", len(order), silent=as_json) as done:
            run_id = make_run(checkpoints, found, folder, name=name, on_epoch=done)
    values = {
        "run": run_id,
        "path": str(path_of(folder, run_id)),
        "epochs": [number for number, _ in order] if len(order) > 1 else [0],
        "data": data,
        "kind": loaded.kind,
        "input_shape": loaded.input_shape,
        "layers": records(look.layers),
        "answers": records(look.answers),
        "accuracy": {"train": look.accuracy_train, "test": look.accuracy_test},
        "input": look.input_words,
        "guess": list(loaded.guess),
        "notes": [*loaded.notes, *look.notes],
        "not_understood": list(look.not_understood),
        "difference": loaded.difference,
    }
    title = f"Run {run_id} · {loaded.kind} {Path(last).name} on {called}"
    if len(order) > 1:
        title += f" · {len(order)} checkpoints, epochs {order[0][0]} to {epoch}; of the last:"
    answer(values, "\n".join([title, *_lines(loaded, look)]), as_json=as_json)


def _lines(loaded: "LoadedModel", look: "ModelLook") -> list[str]:
    """What there is to see of a model, as text."""
    layers = [
        (row["layer"], row["activation"], str(row["units"]), row["consumer"], row["why_not"] or "yes")
        for row in records(look.layers)
    ]
    answers = [
        (str(row["sample"]), row["label"] or "–", row["answer"], share(row["probability"]))
        for row in records(look.answers)
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
