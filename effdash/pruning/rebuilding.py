"""From a list of removed units to the smaller network."""

import copy
from collections.abc import Sequence
from dataclasses import replace

from torch import nn

from effdash.decision import logits_of
from effdash.pruning.branches import Branch, silent_value, vanished, without_branches
from effdash.pruning.compensation import Rebuilt, compensated
from effdash.pruning.consumers import pausing
from effdash.pruning.reference import Reference
from effdash.pruning.removal import Removal
from effdash.pruning.stages import Stage
from effdash.pruning.steps import OnPart, unheard
from effdash.pruning.surgery import Cut, cut_out, hand_over


def rebuild(reference: Reference, removals: Sequence[Removal], *, compensate: bool = True) -> nn.Module:
    """The network without these units: of the model's own class, float64, on the CPU, in eval mode.

    Dead and constant units and twins leave without a trace: what they say goes exactly into what follows.
    With `compensate`, where redundant ones go as well, the layers that hear of it are solved anew; otherwise
    they are simply cut out. Where all units of a branch go, so does the branch: the network is then a
    `GraphModel`, whose steps are those that are left.
    """
    return rebuilt(reference, removals, compensate=compensate).model


def rebuilt(
    reference: Reference,
    removals: Sequence[Removal],
    *,
    compensate: bool = True,
    on_part: OnPart = unheard,
) -> Rebuilt:
    """As `rebuild`, with what the network says of the pruning data; `on_part` is called at each layer."""
    branches = vanished(reference, removals)
    if compensate and any(removal.stage is Stage.REDUNDANT for removal in removals):
        result = compensated(reference, removals, on_part)
        return replace(result, notes=(*result.notes, *_gone(branches)))
    model = copy.deepcopy(reference.model)
    hand_over(model, reference, removals)
    cut_out(model, Cut.of(model, reference.groups, removals))
    if branches:
        said = {branch: silent_value(model, reference.graph, branch) for branch in branches}
        model = without_branches(model, reference.graph, said)
    logits = logits_of(pausing(model, on_part), reference.X) if removals else reference.logits
    return Rebuilt(model, logits, last=None, notes=_gone(branches))


def _gone(branches: Sequence[Branch]) -> tuple[str, ...]:
    return tuple(
        f"the branch of {' and '.join(branch.layers)} is gone: what leads around it goes on alone"
        for branch in branches
    )
