"""Networks of every kind that pruning supports, with units planted whose fate is known."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, log_softmax
from torch.nn.modules.batchnorm import _BatchNorm

import effdash as ed
from effdash.models.graph import trace_graph
from effdash.pruning.reference import is_prunable
from effdash.pruning.structure import Group, find_groups
from tests.pruning.networks import BasicBlock, Functional


class Sequence(nn.Module):
    """Strided, unpadded convolutions over one dimension; what follows has no biases."""

    def __init__(self) -> None:
        super().__init__()
        self.act = nn.ReLU()
        self.conv1 = nn.Conv1d(2, 8, 3, stride=2)
        self.conv2 = nn.Conv1d(8, 8, 3, bias=False)
        self.fc = nn.Linear(8 * 4, 7, bias=False)
        self.out = nn.Linear(7, 3, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = self.act(self.conv2(self.act(self.conv1(x))))
        return self.out(self.act(self.fc(x.flatten(1))))


class Volume(nn.Module):
    """Padding that is circular, or dilated and oblong, in three dimensions."""

    def __init__(self) -> None:
        super().__init__()
        self.act = nn.ReLU()
        self.conv1 = nn.Conv3d(1, 8, 3, padding=1, padding_mode="circular")
        self.conv2 = nn.Conv3d(8, 7, (1, 3, 2), padding=(0, 2, 1), dilation=(1, 2, 1))
        self.conv3 = nn.Conv3d(7, 6, 1)
        self.pool = nn.AdaptiveMaxPool3d(1)
        self.out = nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.act(self.conv2(self.act(self.conv1(x))))
        return self.out(self.pool(self.act(self.conv3(x))).flatten(1))


class Residual(nn.Module):
    """As torchvision's, with and without a convolution on the way around."""

    def __init__(self) -> None:
        super().__init__()
        self.act = nn.ReLU()
        self.conv = nn.Conv2d(1, 8, 3, padding=1)
        self.bn = nn.BatchNorm2d(8)
        self.blocks = nn.Sequential(BasicBlock(8, 8), BasicBlock(8, 10, 2), BasicBlock(10, 10))
        self.fc = nn.Linear(10, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.blocks(self.act(self.bn(self.conv(x))))
        return self.fc(x.mean((2, 3)))


class PreActivation(nn.Module):
    """Batch norms that follow a sum, so that they cannot be folded."""

    def __init__(self) -> None:
        super().__init__()
        self.act = nn.ReLU()
        self.stem = nn.Conv2d(1, 8, 3, padding=1)
        self.norms = nn.ModuleList([nn.BatchNorm2d(8) for _ in range(3)])
        self.inner = nn.ModuleList([nn.Conv2d(8, 9, 3, padding=1) for _ in range(2)])
        self.outer = nn.ModuleList([nn.Conv2d(9, 8, 3, padding=1) for _ in range(2)])
        self.fc = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for norm, inner, outer in zip(self.norms, self.inner, self.outer, strict=False):
            x = x + outer(self.act(inner(self.act(norm(x)))))
        return self.fc(self.act(self.norms[-1](x)).mean((2, 3)))


class Concatenated(nn.Module):
    """Every convolution reads all before it."""

    def __init__(self) -> None:
        super().__init__()
        self.act = nn.ReLU()
        self.stem = nn.Conv2d(1, 8, 3, padding=1)
        self.convs = nn.ModuleList([nn.Conv2d(8 * count, 8, 3, padding=1) for count in (1, 2)])
        self.out = nn.Linear(24, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.act(self.stem(x))
        for conv in self.convs:
            x = torch.cat([x, self.act(conv(x))], 1)
        return self.out(x.mean((2, 3)))


class Grouped(nn.Module):
    """Depthwise and grouped convolutions, padded and not."""

    def __init__(self) -> None:
        super().__init__()
        self.act = nn.ReLU()
        self.cap = nn.ReLU6()
        self.stem = nn.Conv2d(1, 8, 3)
        self.depthwise = nn.Conv2d(8, 8, 3, groups=8, padding=1)
        self.pointwise = nn.Conv2d(8, 16, 1)
        self.padded = nn.Conv2d(16, 16, 3, groups=2, padding=1)
        self.plain = nn.Conv2d(16, 8, 3, groups=2)
        self.bn = nn.BatchNorm2d(8)
        self.out = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.cap(self.depthwise(self.cap(self.stem(x))))
        x = self.act(self.padded(self.act(self.pointwise(x))))
        x = self.act(self.bn(self.plain(x)))
        return self.out(adaptive_avg_pool2d(x, 1).flatten(1))


class Tokens(nn.Module):
    """Linear layers over several positions, a layer norm, and a soft maximum at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.act = nn.ReLU()
        self.embed = nn.Linear(5, 6)
        self.up1 = nn.Linear(6, 9)
        self.down1 = nn.Linear(9, 6)
        self.norm = nn.LayerNorm(6)
        self.up2 = nn.Linear(6, 9)
        self.down2 = nn.Linear(9, 6)
        self.out = nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.embed(x)
        x = self.norm(x + self.down1(self.act(self.up1(x))))
        x = x + self.down2(self.act(self.up2(x)))
        return log_softmax(self.out(x.mean(1)), dim=1)


def effdashs(name: str, activation: str, **more: int) -> Callable[[], nn.Module]:
    shape = (5,) if name == "rectangular" else (1, 8, 8)

    def make() -> nn.Module:
        return ed.build_model(
            name, input_shape=shape, n_classes=3, width=8, activation=activation, **{"depth": 3, **more}
        )

    return make


@dataclass(frozen=True)
class Kind:
    """A network; `homogeneous`: a unit's rows times a positive number make its activation so many times."""

    make: Callable[[], nn.Module]
    shape: tuple[int, ...]
    homogeneous: bool = True


KINDS: Final = {
    "dense": Kind(effdashs("rectangular", "relu"), (5,)),
    "dense with norms": Kind(effdashs("rectangular", "relu", batch_norm=True), (5,)),
    "linked": Kind(effdashs("rectangular", "lk-relu"), (5,)),
    "slopes": Kind(effdashs("rectangular", "lk-prelu"), (5,)),
    "smooth": Kind(effdashs("rectangular", "silu"), (5,), homogeneous=False),
    "padded": Kind(effdashs("convolutional", "relu"), (1, 8, 8)),
    "linked convolutions": Kind(effdashs("convolutional", "lk-relu"), (1, 8, 8)),
    "with ways around": Kind(effdashs("residual", "relu", depth=5), (1, 8, 8)),
    "strided": Kind(Sequence, (2, 13)),
    "volume": Kind(Volume, (1, 4, 5, 4)),
    "residual": Kind(Residual, (1, 8, 8)),
    "pre-activation": Kind(PreActivation, (1, 6, 6), homogeneous=False),
    "concatenated": Kind(Concatenated, (1, 6, 6)),
    "grouped": Kind(Grouped, (1, 9, 9), homogeneous=False),
    "functional": Kind(Functional, (1, 10, 10)),
    "tokens": Kind(Tokens, (4, 5)),
}


def drawn(kind: str, seed: int, samples: int = 40) -> tuple[nn.Module, Tensor]:
    """A network of this kind in float64 with random weights and statistics, and random samples."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = KINDS[kind].make().double().eval()
        for module in model.modules():
            if isinstance(module, nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d) and module.bias is not None:
                nn.init.normal_(module.bias, std=0.3)
            if isinstance(module, _BatchNorm):
                module.running_mean.normal_(std=0.3)
                module.running_var.uniform_(0.5, 2)
                nn.init.uniform_(module.weight, 0.5, 2)
                nn.init.normal_(module.bias, std=0.3)
        return model, torch.randn(samples, *KINDS[kind].shape, dtype=torch.float64)


def groups_of(model: nn.Module, X: Tensor) -> list[Group]:
    """The groups of a network that can lose channels."""
    found = find_groups(model, trace_graph(model, X[:2]), X[:2], ed.find_layers(model, X[:2]))
    return [group for group in found if is_prunable(group)]


@torch.no_grad()
def plant(model: nn.Module, X: Tensor, kind: str) -> int:
    """Makes channels of every group dead, constant, duplicate and proportional; says how many can go."""
    factor = 2.5 if KINDS[kind].homogeneous else 1.0
    contents = (Multiple(0, factor), Constant(0.7), Constant(1.3), Multiple(0, 1.0), Dead())
    planted = 0
    for group in groups_of(model, X):
        for channel, content in enumerate(contents[: group.channels - 2], start=1):
            content.write(model, group, channel)
            planted += 1
        # One of the constants stays where it carries the others to a padded convolution. Where a unit that is
        # off still says something (a linked one, a smooth one), the dead one is one more of them.
        planted -= 2
    return planted


class Dead:
    """Below 0 for every sample."""

    def write(self, model: nn.Module, group: Group, channel: int) -> None:
        Constant(-1.0).write(model, group, channel)


@dataclass(frozen=True)
class Constant:
    value: float

    def write(self, model: nn.Module, group: Group, channel: int) -> None:
        for module, rows, _ in members(model, group, channel):
            module.weight[rows] = 0
            if module.bias is not None:
                module.bias[rows] = self.value


@dataclass(frozen=True)
class Multiple:
    heir: int
    factor: float

    def write(self, model: nn.Module, group: Group, channel: int) -> None:
        heirs = [rows for _, rows, _ in members(model, group, self.heir)]
        for (module, rows, is_last), of_heir in zip(members(model, group, channel), heirs, strict=True):
            for name in ("weight", "bias", "running_mean", "running_var"):
                tensor = getattr(module, name, None)
                if tensor is not None:
                    scaled = is_last and not name.startswith("running")
                    tensor[rows] = tensor[of_heir] * (self.factor if scaled else 1)


def members(model: nn.Module, group: Group, channel: int) -> list[tuple[nn.Module, np.ndarray, bool]]:
    """The modules that make a channel, its rows in them, and whether no norm rescales what they give."""
    modules = [(model.get_submodule(path), rows[channel]) for path, rows in group.outputs.items()]
    has_norms = any(isinstance(module, _BatchNorm) for module, _ in modules)
    return [(module, rows, isinstance(module, _BatchNorm) or not has_norms) for module, rows in modules]


@torch.no_grad()
def linearised(model: nn.Module) -> nn.Module:
    """The same network with activations and maxima that are linear, and norms that only shift."""
    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.ReLU | nn.ReLU6):
                setattr(module, name, nn.LeakyReLU(1.0))
            elif isinstance(child, nn.MaxPool2d):
                setattr(module, name, nn.AvgPool2d(child.kernel_size))
            elif isinstance(child, nn.AdaptiveMaxPool3d):
                setattr(module, name, nn.AdaptiveAvgPool3d(1))
            elif isinstance(child, _BatchNorm):
                child.running_mean.zero_()
                child.running_var.fill_(1 - child.eps)
                child.weight.fill_(1)
    return model


@dataclass(frozen=True)
class Mixture:
    """So much of each of these channels, exactly, where everything is linear."""

    parts: dict[int, float]

    @torch.no_grad()
    def write(self, model: nn.Module, group: Group, channel: int) -> None:
        for path, rows in group.outputs.items():
            module = model.get_submodule(path)
            for tensor in (module.weight, module.bias):
                if tensor is not None and not (isinstance(module, _BatchNorm) and tensor is module.weight):
                    mixed = [share * tensor[rows[part]] for part, share in self.parts.items()]
                    tensor[rows[channel]] = torch.stack(mixed).sum(0)
