"""Activations by name. A new one is a line here, and a small file where torch has no module for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from torch import nn

from effdash.models.linked import lk_prelu, lk_relu, lk_selu, lk_swish


@dataclass(frozen=True)
class Activation:
    """How to make the module, and what it does to the width."""

    make: Callable[[], nn.Module]
    unlinked: str | None = None
    """For a linked activation, the one that it links."""

    @property
    def outputs(self) -> int:
        """How many outputs a unit has."""
        return 1 if self.unlinked is None else 2


ACTIVATIONS: Final[dict[str, Activation]] = {
    "relu": Activation(nn.ReLU),
    "leaky_relu": Activation(nn.LeakyReLU),
    "prelu": Activation(nn.PReLU),
    "elu": Activation(nn.ELU),
    "selu": Activation(nn.SELU),
    "gelu": Activation(nn.GELU),
    "silu": Activation(nn.SiLU),
    "tanh": Activation(nn.Tanh),
    "sigmoid": Activation(nn.Sigmoid),
    "lk-relu": Activation(lk_relu, unlinked="relu"),
    "lk-prelu": Activation(lk_prelu, unlinked="prelu"),
    "lk-selu": Activation(lk_selu, unlinked="selu"),
    "lk-swish": Activation(lk_swish, unlinked="silu"),
}
