"""Convolutions in single precision: in double precision those of torch take ten times as long on a CPU."""

import copy

from torch import Tensor, nn

from effdash.pruning.consumers import overheard
from effdash.pruning.patches import Convolution


def convolved(convolution: Convolution, x: Tensor) -> Tensor:
    """What a convolution gives, computed in float32, in the dtype of `x`: to about 1e-6 of the largest."""
    bias = convolution.bias
    outputs = convolution._conv_forward(
        x.float(), convolution.weight.float(), None if bias is None else bias.float()
    )
    return outputs.to(x.dtype)


def convolving_swiftly(model: nn.Module) -> nn.Module:
    """A copy of a float64 model, whose convolutions compute in float32; all else in float64."""
    swift = copy.deepcopy(model)
    paths = [path for path, module in swift.named_modules() if isinstance(module, Convolution)]
    for path in paths:
        swift.get_submodule(path).float()
    return overheard(
        swift, paths, on_input=lambda path, x: x.float(), on_output=lambda path, output: output.double()
    )
