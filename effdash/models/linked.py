"""Linked activations: two outputs that share one set of incoming weights.

Source:
    Riera et al., arXiv 1712.02609.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class Linked(nn.Module):
    """`concat(phi_pos(z), phi_neg(-z))` along the unit dimension: one layer of as many units as `z` has.

    Whatever `z` is, at least one of the two outputs passes a gradient on. What follows is twice as wide.
    `kind` is the name of the pair, such as `lk-relu`.
    """

    def __init__(self, phi_pos: nn.Module, phi_neg: nn.Module, kind: str) -> None:
        super().__init__()
        self.phi_pos = phi_pos
        self.phi_neg = phi_neg
        self.kind = kind

    def forward(self, z: Float[Tensor, "sample unit *position"]) -> Float[Tensor, "sample output *position"]:
        return torch.cat([self.phi_pos(z), self.phi_neg(-z)], dim=1)

    def extra_repr(self) -> str:
        return self.kind


def lk_relu() -> Linked:
    return Linked(nn.ReLU(), nn.ReLU(), "lk-relu")


def lk_prelu() -> Linked:
    """Each of the two outputs learns one slope of its own, shared by the units of the layer."""
    return Linked(nn.PReLU(), nn.PReLU(), "lk-prelu")


def lk_selu() -> Linked:
    return Linked(nn.SELU(), nn.SELU(), "lk-selu")


def lk_swish() -> Linked:
    return Linked(nn.SiLU(), nn.SiLU(), "lk-swish")
