"""The whole operation: a model and data in, a smaller model and a report out."""

from typing import Any

import numpy as np
import pandas as pd
from torch import nn

from effdash.models.graph import NotTraceableError
from effdash.observe.names import unwrapped
from effdash.pruning.asked import Units
from effdash.pruning.auto import search
from effdash.pruning.masks import silence
from effdash.pruning.plan import Path, Removal, plan_removals, removals_of, stays_behind
from effdash.pruning.rebuilding import rebuilt
from effdash.pruning.reference import Reference, is_prunable
from effdash.pruning.report import Report, report_on
from effdash.vocab import UserError


def plan_pruning(model: nn.Module, data: Any, method: str = "margin") -> pd.DataFrame:
    """In which order the units of a model can go, and why: one nested path, the exact stages first.

    A row a unit: `step` (those that are coupled share one), `layer`, `unit`, `stage`, `reason`, `heir`,
    `joint_order`, `pair_order`, `cost`. The model is left as it was.

    Args:
        data: A Dataset, `(X_train, y_train, X_test, y_test)`, in which the labels and the test part may be
            `None`, or the training samples alone.

    Raises:
        UserError: an unknown method; data that do not fit the model; a structure that cannot be traced.
    """
    return plan_removals(Reference.prepare(model, data), method).table()


def prune(
    model: nn.Module,
    data: Any,
    *,
    method: str = "margin",
    auto: bool = False,
    amount: float | None = None,
    units: Units | None = None,
    compensate: bool = True,
    tolerance: float = 0.0,
    masks: bool = False,
    vanish: bool = False,
) -> tuple[nn.Module, Report]:
    """A smaller model that decides as `model` does, without training, and what was done to it.

    The result is a module of the model's own class with smaller layers in place, on the same device, in the
    same dtype and mode; where units were taken over, batch norms are folded into the layers before them. The
    argument is left as it was. Labels are used for accuracies, and by the method `taylor`, alone.

    Args:
        data: As in `plan_pruning`; the training part chooses, the test part is only looked at.
        method: In which order units go: one of `plan.METHODS`.
        auto: As many as can go while every decision on the training part stays.
        amount: This share of the units that can go, at most.
        units: These, by layer, and those that are coupled with them.
        compensate: The survivors take over what redundant units said, by least squares.
        tolerance: With `auto`, the share of decisions that may change.
        masks: Silence the units by masks instead, for a model whose structure cannot be traced; with `units`,
            or with `amount`, the smallest weights first.
        vanish: All units of a layer may go where a way leads around it, and its branch with them: of `units`
            those that are named; with `auto` and `amount` branches go last. The result is then a network of
            the steps that are left, no more of the model's own class.

    Raises:
        UserError: not exactly one of `auto`, `amount` and `units`; a number out of range; units that do not
            exist, cannot go, or are all there are of a layer; and as `plan_pruning`.
    """
    _check_choice(auto=auto, amount=amount, units=units, tolerance=tolerance)
    if masks and vanish:
        raise UserError("vanish=True takes a branch out of the network; masks=True only silences units")
    if masks:
        return silence(model, data, amount=amount, units=units)
    try:
        reference = Reference.prepare(model, data)
    except NotTraceableError as error:
        hint = "masks=True silences units without making anything smaller"
        raise NotTraceableError(f"{error}; {hint}") from error
    notes: tuple[str, ...] = ()
    if units is not None:
        path = removals_of(reference, units, vanish=vanish)
        removals = path.removals
        result = rebuilt(reference, removals, compensate=compensate)
    elif amount is not None:
        path = plan_removals(reference, method, vanish=vanish)
        removals, notes = prefix_for(path, amount)
        result = rebuilt(reference, removals, compensate=compensate)
    else:
        path = plan_removals(reference, method, vanish=vanish)
        found = search(reference, path, tolerance=tolerance, compensate=compensate)
        removals, result, notes = found.removals, found.rebuilt, found.notes
    pruned = finished(model, result.model)
    return pruned, report_on(
        reference,
        model=model,
        pruned=pruned,
        path=path,
        removals=removals,
        notes=(*notes, *result.notes),
    )


def _check_choice(*, auto: bool, amount: float | None, units: Units | None, tolerance: float) -> None:
    given = [
        name
        for name, is_given in (("auto", auto), ("amount", amount is not None), ("units", units is not None))
        if is_given
    ]
    if len(given) != 1:
        what = " and ".join(given) or "none of them"
        raise UserError(f"give one of auto=True, amount=… and units=…, not {what}")
    if amount is not None and not 0 <= amount <= 1:
        raise UserError(f"amount = {amount} is out of range; it is a share of the units, from 0 to 1")
    if not 0 <= tolerance <= 1:
        raise UserError(f"tolerance = {tolerance} is out of range; it is a share of decisions, from 0 to 1")
    if tolerance and not auto:
        raise UserError("tolerance is a matter of auto=True; amount and units say themselves what goes")


def prefix_for(path: Path, amount: float) -> tuple[tuple[Removal, ...], tuple[str, ...]]:
    """As much of a path as removes at most this share of the units that can go, and what is to say of it.

    Units that are coupled, of several layers or of one, count one by one.
    """
    coupled = [sum(units.shape[1] for units in group.sites.values()) for group in path.groups]
    there_are = sum(
        group.channels * size for group, size in zip(path.groups, coupled, strict=True) if is_prunable(group)
    )
    # What is asked for in shares is meant in whole units.
    wanted = round(amount * there_are)
    along = path.along
    taken = [
        coupled[removal.group] + len(along.get(step, ()))
        for step, removal in enumerate(path.removals, start=1)
    ]
    removed = np.cumsum(taken, dtype=np.int64)
    removals = path.removals[: int(np.searchsorted(removed, wanted, side="right"))]
    can_go = int(removed[-1]) if len(removed) else 0
    if can_go < wanted:
        return removals, (f"{wanted} units were to go, but only {can_go} can: {stays_behind(path)}",)
    return removals, ()


def finished(model: nn.Module, pruned: nn.Module) -> nn.Module:
    """A rebuilt network, in place, with dtype, device, mode and gradient flags of the model it came from."""
    original = unwrapped(model)
    parameters = dict(original.named_parameters())
    first = next((p for p in parameters.values() if p.is_floating_point()), None)
    if first is not None:
        pruned.to(device=first.device, dtype=first.dtype)
    for name, parameter in pruned.named_parameters():
        like = parameters.get(name, parameters.get(name.removesuffix("bias") + "weight"))
        parameter.requires_grad_(like is None or like.requires_grad)
    modes = {path: module.training for path, module in original.named_modules()}
    for path, module in pruned.named_modules():
        module.training = modes[path]
    return pruned
