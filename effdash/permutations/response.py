"""One number for each sample and unit: how the unit responds, and what of that it tells the next layer."""

import math
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from effdash.observe.curve import SHAPES, Curve, LinkedCurve

Over = Literal["max", "mean"]


def responses(
    pre: Float[Tensor, "sample unit *position"], over: Over = "max"
) -> Float[Tensor, "sample unit"]:
    """Response of every unit to every sample: the maximum, or the mean, over positions.

    A dense layer's pre-activations pass as they are.
    """
    if pre.dim() == 2:
        return pre
    positions = pre.flatten(2)
    return positions.amax(2) if over == "max" else positions.mean(2)


def told(curve: Curve | LinkedCurve, response: Float[Tensor, "sample unit"]) -> Float[Tensor, "sample unit"]:
    """What the next layer is told of the responses: phi of them.

    The response stands in for a convolution's pre-activations, so phi comes after it; after the maximum this
    is the largest activation wherever phi does not fall. A linked pair tells phi(z) and phi(-z), hence z
    itself and its whole order: the responses come back as they are.
    """
    if isinstance(curve, LinkedCurve):
        return response
    if curve.kind == "prelu":
        slopes = torch.as_tensor(curve.slopes).to(response)
        return torch.where(response > 0, response, slopes * response)
    return SHAPES[curve.kind].value(response, *curve.parameters)


def erased_up_to(curve: Curve | LinkedCurve) -> float:
    """The pre-activation up to which phi is flat, so that it erases the order: 0 for ReLU, -inf for none.

    PReLU's slopes differ from unit to unit and are not zero but by chance: it counts as erasing nothing.
    """
    if isinstance(curve, LinkedCurve) or curve.kind == "prelu":
        return -math.inf
    flat = SHAPES[curve.kind].flat(*curve.parameters)
    return max((end for start, end in flat if start == -math.inf), default=-math.inf)
