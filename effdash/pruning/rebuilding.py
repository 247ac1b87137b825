"""From a list of removed units to the smaller network."""

import copy
from collections.abc import Sequence

from torch import nn

from effdash.decision import logits_of
from effdash.pruning.compensation import Rebuilt, compensated
from effdash.pruning.reference import Reference
from effdash.pruning.removal import Removal
from effdash.pruning.stages import Stage
from effdash.pruning.surgery import Cut, cut_out, hand_over


def rebuild(reference: Reference, removals: Sequence[Removal], *, compensate: bool = True) -> nn.Module:
    """The network without these units: of the model's own class, float64, on the CPU, in eval mode.

    Dead and constant units and twins leave without a trace: what they say goes exactly into what follows.
    With `compensate`, where redundant ones go as well, the layers that hear of it are solved anew; otherwise
    they are simply cut out.
    """
    return rebuilt(reference, removals, compensate=compensate).model


def rebuilt(reference: Reference, removals: Sequence[Removal], *, compensate: bool = True) -> Rebuilt:
    """As `rebuild`, with what the network says of the pruning data."""
    if compensate and any(removal.stage is Stage.REDUNDANT for removal in removals):
        return compensated(reference, removals)
    model = copy.deepcopy(reference.model)
    hand_over(model, reference, removals)
    cut_out(model, Cut.of(model, reference.groups, removals))
    logits = logits_of(model, reference.X) if removals else reference.logits
    return Rebuilt(model, logits, last=None, notes=())
