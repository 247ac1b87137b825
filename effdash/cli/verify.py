"""`effdash verify`: whether a pruned network decides as the original does, checked from their files alone."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from effdash.cli.decisions import Verdict, facts, in_full, overview
from effdash.cli.folder import find_run, open_folder
from effdash.cli.options import AsJson, Runs
from effdash.cli.output import DECISION_CHANGED, answer
from effdash.cli.samples import Part, parts_of

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor, nn

    from effdash.runs import Run, RunFolder


def verify(
    *,
    original: Annotated[
        str, typer.Argument(metavar="ORIGINAL", help="The original run: id or file.", show_default=False)
    ],
    pruned: Annotated[
        str,
        typer.Argument(
            metavar="PRUNED",
            help="The pruned network: a run's id or file, or an exported .onnx file, which onnxruntime runs.",
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
    runs: Runs = None,
    as_json: AsJson = False,
) -> None:
    """Check that a pruned network decides as the original does; exit code 1 if a decision changed."""
    folder = open_folder(runs)
    before = find_run(folder, original)
    after = _answering(folder, pruned, before)
    name, parts = parts_of(before, data, split)
    model = before.model()
    verdicts = [_verdict(model, after, part) for part in parts]
    changed = sum(verdict.changes.count for verdict in verdicts)
    values = {
        "original": before.id,
        "pruned": after.name,
        "data": name,
        "samples": sum(verdict.changes.samples for verdict in verdicts),
        "changed": changed,
        "parts": [facts(verdict) for verdict in verdicts],
    }
    lines = [f"Original {before.id} · pruned {after.name} · on {name}", overview(verdicts)]
    for verdict in verdicts:
        lines += ["", *in_full(verdict)]
    answer(values, "\n".join(lines), as_json=as_json)
    if changed:
        raise typer.Exit(DECISION_CHANGED)


class Answering(NamedTuple):
    """A network that is asked for its decisions, whatever runs it."""

    name: str
    logits: "Callable[[Tensor], np.ndarray]"


def _answering(folder: "RunFolder", pruned: str, before: "Run") -> Answering:
    """The pruned network, by its run or by its ONNX file.

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
    after = find_run(folder, pruned)
    _refuse_strangers(before, after)
    model = after.model()
    return Answering(after.id, lambda X: logits_of(model, X))


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
