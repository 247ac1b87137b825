"""The regularizer's formula as it is written, and layers to compare it on."""

import itertools
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from effdash.jumpstart import jumpstart_loss

SWITCHES = [
    {"unit": unit, "point": point, "positive": positive, "negative": negative}
    for unit, point, positive, negative in itertools.product([True, False], repeat=4)
    if (unit or point) and (positive or negative)
]
SHAPES = [(6, 3), (6, 3), (6, 5), (4, 3, 2), (4, 3, 5), (4, 2, 3, 2), (6, 3)]


def written_formula(
    preactivations: Sequence[Tensor],
    *,
    sign_balance: float = 0.5,
    aggregation: str = "balanced",
    unit: bool = True,
    point: bool = True,
    positive: bool = True,
    negative: bool = True,
    margin: float = 1.0,
) -> Tensor:
    """SCIENCE 3, word by word, differentiated by torch."""
    units, points = [], []
    for z in preactivations:
        positions = tuple(range(2, z.ndim))
        for kind, others in ((units, (0, *positions)), (points, (1, *positions))):
            high = (margin - z.amax(others)).relu() if positive else z.new_zeros(())
            low = (margin + z.amin(others)).relu() if negative else z.new_zeros(())
            kind.append(sign_balance * high + (1 - sign_balance) * low)
    U, P = torch.cat(units), torch.cat(points)
    if aggregation == "balanced":
        return sum([part.mean() for part, on in ((U, unit), (P, point)) if on], z.new_zeros(()))
    both = torch.cat([part for part, on in ((U, unit), (P, point)) if on])
    return both.mean() if aggregation == "mean" else both.norm()


def leaves(tensors: Sequence[Tensor]) -> list[Tensor]:
    return [z.detach().clone().requires_grad_() for z in tensors]


def assert_equal_to_formula(preactivations: Sequence[Tensor], upstream: float = 1.0, **terms: Any) -> None:
    ours, slow = leaves(preactivations), leaves(preactivations)
    value, expected = jumpstart_loss(ours, **terms), written_formula(slow, **terms)
    assert value.shape == () and torch.allclose(value, expected, rtol=0, atol=1e-10)
    (upstream * value).backward()
    (upstream * expected).backward()
    for z, reference in zip(ours, slow, strict=True):
        gradient = torch.zeros_like(z) if z.grad is None else z.grad
        assert torch.allclose(gradient, reference.grad, rtol=0, atol=1e-10)


def random_layers(generator: torch.Generator, scale: float = 1.0) -> list[Tensor]:
    return [scale * torch.randn(shape, generator=generator, dtype=torch.float64) for shape in SHAPES]
