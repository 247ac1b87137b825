"""All that the report of a pruning tells: what was pruned, what came of it, and how to repeat it."""

import copy
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Int64
from torch import nn

from effdash import vocab
from effdash.data import Dataset
from effdash.decision import Changes, Plane
from effdash.observe import observe
from effdash.pruning.audit import Audit
from effdash.pruning.choice import Choice
from effdash.pruning.curves import MethodPath, agreement_along
from effdash.pruning.export import units_with_notes
from effdash.pruning.named_answers import with_answers
from effdash.pruning.narrowing import most
from effdash.pruning.operation import finished
from effdash.pruning.outcome import Outcome
from effdash.pruning.plan_file import applies_to, hash_of_weights, plan_json
from effdash.pruning.plane_view import PlaneView, default_plane, view_plane
from effdash.pruning.reference import Reference
from effdash.pruning.report import Report, report_on
from effdash.pruning.samples import Samples
from effdash.pruning.why import why_table
from effdash.runs import Run
from effdash.runs.settings import config_or_none
from effdash.training.recording import versions
from effdash.vocab import Split

CURVE_POINTS: Final = 21
PICTURES: Final = 60
"""So many changed samples are shown as pictures, where they are some."""


@dataclass(frozen=True, eq=False)
class Dossier:
    """A pruning as tables and plain words. Nothing in it has to be looked up elsewhere."""

    name: str
    """What the pruned-from run is called."""
    made: datetime
    choice: Choice
    report: Report
    units: pd.DataFrame
    """`report.table` with `status` (on the pruning data, before), `pin` and `note`."""
    class_names: tuple[str, ...]
    origin: Mapping[str, str]
    """What was pruned, on which data: names and what stands for them."""
    fingerprints: Mapping[str, str]
    """SHA-256 of the weights before and after, and of the data."""
    versions: Mapping[str, str]
    command: str
    """What gives the same network again, with the file of this name beside it."""
    plan: str
    """The choice and what it applies to, as JSON."""
    changed: pd.DataFrame
    """A row a sample whose decision changed: `split`, `point` (its number there), `class`, `before`, `after`,
    `margin_before`, `margin_left`, `probability_change`; classes are numbers."""
    pictures: Mapping[tuple[str, int], Float[np.ndarray, "rows columns"]]
    """Of the first changed samples, in [0, 1], by split and number; empty where samples are no images."""
    latency: pd.DataFrame | None
    """See `measure_latency`; `None`: it was not measured."""
    curve: pd.DataFrame
    """Same answers along the plan, without what is fixed by hand: `removed`, and a column a split."""
    paths: pd.DataFrame
    """The same of all methods, as far as they were computed: `method`, `compensated`, `removed`,
    `agreement`, on test where there is a test part."""
    audit: Audit | None
    """On samples of a file; `None`: there was none."""
    view: PlaneView | None
    """`None` where no plane can be laid through the data."""
    pruned: nn.Module
    """The smaller network."""


def dossier_of(
    reference: Reference,
    outcome: Outcome,
    model: nn.Module,
    data: Dataset,
    run: Run,
    *,
    epoch: int | None = None,
    file: str = "report.html",
    notes: Mapping[tuple[str, int], str] | None = None,
    latency: pd.DataFrame | None = None,
    paths: Sequence[MethodPath] = (),
    plane: Plane | None = None,
    audit: Audit | None = None,
    handed: tuple[nn.Module, Report] | None = None,
) -> Dossier:
    """Gathers what there is to tell of `outcome`, of `model` as `run` kept it at `epoch` (`None`: its last).

    Args:
        file: What the report will be called; the command names it.
        notes: What a person wrote to units.
        latency: As `measure_latency` found it.
        paths: How all methods fare, as far as that is known.
        plane: Where the decision function is drawn; by default where the page draws it first.
        audit: What became of the decisions about samples of a file.
        handed: What `hand_out` gave for this outcome, where it is there already.

    Raises:
        UserError: the run keeps no weights up to `epoch`.
    """
    at, _ = run.weights(epoch)
    pruned, report = handed or hand_out(reference, outcome, model)
    applies = applies_to(model, data, run_id=run.id, epoch=at)
    fingerprints = {
        "weights before": applies.weights,
        "weights after": hash_of_weights(pruned),
        "data": applies.data,
        **({} if audit is None else {f"audit, {audit.name}": audit.fingerprint}),
    }
    origin = _origin(run, at, data)
    data = with_answers(data, model, reference)
    changed = _changed(report.changes, reference, data)
    plane = plane or default_plane(data)
    return Dossier(
        name=run.name,
        made=datetime.now(UTC),
        choice=outcome.choice,
        report=report,
        units=units_told(reference, report.table, notes or {}),
        class_names=data.class_names,
        origin=origin,
        fingerprints=fingerprints,
        versions=versions(),
        command=_command(run, at, file),
        plan=plan_json(outcome.choice, applies),
        changed=changed,
        pictures=_pictures(changed, data),
        latency=latency,
        curve=_curve(reference, outcome),
        paths=paths_table(paths),
        audit=audit,
        view=None if plane is None else view_plane(model, pruned, data, plane),
        pruned=pruned,
    )


