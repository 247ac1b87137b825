"""The exact stages on a network: found group by group, and checked by what the network then answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from effdash.decision import logits_of
from effdash.pruning.consumers import inputs_at, inputs_of, overheard, pausing, unit_axis
from effdash.pruning.intake import hear
from effdash.pruning.reference import Reference
from effdash.pruning.stages import (
    TOLERANCES,
    Exact,
    Heard,
    Stage,
    Willing,
    constant_values,
    find_exact,
)
from effdash.pruning.steps import OnPart, Steps, unheard

EXACTNESS: Final = 1e-9
"""By so much outputs may differ where exactness is claimed."""

ROUNDING: Final = 1e-13
"""Or by so much of the largest logit, which is rounding, where logits are beyond 10,000."""

MayGo = Mapping[int, Willing]
"""By group, which channels may go at all, and which of them rather."""


def exact_removals(
    reference: Reference, may_go: MayGo | None = None, *, steps: Steps | None = None
) -> dict[int, list[Exact]]:
    """By group what can go without a trace, among those that may go (default: all).

    The widest tolerance is taken with which the network, hearing constants and multiples of heirs instead of
    what is to go, answers what it did. `steps` pass one for each group and tolerance.
    """
    numbers = reference.prunable if may_go is None else may_go
    for tolerance in TOLERANCES:
        found = {}
        for number in numbers:
            willing = None if may_go is None else may_go[number]
            found[number] = find_exact(_heard(reference, number), tolerance, willing)
            if steps is not None:
                steps.pass_one()
        on_part = unheard if steps is None else steps.beat
        if not any(found.values()) or _answers_the_same(reference, found, on_part):
            return found
    return {number: [] for number in numbers}


def _heard(reference: Reference, number: int) -> list[Heard]:
    return [
        hear(reference.consumer(path), reference.inputs[path], columns)
        for path, columns in reference.groups[number].inputs.items()
    ]


def _answers_the_same(reference: Reference, found: Mapping[int, list[Exact]], on_part: OnPart) -> bool:
    """Whether the logits stay where consumers hear of each channel only what the others make of it."""
    substitutes = {path: _Substitute.at(reference, path, found) for path in reference.consumers}
    otherwise = overheard(
        pausing(reference.model, on_part),
        reference.consumers,
        on_input=lambda path, given: substitutes[path].instead_of(given),
    )
    logits = logits_of(otherwise, reference.X)
    limit = max(EXACTNESS, ROUNDING * float(np.abs(reference.logits).max()))
    return bool(np.abs(logits - reference.logits).max() <= limit)


@dataclass(frozen=True, eq=False)
class _Substitute:
    """A consumer's inputs: each one its `source` times `factor`, plus a constant `value`."""

    axis: int
    source: Int64[Tensor, " input"]
    factor: Float64[Tensor, " input"]
    value: Float64[Tensor, " input"]

    @classmethod
    def at(cls, reference: Reference, path: str, found: Mapping[int, list[Exact]]) -> "_Substitute":
        consumer = reference.consumer(path)
        source = np.arange(inputs_of(consumer))
        factor = np.ones(len(source))
        value = np.zeros(len(source))
        for number, channels in found.items():
            columns = reference.groups[number].inputs.get(path)
            if columns is None or not channels:
                continue
            inputs = inputs_at(consumer, columns)
            constants = constant_values(hear(consumer, reference.inputs[path], columns))
            for one in channels:
                gone = inputs[one.channel]
                if one.stage is Stage.TWIN:
                    source[gone] = inputs[one.heir]
                    factor[gone] = one.factor
                else:
                    factor[gone] = 0.0
                    value[gone] = constants[one.channel]
        numbers = map(torch.from_numpy, (source, factor, value))
        return cls(unit_axis(consumer), *numbers)

    def instead_of(self, given: Tensor) -> Tensor:
        heard = given.movedim(self.axis, -1)[..., self.source] * self.factor + self.value
        return heard.movedim(-1, self.axis).contiguous()
