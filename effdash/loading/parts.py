"""The layers that named tensors belong to: which of them are dense, convolutions, norms or activations."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from torch import Tensor

from effdash.vocab import UserError


class PartKind(StrEnum):
    """What a layer is, as its tensors tell."""

    DENSE = "linear"
    CONVOLUTION = "convolution"
    NORM = "batch norm"
    PRELU = "prelu"


@dataclass(frozen=True)
class Part:
    """A layer: the path of its module, and the shape of its weights; `width` is how many outputs it has."""

    path: str
    kind: PartKind
    shape: tuple[int, ...]
    bias: bool
    affine: bool = True

    @property
    def width(self) -> int:
        return self.shape[0]

    @property
    def weighted(self) -> bool:
        return self.kind in (PartKind.DENSE, PartKind.CONVOLUTION)

    @property
    def dims(self) -> int:
        """Of a convolution, how many dimensions it goes along."""
        return len(self.shape) - 2


NORM_LEAVES: Final = frozenset({"weight", "bias", "running_mean", "running_var", "num_batches_tracked"})
NAME_IT: Final = "say which with architecture (on the command line --architecture), or export to ONNX"


def parts_of(tensors: Mapping[str, Tensor], name: str) -> list[Part]:
    """The layers of a plain stack, in the order in which their tensors come.

    Raises:
        UserError: one of the tensors belongs to something else.
    """
    groups: dict[str, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        path, _, leaf = key.rpartition(".")
        groups.setdefault(path, {})[leaf] = tensor
    return [_part(path, leaves, name) for path, leaves in groups.items()]


def _part(path: str, leaves: Mapping[str, Tensor], name: str) -> Part:
    weight, bias = leaves.get("weight"), leaves.get("bias")
    mean, variance = leaves.get("running_mean"), leaves.get("running_var")
    if path and set(leaves) <= NORM_LEAVES and mean is not None and variance is not None:
        return Part(path, PartKind.NORM, tuple(mean.shape), bias is not None, weight is not None)
    if path and weight is not None and set(leaves) <= {"weight", "bias"}:
        shape, biased = tuple(weight.shape), bias is not None
        if bias is None or tuple(bias.shape) == shape[:1]:
            if len(shape) == 1 and not biased:
                return Part(path, PartKind.PRELU, shape, biased)
            if len(shape) == 2:
                return Part(path, PartKind.DENSE, shape, biased)
            if 3 <= len(shape) <= 5:
                return Part(path, PartKind.CONVOLUTION, shape, biased)
    odd = next((leaf for leaf in leaves if leaf not in NORM_LEAVES), next(iter(leaves)))
    raise UserError(
        f"{name} holds {f'{path}.{odd}'.lstrip('.')!r}, which no plain stack of Linear, Conv, BatchNorm and "
        f"PReLU layers has, so its architecture cannot be guessed: {NAME_IT}"
    )
