"""Weights in mirrored blocks: at the start the network computes a linear function."""

from math import ceil

import torch
from jaxtyping import Float
from torch import Tensor, nn

from effdash.models.activations import Activation
from effdash.models.chain import Chain
from effdash.models.linked import Linked
from effdash.vocab import UserError


@torch.no_grad()
def looks_linear(network: Chain, activation: Activation) -> None:
    """Mirrored blocks of (semi-)orthogonal matrices `W`, biases 0.

    Linked units send `phi(z)` and `phi(-z)`: the next layer reads them as `[W, -W]`, so with relu as `W z`.
    Plain units are made to pair, the second half of a layer mirroring the first: a layer's weights are
    `[[W, -W], [-W, W]]`, the first layer's `[W; -W]`, the output's `[W, -W]`. The last unit of an odd width
    has no partner: nothing reads it at first. `W` is divided by `phi(1) - phi(-1)`, so that signals do not
    grow with depth where a slope is leaky.

    The network is linear for relu, leaky relu, PReLU, GELU and SiLU, linked or not. For the others, whose
    `phi(z) - phi(-z)` is not proportional to z, it is so only near 0. Pooling is never linear.

    Raises:
        UserError: plain units in layers of width 1, which cannot pair.

    Source:
        Balduzzi et al., arXiv 1702.08591, section 4.
    """
    linked = activation.outputs == 2
    producers = network.producers()
    if not linked and len(producers[0].weight) < 2:
        raise UserError(
            "init 'looks-linear' pairs the units of a layer: width = 1 is too small; it needs 2 or more"
        )
    gain = _gain(activation)
    channels = 0
    for producer in producers:
        weight = producer.weight
        rows = len(weight)
        reads_pairs = producer is not producers[0]
        makes_pairs = not linked and producer is not producers[-1]
        # Behind each channel stands what belongs to it: a kernel, or positions that were made flat.
        columns = weight.reshape(rows, channels if reads_pairs else weight.shape[1], -1)
        block = torch.empty_like(columns[: ceil(rows / 2) if makes_pairs else rows])
        if reads_pairs:
            block = _mirrored_columns(_orthogonal(block[:, : channels // 2]) / gain, channels)
        else:
            block = _orthogonal(block)
        if makes_pairs:
            block = _mirrored_rows(block, rows)
        weight.copy_(block.reshape(weight.shape))
        producer.get_parameter("bias").zero_()
        channels = rows * activation.outputs


def _orthogonal(like: Float[Tensor, "row column rest"]) -> Float[Tensor, "row column rest"]:
    return nn.init.orthogonal_(torch.empty_like(like.flatten(1))).reshape(like.shape)


def _mirrored_columns(
    block: Float[Tensor, "row pair rest"], columns: int
) -> Float[Tensor, "row column rest"]:
    """`[W, -W]`, and a column of zeros for an odd one."""
    mirrored = torch.cat([block, -block], dim=1)
    return nn.functional.pad(mirrored, (0, 0, 0, columns - mirrored.shape[1]))


def _mirrored_rows(block: Float[Tensor, "half column rest"], rows: int) -> Float[Tensor, "row column rest"]:
    """`[W; -W]`, and behind them the row that an odd number leaves alone."""
    half = rows // 2
    return torch.cat([block[:half], -block[:half], block[half:]])


def _gain(activation: Activation) -> float:
    """The slope of `phi(z) - phi(-z)`."""
    phi = activation.make()
    if isinstance(phi, Linked):
        phi = phi.phi_pos
    ends = phi(torch.tensor([[1.0], [-1.0]])).flatten()
    return float(ends[0] - ends[1])
