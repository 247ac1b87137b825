"""Networks as people write them, small, each with what an example of its input looks like."""

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from effdash.models.graph import trace_graph
from effdash.observe import find_layers
from effdash.pruning.structure import Group, find_groups

IMAGE: Final = (1, 10, 10)
TOKENS: Final = (4, 5)
FLAT: Final = (5,)


class BasicBlock(nn.Module):
    """As in torchvision."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.relu(out)


class ResNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3, 1, 1)
        self.bn1 = nn.BatchNorm2d(4)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = nn.Sequential(BasicBlock(4, 4), BasicBlock(4, 4))
        self.layer2 = nn.Sequential(BasicBlock(4, 6, 2), BasicBlock(6, 6))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer2(self.layer1(x))
        return self.fc(torch.flatten(self.avgpool(x), 1))


class Functional(nn.Module):
    """Everything spelt as a function or a method, much of it in place."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3)
        self.conv2 = nn.Conv2d(4, 6, 3)
        self.fc1 = nn.Linear(6 * 9, 8)
        self.fc2 = nn.Linear(8, 7)
        self.out = nn.Linear(7, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(self.conv1(x))
        x = functional.max_pool2d(torch.relu(self.conv2(x)), 2)
        x = x.view(x.size(0), -1)
        x = self.fc1(x).relu_()
        x = functional.dropout(x, training=self.training)
        x = functional.relu(self.fc2(x), inplace=True)
        return functional.log_softmax(self.out(x), dim=1)


class Dense(nn.Module):
    """Concatenation, as in a DenseNet."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 4, 3, padding=1)
        self.norms = nn.ModuleList([nn.BatchNorm2d(4 + 3 * i) for i in range(2)])
        self.convs = nn.ModuleList([nn.Conv2d(4 + 3 * i, 3, 3, padding=1) for i in range(2)])
        self.out = nn.Linear(10, 3)

    def forward(self, x: Tensor) -> Tensor:
        h = self.stem(x)
        for conv, norm in zip(self.convs, self.norms, strict=True):
            h = torch.cat([h, conv(functional.relu(norm(h)))], 1)
        return self.out(functional.relu(h).mean((2, 3)))


class Grouped(nn.Module):
    """Depthwise with a multiplier, separable and grouped convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 6, 3)
        self.depthwise = nn.Conv2d(6, 6, 3, groups=6, padding=1)
        self.pointwise = nn.Conv2d(6, 4, 1)
        self.widen = nn.Conv2d(4, 8, 3, groups=4)
        self.mix = nn.Conv2d(8, 6, 1)
        self.grouped = nn.Conv2d(6, 4, 3, groups=2)
        self.bn = nn.BatchNorm2d(4)
        self.out = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu6(self.stem(x))
        x = functional.relu6(self.depthwise(x))
        x = functional.relu(self.pointwise(x))
        x = functional.relu(self.widen(x))
        x = functional.relu(self.mix(x))
        x = functional.relu(self.bn(self.grouped(x)))
        return self.out(functional.adaptive_avg_pool2d(x, 1).flatten(1))


class SqueezeExcite(nn.Module):
    """A gate on the channels."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 3)
        self.squeeze = nn.Linear(6, 2)
        self.excite = nn.Linear(2, 6)
        self.conv2 = nn.Conv2d(6, 5, 3)
        self.out = nn.Linear(5, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(self.conv1(x))
        b, c, _, _ = x.size()
        gate = functional.adaptive_avg_pool2d(x, 1).view(b, c)
        gate = torch.sigmoid(self.excite(functional.relu(self.squeeze(gate)))).view(b, c, 1, 1)
        x = x * gate.expand_as(x)
        return self.out(functional.relu(self.conv2(x)).mean([2, 3]))


class Attention(nn.Module):
    """Attention and an LSTM between layers that can be made smaller."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Linear(5, 7)
        self.project = nn.Linear(7, 8)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.norm = nn.LayerNorm(8)
        self.up = nn.Linear(8, 6)
        self.down = nn.Linear(6, 8)
        self.lstm = nn.LSTM(8, 5, batch_first=True)
        self.head = nn.Linear(5, 9)
        self.out = nn.Linear(9, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(self.project(functional.relu(self.embed(x))))
        attended, _ = self.attention(x, x, x, need_weights=False)
        x = self.norm(x + attended)
        x = x + self.down(functional.gelu(self.up(x)))
        x, (_, _) = self.lstm(x)
        return self.out(functional.relu(self.head(x[:, -1])))


class Shared(nn.Module):
    """A module used twice, and two that share their weights."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(5, 6)
        self.twice = nn.Linear(6, 6)
        self.one = nn.Linear(6, 6)
        self.other = nn.Linear(6, 6)
        self.other.weight = self.one.weight
        self.last = nn.Linear(6, 7)
        self.out = nn.Linear(7, 3)
        self.act = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        x = self.act(self.first(x))
        x = self.act(self.twice(self.act(self.twice(x))))
        x = self.act(self.other(self.act(self.one(x))))
        return self.out(self.act(self.last(x)))


class Mlp(nn.Module):
    """`between` stands between the two layers."""

    def __init__(self, between: Callable[[Tensor], Tensor], *, width: int = 6, reads: int = 6) -> None:
        super().__init__()
        self.fc1 = nn.Linear(5, width)
        self.fc2 = nn.Linear(reads, 4)
        self.out = nn.Linear(4, 3)
        self.between = between

    def forward(self, x: Tensor) -> Tensor:
        return self.out(functional.relu(self.fc2(self.between(self.fc1(x)))))


FOREIGN: Final[dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]]] = {
    "resnet": (ResNet, IMAGE),
    "functional": (Functional, IMAGE),
    "dense": (Dense, IMAGE),
    "grouped": (Grouped, IMAGE),
    "gated": (SqueezeExcite, IMAGE),
    "shared": (Shared, FLAT),
    "attention": (Attention, TOKENS),
}


def made(name: str, seed: int = 0) -> tuple[nn.Module, Tensor]:
    """A network in float64 and training mode, its batch norms with statistics of their own; three samples."""
    make, shape = FOREIGN[name]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = make().double()
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_()
                module.running_var.uniform_(0.5, 2)
                nn.init.uniform_(module.weight, 0.5, 2)
                nn.init.normal_(module.bias)
        return model, torch.randn(3, *shape, dtype=torch.float64)


def groups_of(model: nn.Module, x: Tensor) -> list[Group]:
    return find_groups(model, trace_graph(model, x), x, find_layers(model, x))
