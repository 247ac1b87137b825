"""How the weights begin, by name. Batch normalization and the slopes of PReLU keep torch's own beginning."""

from collections.abc import Callable
from typing import Final

from torch import Tensor, nn

from effdash.models.activations import Activation
from effdash.models.chain import Chain
from effdash.models.looks_linear import looks_linear

Initialisation = Callable[[Chain, Activation], None]


def default(network: Chain, activation: Activation) -> None:
    """Torch's own: uniform weights and biases within 1 / sqrt(fan_in). They are there already."""


def kaiming(network: Chain, activation: Activation) -> None:
    """Weights N(0, 2 / fan_in), biases 0.

    Right for linked units too: they have twice the inputs, of which one half is active.

    Source:
        He et al., arXiv 1502.01852.
    """
    for weight, bias in _parameters(network):
        nn.init.kaiming_normal_(weight, nonlinearity="relu")
        nn.init.zeros_(bias)


def glorot(network: Chain, activation: Activation) -> None:
    """Weights uniform within sqrt(6 / (fan_in + fan_out)), biases 0.

    Source:
        Glorot and Bengio, AISTATS 2010.
    """
    for weight, bias in _parameters(network):
        nn.init.xavier_uniform_(weight)
        nn.init.zeros_(bias)


def zero(network: Chain, activation: Activation) -> None:
    """Weights and biases 0; trains with jumpstart alone, with a sign balance other than 0.5.

    Source:
        Riera et al., arXiv 2201.12795.
    """
    for weight, bias in _parameters(network):
        nn.init.zeros_(weight)
        nn.init.zeros_(bias)


INITIALISATIONS: Final[dict[str, Initialisation]] = {
    "default": default,
    "kaiming": kaiming,
    "glorot": glorot,
    "looks-linear": looks_linear,
    "zero": zero,
}


def _parameters(network: Chain) -> list[tuple[Tensor, Tensor]]:
    """Weight and bias of every layer and of the output."""
    return [(producer.weight, producer.get_parameter("bias")) for producer in network.producers()]
