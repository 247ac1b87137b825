"""The operators that bend the values of each unit."""

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from effdash.models.activations import ACTIVATIONS
from effdash.models.graph.checks import Check, number, optional, units, word
from effdash.models.graph.operator import Operator


def _linked(*, kind: str) -> nn.Module:
    return ACTIVATIONS[kind].make()


def _activation(function: Callable[..., Tensor], module: type[nn.Module], **attributes: Check) -> Operator:
    return Operator(function, module, attributes, activation=True)


ACTIVATION_OPERATORS: Final[dict[str, Operator]] = {
    "relu": _activation(functional.relu, nn.ReLU),
    "relu6": _activation(functional.relu6, nn.ReLU6),
    "hardtanh": _activation(functional.hardtanh, nn.Hardtanh, min_val=number(), max_val=number()),
    "leaky_relu": _activation(functional.leaky_relu, nn.LeakyReLU, negative_slope=number()),
    "rrelu": _activation(functional.rrelu, nn.RReLU, lower=number(), upper=number()),
    "elu": _activation(functional.elu, nn.ELU, alpha=number()),
    "selu": _activation(functional.selu, nn.SELU),
    "celu": _activation(functional.celu, nn.CELU, alpha=number()),
    "gelu": _activation(functional.gelu, nn.GELU, approximate=word("none", "tanh")),
    "silu": _activation(functional.silu, nn.SiLU),
    "mish": _activation(functional.mish, nn.Mish),
    "softplus": _activation(functional.softplus, nn.Softplus, beta=number(), threshold=number()),
    "tanh": _activation(torch.tanh, nn.Tanh),
    "sigmoid": _activation(torch.sigmoid, nn.Sigmoid),
    "logsigmoid": _activation(functional.logsigmoid, nn.LogSigmoid),
    "softsign": _activation(functional.softsign, nn.Softsign),
    "tanhshrink": _activation(functional.tanhshrink, nn.Tanhshrink),
    "hardswish": _activation(functional.hardswish, nn.Hardswish),
    "hardsigmoid": _activation(functional.hardsigmoid, nn.Hardsigmoid),
    "hardshrink": _activation(functional.hardshrink, nn.Hardshrink, lambd=number()),
    "softshrink": _activation(functional.softshrink, nn.Softshrink, lambd=number()),
    "threshold": _activation(functional.threshold, nn.Threshold, threshold=number(), value=number()),
    "clamp": Operator(
        torch.clamp, attributes={"min": optional(number()), "max": optional(number())}, activation=True
    ),
    "prelu": Operator(module=nn.PReLU, attributes={"num_parameters": units()}, activation=True),
    "linked": Operator(
        module=_linked,
        attributes={"kind": word(*(name for name, known in ACTIVATIONS.items() if known.unlinked))},
        activation=True,
    ),
}
