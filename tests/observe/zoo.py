"""A zoo: small networks written in every way, each with what its owner would compute by hand."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from effdash.models.linked import Linked
from tests.observe.strangers import (
    Chain,
    Checkpointed,
    ControlFlow,
    Convolutional,
    LinkedByHand,
    Normalised,
    OutOfOrder,
    PReLUPerUnit,
    ReusedAndOutput,
    Skipping,
    Truth,
    chain,
    control_flow_truth,
    convolutional_truth,
    linked_module,
    linked_truth,
    normalised_truth,
    out_of_order_truth,
    prelu_truth,
    skipping_truth,
)


@dataclass
class Specimen:
    """`truth(model, x)` gives name, kind and pre-activation of every layer, computed without any hook."""

    make: Callable[[], nn.Module]
    truth: Callable[[nn.Module, Tensor], Truth]
    input_shape: tuple[int, ...] = (4,)


def written(apply: Callable[[Tensor], Tensor], kind: str, phi: Callable[[Tensor], Tensor]) -> Specimen:
    return Specimen(lambda: Chain(apply), chain(["fc1", "fc2"], kind, phi))


def module_chain(make: Callable[[], nn.Module], kind: str, phi: Callable[[Tensor], Tensor]) -> Specimen:
    def build() -> nn.Module:
        return nn.Sequential(nn.Linear(4, 8), make(), nn.Linear(8, 8), make(), nn.Linear(8, 3))

    return Specimen(build, chain(["0", "2"], kind, phi))


def in_place_on_mask(z: Tensor) -> Tensor:
    z = z.clone()
    z[z < 0] = 0
    return z


def relu(z: Tensor) -> Tensor:
    return z.clamp(min=0)


def hard_cap(z: Tensor) -> Tensor:
    return z.clamp(0, 6)


def leaky(z: Tensor) -> Tensor:
    return torch.where(z > 0, z, 0.01 * z)


ZOO: dict[str, Specimen] = {
    "modules": module_chain(nn.ReLU, "relu", relu),
    "modules in place": module_chain(lambda: nn.ReLU(inplace=True), "relu", relu),
    "one reused module": Specimen(ReusedAndOutput, chain(["fc1", "fc2"], "relu", relu)),
    "F.relu": written(functional.relu, "relu", relu),
    "F.relu in place": written(lambda z: functional.relu(z, inplace=True), "relu", relu),
    "torch.relu": written(torch.relu, "relu", relu),
    "method": written(lambda z: z.relu(), "relu", relu),
    "method in place": written(lambda z: z.relu_(), "relu", relu),
    "clamp(min=0)": written(lambda z: z.clamp(min=0), "relu", relu),
    "clamp_ positional": written(lambda z: z.clamp_(0.0), "relu", relu),
    "clamp_min": written(lambda z: torch.clamp_min(z, 0), "relu", relu),
    "torch.maximum": written(lambda z: torch.maximum(z, torch.zeros_like(z)), "relu", relu),
    "torch.max": written(lambda z: torch.max(torch.tensor(0.0), z), "relu", relu),
    "torch.where": written(lambda z: torch.where(z > 0, z, torch.zeros_like(z)), "relu", relu),
    "torch.where reversed": written(lambda z: torch.where(z <= 0, 0.0, z), "relu", relu),
    "times a mask": written(lambda z: z * (z > 0), "relu", relu),
    "times a float mask": written(lambda z: (z > 0).float() * z, "relu", relu),
    "masked_fill": written(lambda z: z.masked_fill(z < 0, 0.0), "relu", relu),
    "assignment": written(in_place_on_mask, "relu", relu),
    "F.threshold": written(lambda z: functional.threshold(z, 0.0, 0.0), "relu", relu),
    "relu6": module_chain(nn.ReLU6, "relu6", hard_cap),
    "clamp(0, 6)": written(lambda z: z.clamp(0, 6), "relu6", hard_cap),
    "hardtanh": module_chain(nn.Hardtanh, "hardtanh", lambda z: z.clamp(-1, 1)),
    "hardsigmoid": module_chain(nn.Hardsigmoid, "hardsigmoid", lambda z: (z / 6 + 0.5).clamp(0, 1)),
    "hardswish": module_chain(nn.Hardswish, "hardswish", lambda z: z * (z + 3).clamp(0, 6) / 6),
    "leaky_relu": module_chain(nn.LeakyReLU, "leaky_relu", leaky),
    "leaky by maximum": written(lambda z: torch.maximum(z, 0.01 * z), "leaky_relu", leaky),
    "leaky by where": written(lambda z: torch.where(z > 0, z, z * 0.01), "leaky_relu", leaky),
    "prelu": module_chain(nn.PReLU, "prelu", lambda z: torch.where(z > 0, z, 0.25 * z)),
    "prelu a unit": Specimen(PReLUPerUnit, prelu_truth),
    "elu": module_chain(nn.ELU, "elu", lambda z: torch.where(z > 0, z, z.exp() - 1)),
    "selu": module_chain(nn.SELU, "selu", torch.selu),
    "gelu": written(functional.gelu, "gelu", lambda z: z * 0.5 * (1 + torch.erf(z / math.sqrt(2)))),
    "silu": written(functional.silu, "silu", lambda z: z * torch.sigmoid(z)),
    "silu by hand": written(lambda z: z * torch.sigmoid(z), "silu", lambda z: z * torch.sigmoid(z)),
    "mish by hand": written(lambda z: z * torch.tanh(functional.softplus(z)), "mish", functional.mish),
    "softplus": written(functional.softplus, "softplus", functional.softplus),
    "tanh": module_chain(nn.Tanh, "tanh", torch.tanh),
    "sigmoid": written(torch.sigmoid, "sigmoid", torch.sigmoid),
    "batch norm": Specimen(lambda: Normalised(False), normalised_truth),
    "batch norm, in place": Specimen(lambda: Normalised(True), normalised_truth),
    "conv1d": Specimen(lambda: Convolutional(1), convolutional_truth, (2, 8)),
    "conv2d": Specimen(lambda: Convolutional(2), convolutional_truth, (2, 6, 6)),
    "conv3d": Specimen(lambda: Convolutional(3), convolutional_truth, (2, 4, 4, 4)),
    "skip": Specimen(Skipping, skipping_truth),
    "linked by hand": Specimen(LinkedByHand, linked_truth(("fc1", "fc2"), "lk-relu", relu)),
    "linked relu": Specimen(
        linked_module(lambda: Linked(nn.ReLU(), nn.ReLU(), "lk-relu")),
        linked_truth(("0", "2"), "lk-relu", relu),
    ),
    "linked silu": Specimen(
        linked_module(lambda: Linked(nn.SiLU(), nn.SiLU(), "lk-swish")),
        linked_truth(("0", "2"), "lk-swish", functional.silu),
    ),
    "linked prelu": Specimen(
        linked_module(lambda: Linked(nn.PReLU(), nn.PReLU(), "lk-prelu")),
        linked_truth(("0", "2"), "lk-prelu", lambda z: torch.where(z > 0, z, 0.25 * z)),
    ),
    "control flow": Specimen(ControlFlow, control_flow_truth),
    "checkpointing": Specimen(lambda: Checkpointed(functional.relu), chain(["fc1", "fc2"], "relu", relu)),
    "out of order": Specimen(OutOfOrder, out_of_order_truth),
}
