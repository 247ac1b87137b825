"""What pruning did: every unit with its reason, and how the network fares after it."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from effdash.decision import Bound, Changes, compare, held_out_bound, logits_of
from effdash.models.graph import trace_graph
from effdash.pruning.plan import Path, Removal
from effdash.pruning.reference import Reference, why_locked
from effdash.pruning.size import count_macs, count_parameters
from effdash.vocab import LAYER, SPLIT, UNIT, Split

KEPT: Final = "kept"
STAGE: Final = "stage"
REASON: Final = "reason"
EXPLAINED: Final = (STAGE, REASON, "heir", "joint_order", "pair_order", "cost")
"""Columns of the table beside `layer`, `unit` and `kept`, as in a plan."""

NOT_CHOSEN: Final = "kept: nothing asks for it to go"


@dataclass(frozen=True, eq=False)
class Report:
    """What a pruning removed and what it did to the decisions."""

    method: str
    table: pd.DataFrame
    """One row a unit: `layer`, `unit`, `kept`, `stage` (missing if kept), `reason`, `heir`, `joint_order`,
    `pair_order`, `cost`. A kept unit's reason says why it stays."""
    changes: Mapping[str, Changes]
    """By split, of the decisions of the model as it was given."""
    accuracy: Mapping[str, tuple[float, float]]
    """By split that has labels: before and after."""
    parameters: tuple[int, int]
    """Before and after."""
    macs: tuple[int, int] | None
    """Multiply-adds for one sample, before and after; `None` where the steps of the network are not known."""
    bound: Bound
    """Of the share of decisions that change on samples like the test data."""
    notes: tuple[str, ...]
    """What else a person should know, in sentences."""

    @property
    def units(self) -> int:
        """Units there were, in all layers."""
        return len(self.table)

    @property
    def removed(self) -> int:
        return int((~self.table[KEPT]).sum())

    def layers(self) -> pd.DataFrame:
        """One row a layer: `layer`, `units` before, `left` after."""
        grouped = self.table.groupby(LAYER, sort=False)[KEPT]
        return grouped.agg(units="size", left="sum").reset_index()

    def summary(self) -> pd.DataFrame:
        """A row a split: `split`, `samples`, `changed`, `agreement`, `accuracy_before`, `accuracy_after`."""
        rows = []
        for split, changes in self.changes.items():
            before, after = self.accuracy.get(split, (float("nan"), float("nan")))
            rows.append(
                {
                    SPLIT: split,
                    "samples": changes.samples,
                    "changed": changes.count,
                    "agreement": changes.agreement,
                    "accuracy_before": before,
                    "accuracy_after": after,
                }
            )
        return pd.DataFrame(rows)


@dataclass(frozen=True, eq=False)
class Fate:
    """How the decisions of a network fare, with the accuracies where there are labels, by split."""

    changes: Mapping[str, Changes]
    accuracy: Mapping[str, tuple[float, float]]

    @classmethod
    def of(
        cls, before: nn.Module, after: nn.Module, parts: Mapping[Split, tuple[Tensor | None, Tensor | None]]
    ) -> "Fate":
        """Compares two networks on the samples (and labels) of each split that has some."""
        changes: dict[str, Changes] = {}
        accuracy: dict[str, tuple[float, float]] = {}
        for split, (X, y) in parts.items():
            if X is None:
                continue
            seen = changes[split] = compare(logits_of(before, X), logits_of(after, X))
            if y is not None:
                labels = y.cpu().numpy()
                accuracy[split] = (
                    np.mean(seen.before == labels).item(),
                    np.mean(seen.after == labels).item(),
                )
        return cls(changes, accuracy)

    def bound(self) -> Bound:
        """On the share of decisions that change; the data that chose the units carry none."""
        held_out = Split.TEST in self.changes
        changes = self.changes[Split.TEST if held_out else Split.TRAIN]
        return held_out_bound(changes.count, changes.samples, held_out=held_out)


def units_table(
    layers: Mapping[str, int],
    removed: Mapping[tuple[str, int], Mapping[str, Any]],
    stays: Mapping[tuple[str, int], str],
) -> pd.DataFrame:
    """One row a unit of `layers` (name: size): what took those that were `removed`, why the others stay."""
    rows = []
    for layer, size in layers.items():
        for unit in range(size):
            taken = removed.get((layer, unit))
            row = {LAYER: layer, UNIT: unit, KEPT: taken is None}
            explained: Mapping[str, Any] = {REASON: stays[layer, unit]} if taken is None else taken
            rows.append(row | {column: explained.get(column) for column in EXPLAINED})
    table = pd.DataFrame(rows, columns=[LAYER, UNIT, KEPT, *EXPLAINED])
    return table.astype({"joint_order": float, "pair_order": float, "cost": float})


def units_table_on(
    reference: Reference,
    path: Path,
    removals: Sequence[Removal],
    stays: Mapping[tuple[str, int], str] = MappingProxyType({}),
) -> pd.DataFrame:
    """One row a unit: what took those that `removals`, the first of `path`, remove, and why the others stay.

    `stays` says so of those of which the path does not.
    """
    steps = path.table()
    taken = steps["step"] <= len(removals)
    sizes = {layer.name: layer.units for layer in reference.layers}
    why_kept = _why_kept(reference, steps[~taken], len(removals), len(path.removals))
    return units_table(sizes, _by_unit(steps[taken]), why_kept | {**stays})


def report_on(
    reference: Reference,
    *,
    model: nn.Module,
    pruned: nn.Module,
    path: Path,
    removals: Sequence[Removal],
    notes: Sequence[str],
) -> Report:
    """The report on a model and what became of it, both as they are handed out.

    `removals` are the first of `path`.
    """
    parts = {
        Split.TRAIN: (reference.X, reference.y_train),
        Split.TEST: (reference.X_test, reference.y_test),
    }
    fate = Fate.of(model, pruned, parts)
    smaller = copy.deepcopy(pruned).to(device="cpu", dtype=torch.float64).eval()
    sample = reference.X[:1]
    return Report(
        method=path.method,
        table=units_table_on(reference, path, removals),
        changes=fate.changes,
        accuracy=fate.accuracy,
        parameters=(count_parameters(model), count_parameters(pruned)),
        macs=(
            count_macs(reference.model, reference.graph, sample),
            count_macs(smaller, trace_graph(smaller, sample), sample),
        ),
        bound=fate.bound(),
        notes=tuple(dict.fromkeys((*path.notes, *notes))),
    )


def _by_unit(steps: pd.DataFrame) -> dict[tuple[str, int], dict[str, Any]]:
    columns = [str(column) for column in steps.columns]
    rows = (dict(zip(columns, row, strict=True)) for row in steps.itertuples(index=False))
    return {(row[LAYER], row[UNIT]): row for row in rows}


def _why_kept(reference: Reference, later: pd.DataFrame, taken: int, of: int) -> dict[tuple[str, int], str]:
    """Of every unit; `later` are the steps of the path that were not taken: `taken` were, `of` so many."""
    words: dict[tuple[str, int], str] = {}
    for number, group in enumerate(reference.groups):
        why = NOT_CHOSEN if number in reference.prunable else f"kept: {why_locked(group)}"
        words |= {
            (layer, unit): why for layer, units in group.sites.items() for unit in units.ravel().tolist()
        }
    for unit, step in _by_unit(later).items():
        ahead = int(step["step"]) - taken - 1
        turn = "it would go next" if not ahead else f"{ahead:,} would go before it"
        why = str(step[REASON]).removeprefix(f"{step[STAGE]}: ")
        words[unit] = f"kept: {turn}, of {of - taken:,} that still could; {why}"
    return words