def hand_out(reference: Reference, outcome: Outcome, model: nn.Module) -> tuple[nn.Module, Report]:
    """The smaller network of an outcome, in the dtype and mode of `model`, and the report on it."""
    pruned = finished(model, copy.deepcopy(outcome.rebuilt.model))
    report = report_on(
        reference,
        model=model,
        pruned=pruned,
        path=outcome.path,
        removals=outcome.removals,
        notes=outcome.notes,
    )
    return pruned, replace(report, table=why_table(reference, outcome))


def paths_table(paths: Sequence[MethodPath]) -> pd.DataFrame:
    """`method`, `compensated`, `removed` and `agreement`, a row a point."""
    parts = [
        pd.DataFrame(
            {
                "method": one.method,
                "compensated": one.compensated,
                "removed": one.amounts,
                "agreement": one.agreement,
            }
        )
        for one in paths
    ]
    empty = pd.DataFrame(columns=["method", "compensated", "removed", "agreement"])
    return pd.concat(parts, ignore_index=True) if parts else empty


def units_told(reference: Reference, why: pd.DataFrame, notes: Mapping[tuple[str, int], str]) -> pd.DataFrame:
    """A table as `why_table`, with the `status` of every unit on the pruning data, and the notes to it."""
    seen = observe(reference.model, reference.X).units_table()
    keys = [vocab.LAYER, vocab.UNIT]
    table = why.merge(seen[[*keys, vocab.STATUS]], on=keys, how="left", validate="one_to_one")
    return units_with_notes(table, notes)


def _command(run: Run, epoch: int, file: str) -> str:
    words = ["effdash", "prune", run.id, "--plan", file]
    if epoch != run.checkpoints()[-1]:
        words += ["--epoch", str(epoch)]
    return shlex.join(words)


def _origin(run: Run, epoch: int, data: Dataset) -> dict[str, str]:
    config = config_or_none(run)
    shape = " × ".join(map(str, data.input_shape))
    told = {
        "run": run.id,
        "name": run.name,
        "epoch": f"{epoch:,}",
        "data": config.data.name if config else "the run's own",
        "samples": f"{len(data.X_train):,} train, {len(data.X_test):,} test, of {shape}",
        "classes": f"{data.n_classes:,}" if data.n_classes else "none; the answers are compared",
        "layers": ", ".join(f"{layer.name} ({layer.kind}, {layer.units:,})" for layer in run.layers),
    }
    if run.parent is not None:
        told["parent run"] = run.parent
    return told


def _changed(changes: Mapping[str, Changes], reference: Reference, data: Dataset) -> pd.DataFrame:
    numbers = {Split.TRAIN: _looked_at(reference, data), Split.TEST: np.arange(len(data.X_test))}
    labels = {Split.TRAIN: data.y_train, Split.TEST: data.y_test}
    parts = []
    for split, seen in changes.items():
        which = seen.which
        points = numbers[Split(split)][which]
        parts.append(
            pd.DataFrame(
                {
                    vocab.SPLIT: str(split),
                    vocab.POINT: points,
                    "class": labels[Split(split)].numpy()[points],
                    "before": seen.before[which],
                    "after": seen.after[which],
                    "margin_before": seen.margin_before[which],
                    "margin_left": seen.margin_left[which],
                    "probability_change": seen.probability_change[which],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _looked_at(reference: Reference, data: Dataset) -> Int64[np.ndarray, " n"]:
    """The numbers of the training samples that the reference looked at."""
    if len(reference.X) == reference.total:
        return np.arange(reference.total)
    return Samples.of(data).rows(len(reference.X), reference.seed).numpy()


def _pictures(changed: pd.DataFrame, data: Dataset) -> dict[tuple[str, int], np.ndarray]:
    """The first channel of the first changed samples, from the darkest to the lightest value of them all."""
    if data.image_shape is None or not len(changed):
        return {}
    shown = [
        (str(split), int(point))
        for split, point in changed[[vocab.SPLIT, vocab.POINT]].head(PICTURES).itertuples(index=False)
    ]
    X = torch.stack(
        [(data.X_train if split == Split.TRAIN else data.X_test)[point] for split, point in shown]
    )
    images = (X * data.scale + data.mean).reshape(-1, *data.image_shape)[:, 0].double().numpy()
    low, high = images.min(), images.max()
    images = (images - low) / (high - low or 1.0)
    return dict(zip(shown, images, strict=True))


def _curve(reference: Reference, outcome: Outcome) -> pd.DataFrame:
    can_go = most(reference, outcome.plan, Choice(outcome.choice.method))
    amounts: Sequence[int] = np.unique(np.linspace(0, can_go, CURVE_POINTS).round().astype(int)).tolist()
    splits = [Split.TRAIN] if reference.X_test is None else list(Split)
    told = {
        str(split): agreement_along(
            reference, outcome.plan, amounts, compensate=outcome.choice.compensate, split=split
        )
        for split in splits
    }
    return pd.DataFrame({"removed": amounts, **told})
