"""`effdash verify`: whether a pruned network decides as the original does, checked from their files alone."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from effdash.cli.brought import Brought, takes_a_model
from effdash.cli.decisions import Verdict, facts, in_full, overview
from effdash.cli.folder import find_run, open_folder
from effdash.cli.models import as_run, is_model, open_model
from effdash.cli.options import AsJson, Runs
from effdash.cli.output import DECISION_CHANGED, answer
from effdash.cli.samples import Part, parts_of

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor, nn

    from effdash.runs import Run, RunFolder


@takes_a_model
def verify(
    *,
    original: Annotated[
        str,
        typer.Argument(
            metavar="ORIGINAL",
            help="The original: a run's id or file; or a model file, which needs --data.",
            show_default=False,
        ),
    ],
    pruned: Annotated[
        str,
        typer.Argument(
            metavar="PRUNED",
            help="The pruned network: a run's id or file, a model file, or an exported .onnx file, which "
            "onnxruntime runs.",
            show_default=False,
        ),
    ],
    data: Annotated[
        str | None,
        typer.Option(
            metavar="NAME_OR_FILE",
            help="A data set, or a file of samples as the network takes them: .npz with X (and y), .csv or "
            ".parquet with a column a feature (and y) (default: the original's own data).",
            show_default=False,
        ),
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="train or test (default: both).", show_default=False)
    ] = None,
    brought: Brought,
    runs: Runs = None,
    as_json: AsJson = False,
) -> None:
    """Check that a pruned network decides as the original does; exit code 1 if a decision changed."""
    folder = open_folder(runs)
    if is_model(original):
        opened = open_model(original, data, brought)
        with as_run(opened) as before:
            after = _answering(folder, pruned, before, brought)
            _, verdicts = _verdicts(before, after, None, split)
        first, name = original, opened.name
    else:
        brought.refuse_with_a_run(beside_a_model=is_model(pruned))
        before = find_run(folder, original)
        after = _answering(folder, pruned, before, brought)
        name, verdicts = _verdicts(before, after, data, split)
        first = before.id
    changed = sum(verdict.changes.count for verdict in verdicts)
    values = {
        "original": first,
        "pruned": after.name,
        "data": name,
        "samples": sum(verdict.changes.samples for verdict in verdicts),
        "changed": changed,
        "parts": [facts(verdict) for verdict in verdicts],
    }
    lines = [f"Original {first} · pruned {after.name} · on {name}", overview(verdicts)]
    for verdict in verdicts:
        lines += ["", *in_full(verdict)]
    answer(values, "\n".join(lines), as_json=as_json)
    if changed:
        raise typer.Exit(DECISION_CHANGED)


def _verdicts(
    before: "Run", after: "Answering", data: str | None, split: str | None
) -> tuple[str, list[Verdict]]:
    """What the data are called, and what came of asking both about every part of them."""
    name, parts = parts_of(before, data, split)
    model = before.model()
    return name, [_verdict(model, after, part) for part in parts]


class Answering(NamedTuple):
    """A network that is asked for its decisions, whatever runs it."""

    name: str
    logits: "Callable[[Tensor], np.ndarray]"


def _answering(folder: "RunFolder", pruned: str, before: "Run", brought: Brought) -> Answering:
    """The pruned network, by its run or by its file.

    Raises:
        UserError: there is none, or it cannot be asked about the samples of the original.
    """
    from effdash.decision import logits_of
    from effdash.decision.exported import SUFFIX, ExportedNetwork
    from effdash.vocab import UserError

    if Path(pruned).suffix.lower() == SUFFIX:
        exported = ExportedNetwork(pruned)
        if not exported.takes(before.input_shape):
            raise UserError(
                f"run {before.id!r} takes inputs of shape {before.input_shape}, "
                f"{pruned} of shape {exported.input_shape}: their decisions cannot be compared"
            )
        return Answering(pruned, exported.logits)
    if is_model(pruned):
        return _of_file(pruned, before, brought)
    after = find_run(folder, pruned)
    _refuse_strangers(before, after)
    model = after.model()
    return Answering(after.id, lambda X: logits_of(model, X))


def _of_file(pruned: str, before: "Run", brought: Brought) -> Answering:
    """A model in a file, asked about the samples of the original.

    Raises:
        UserError: it cannot be opened, or takes samples of another shape.
    """
    from effdash.decision import logits_of
    from effdash.loading import fit

    data = before.data()
    fitted = fit(brought.load(pruned, data), data)
    shape, model = fitted.data.input_shape, fitted.loaded.model
    return Answering(pruned, lambda X: logits_of(model, X.reshape(len(X), *shape)))


def _refuse_strangers(before: "Run", after: "Run") -> None:
    """Raises `UserError` where two runs cannot be asked about the same samples."""
    from effdash.vocab import UserError

    if before.input_shape != after.input_shape:
        raise UserError(
            f"run {before.id!r} takes inputs of shape {before.input_shape}, "
            f"run {after.id!r} of shape {after.input_shape}: their decisions cannot be compared"
        )
    if before.n_classes != after.n_classes:
        raise UserError(
            f"run {before.id!r} knows {before.n_classes} classes, run {after.id!r} {after.n_classes}: "
            "their decisions cannot be compared"
        )


def _verdict(model: "nn.Module", after: Answering, part: Part) -> Verdict:
    from effdash.decision import Bound, compare, held_out_bound, logits_of
    from effdash.decision.bounds import LEVEL

    changes = compare(logits_of(model, part.X), after.logits(part.X))
    bound = (
        held_out_bound(changes.count, changes.samples, held_out=True)
        if part.no_bound is None
        else Bound(None, LEVEL, part.no_bound)
    )
    accuracies = None
    if part.y is not None:
        y = part.y.numpy()
        accuracies = float((changes.before == y).mean()), float((changes.after == y).mean())
    return Verdict(part.name, changes, bound, accuracies)
