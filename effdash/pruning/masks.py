"""Units silenced by masks, for networks whose structure cannot be followed: nothing gets smaller.

The masks are those of torch.nn.utils.prune, so that they stay in force while the network is trained on.
"""

import copy
from collections.abc import Sequence
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd
from torch.nn.utils import prune as torch_prune

from effdash.observe import Layer, find_layers
from effdash.observe.names import unwrapped
from effdash.pruning.asked import Units, checked_units, would_vanish
from effdash.pruning.report import NOT_CHOSEN, REASON, Fate, Report, units_table
from effdash.pruning.samples import Samples
from effdash.pruning.size import count_parameters
from effdash.vocab import Split, UserError

Producer = nn.Linear | _ConvNd | _BatchNorm

MASKED: Final = "masked: its weights and bias are 0"


def silence(
    model: nn.Module,
    data: Any,
    *,
    amount: float | None = None,
    units: Units | None = None,
) -> tuple[nn.Module, Report]:
    """A copy of a model with masks on `units`, or on this share of all, and what they do.

    Raises:
        UserError: neither is given; no such layer or unit; a layer that cannot be masked, or wholly.
    """
    samples, network = Samples.of(data), unwrapped(model)
    layers = find_layers(network, samples.X_train[:2])
    if units is not None:
        chosen = _checked(layers, units)
    elif amount is not None:
        chosen = smallest_units(network, layers, amount)
    else:
        raise UserError(
            "masks=True needs units=… or amount=…; auto=True needs a structure that can be traced"
        )
    silenced = masked(network, chosen)
    parts = {
        Split.TRAIN: (samples.X_train, samples.y_train),
        Split.TEST: (samples.X_test, samples.y_test),
    }
    fate = Fate.of(model, silenced, parts)
    sizes = {layer.name: layer.units for layer in layers}
    gone = {(layer, unit): {REASON: MASKED} for layer, numbers in chosen.items() for unit in numbers}
    stays = {(layer, unit): NOT_CHOSEN for layer, size in sizes.items() for unit in range(size)}
    parameters = count_parameters(model)
    return silenced, Report(
        method="l2",
        table=units_table(sizes, gone, stays),
        changes=fate.changes,
        accuracy=fate.accuracy,
        parameters=(parameters, parameters - _count_masked(silenced)),
        macs=None,
        bound=fate.bound(),
        notes=("masks silence units and make nothing smaller; parameters count those in force",),
    )


def masked(model: nn.Module, units: Units) -> nn.Module:
    """A copy in which these units' weights and biases are masked, so that their pre-activations are 0.

    Raises:
        UserError: a layer whose units do not come from rows of one Linear, convolution or batch norm.
    """
    network = copy.deepcopy(model)
    for layer, removed in units.items():
        producer = producer_of(network, layer)
        rows = torch.ones(len(producer.weight), dtype=torch.bool, device=producer.weight.device)
        rows[[*removed]] = False
        for name in ("weight", "bias"):
            parameter = getattr(producer, name)
            if parameter is not None:
                shape = (-1, *[1] * (parameter.dim() - 1))
                torch_prune.custom_from_mask(producer, name, rows.view(shape).expand_as(parameter))
    return network


def smallest_units(model: nn.Module, layers: Sequence[Layer], amount: float) -> dict[str, list[int]]:
    """Of the units of all layers this share, those with the smallest weights beside their layer's mean.

    One unit of every layer stays.
    """
    candidates = []
    for layer in layers:
        norms = _norms(producer_of(model, layer.name))
        relative = norms / norms.mean().clamp_min(torch.finfo(norms.dtype).tiny)
        smallest_first = relative.argsort(stable=True)[:-1].tolist()
        candidates += [(float(relative[unit]), layer.name, unit) for unit in smallest_first]
    candidates.sort(key=lambda candidate: candidate[0])
    found: dict[str, list[int]] = {}
    for _, name, unit in candidates[: round(amount * sum(layer.units for layer in layers))]:
        found.setdefault(name, []).append(unit)
    return found


def producer_of(model: nn.Module, layer: str) -> Producer:
    """The module whose rows are a layer's units.

    Raises:
        UserError: they are no rows of one module that is known.
    """
    module = dict(model.named_modules()).get(layer)
    if isinstance(module, Producer) and module.weight is not None:
        return module
    raise UserError(
        f"layer {layer!r} cannot be masked: its units are not the rows of one Linear, convolution or norm"
    )


def _norms(producer: Producer) -> Tensor:
    """The Euclidean norm of every unit's incoming weights."""
    weight = producer.weight.detach()
    return weight.view(len(weight), -1).norm(dim=1)


def _count_masked(model: nn.Module) -> int:
    masks = (buffer for name, buffer in model.named_buffers() if name.endswith("_mask"))
    return sum(int((mask == 0).sum()) for mask in masks)


def _checked(layers: Sequence[Layer], units: Units) -> dict[str, list[int]]:
    sizes = {layer.name: layer.units for layer in layers}
    chosen = checked_units(sizes, units)
    for layer, wanted in chosen.items():
        if len(wanted) == sizes[layer]:
            raise would_vanish([layer])
    return chosen
