"""What a click does to a large network, at once and nearly: one layer is solved again, on some samples."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Final

import numpy as np
import torch
from jaxtyping import Float64, Int64
from torch import Tensor, nn

from effdash.decision import Changes, class_logits, compare
from effdash.pruning.baseline import Baseline
from effdash.pruning.consumers import overheard
from effdash.pruning.downdating import Downdate
from effdash.pruning.homes import homes_of
from effdash.pruning.outcome import Outcome
from effdash.pruning.pins import coupled_with
from effdash.pruning.reference import Reference
from effdash.pruning.surgery import Cut, axis_of, read_by, weighted
from effdash.training.probe import stratified
from effdash.vocab import UserError

LOOKED_AT: Final = 1_024
"""On so many training samples."""


@dataclass(frozen=True, eq=False)
class Approximate:
    """What became of the decisions about some training samples, nearly."""

    changes: Changes
    rows: Int64[np.ndarray, " row"]
    """The numbers of those training samples."""
    total: int
    """How many training samples there are."""


def approximate(reference: Reference, outcome: Outcome, layer: str, unit: int) -> Approximate:
    """The pruned network with one unit the other way about, before it is rebuilt.

    The layers that hear the unit take over what it said, or hand that back, by one step of least squares; all
    others stay as they are. Meant for networks that take long to rebuild.

    Raises:
        UserError: no such layer or unit; it cannot go, or is the last one; what hears it is too large for
            this, a grouped convolution, or followed by a batch norm that is folded into it.
    """
    coupled_with(reference, layer, unit)
    home = homes_of(reference)[layer]
    number, channel = int(home.groups[unit]), int(home.channels[unit])
    standing = reference.remembered("standing", partial(_Standing, reference), 1)(outcome)
    logits = standing.turned(number, channel)
    return Approximate(compare(reference.logits[standing.rows], logits), standing.rows, reference.total)


Change = tuple[Tensor, Tensor]
"""What is added to a layer's weights, a column for each input that it had at first, and to its bias."""


class _Standing:
    """An outcome's network in float32, and downdates that hold the channels it has."""

    def __init__(self, reference: Reference, outcome: Outcome) -> None:
        self.reference = reference
        self.compensates = outcome.choice.compensate
        self.rows = stratified(reference.decisions, LOOKED_AT, reference.seed)
        self.model = copy.deepcopy(outcome.rebuilt.model).float()
        self.cut = Cut.of(reference.model, reference.groups, outcome.removals)
        self.kept = {
            number: np.ones(reference.groups[number].channels, bool) for number in reference.prunable
        }
        for removal in outcome.removals:
            self.kept[removal.group][removal.channel] = False
        self._downdates: dict[int, Downdate] = {}
        self._lock = Lock()

    def turned(self, number: int, channel: int) -> Float64[np.ndarray, "row c"]:
        """The logits with one channel the other way about."""
        if number not in self.kept or self.kept[number].sum() == self.kept[number][channel]:
            raise UserError("the unit cannot go, or is the last one of its layer")
        columns = {
            path: torch.from_numpy(inputs[channel])
            for path, inputs in self.reference.groups[number].inputs.items()
        }
        with self._lock, torch.no_grad():
            changes = self._changes(number, channel, columns)
            seen: dict[str, Tensor] = {}

            def after(path: str, output: Tensor) -> Tensor:
                return output + self._added(path, seen[path], columns[path], changes[path])

            otherwise = overheard(
                self.model, list(columns), on_input=lambda path, x: seen.update({path: x}), on_output=after
            )
            return class_logits(otherwise(self._part(self.reference.X).float())).double().numpy()

    def _changes(self, number: int, channel: int, columns: Mapping[str, Tensor]) -> dict[str, Change]:
        """What becomes of the weights of the layers that hear a channel."""
        goes = bool(self.kept[number][channel])
        if not self.compensates:
            return {path: self._alone(path, columns[path], goes) for path in columns}
        for path in columns:
            if not torch.equal(
                weighted(Baseline.of(self.reference).model, path).weight, self._original(path)
            ):
                raise UserError(f"a batch norm is folded into {path}; rebuild the network instead")
        downdate = self._downdate(number)
        before = {path: downdate.layer(path) for path in columns}
        turn, turn_back = (downdate.remove, downdate.restore)[:: 1 if goes else -1]
        turn(channel)
        after = {path: downdate.layer(path) for path in columns}
        turn_back(channel)
        return {
            path: (after[path][0] - before[path][0], after[path][1] - before[path][1]) for path in columns
        }

    def _alone(self, path: str, columns: Tensor, goes: bool) -> Change:
        """A column that goes, or comes back as it was, and nobody takes over."""
        weight = self._original(path)
        change = torch.zeros_like(weight)
        change[:, columns] = weight[:, columns] * (-1 if goes else 1)
        return change, weight.new_zeros(len(weight))

    def _downdate(self, number: int) -> Downdate:
        if number not in self._downdates:
            self._downdates[number] = Downdate(self.reference, number)
            self._downdates[number].keep(self.kept[number])
        return self._downdates[number]

    def _added(self, path: str, x: Tensor, columns: Tensor, change: Change) -> Tensor:
        """What a layer gives more, where it now reads `x`, with a channel that it does not read."""
        module = weighted(self.model, path)
        weight, bias = (part.float() for part in change)
        reads = self.cut.columns.get(path, torch.arange(weight.shape[1]))
        rows = self.cut.rows.get(path, torch.arange(len(weight)))
        weight, bias = weight[rows], bias[rows]
        here = torch.isin(reads, columns)
        extra = weight[:, columns[:0]]
        if here.any():
            weight[:, reads[here]] = -module.weight[:, here]
        else:
            extra = weight[:, columns]
            heard = read_by(module, self._part(self.reference.inputs[path]), columns)
            x = torch.cat([x, heard.to(x)], axis_of(module, x))
        weight = torch.cat([weight[:, reads], extra], 1)
        if isinstance(module, nn.Linear):
            return nn.functional.linear(x, weight, bias)
        return module._conv_forward(x, weight, bias)

    def _part(self, samples: Tensor) -> Tensor:
        return samples[torch.from_numpy(self.rows)]

    def _original(self, path: str) -> Tensor:
        return weighted(self.reference.model, path).weight
