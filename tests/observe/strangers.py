"""Networks as strangers write them, and each one's layers as its owner computes them, without any hook."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

Truth = list[tuple[str, str, Tensor]]
"""Name, kind and pre-activation of every layer."""


def chain(
    names: list[str], kind: str, phi: Callable[[Tensor], Tensor]
) -> Callable[[nn.Module, Tensor], Truth]:
    """The truth of a plain chain: a layer after each of these modules, however it is written."""

    def truth(model: nn.Module, x: Tensor) -> Truth:
        met: Truth = []
        for name in names:
            z = model.get_submodule(name)(x)
            met.append((name, kind, z.clone()))
            x = phi(z.clone())
        return met

    return truth


class Chain(nn.Module):
    """fc1, fc2, out, with the nonlinearity as `apply` says."""

    def __init__(self, apply: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.fc1 = nn.Linear(4, 8)
        self.fc2 = nn.Linear(8, 8)
        self.out = nn.Linear(8, 3)
        self.apply_phi = apply

    def forward(self, x: Tensor) -> Tensor:
        phi = self.apply_phi
        return self.out(phi(self.fc2(phi(self.fc1(x)))))


class ReusedAndOutput(nn.Module):
    """One nn.ReLU in many places, the last of which is the output."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(4, 8)
        self.fc2 = nn.Linear(8, 8)
        self.out = nn.Linear(8, 3)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.out(self.relu(self.fc2(self.relu(self.fc1(x))))))


class Normalised(nn.Module):
    def __init__(self, inplace: bool) -> None:
        super().__init__()
        self.fc1 = nn.Linear(4, 8)
        self.bn1 = nn.BatchNorm1d(8)
        self.fc2 = nn.Linear(8, 8)
        self.bn2 = nn.BatchNorm1d(8)
        self.out = nn.Linear(8, 3)
        self.act = nn.ReLU(inplace)

    def forward(self, x: Tensor) -> Tensor:
        x = self.act(self.bn1(self.fc1(x)))
        return self.out(functional.relu(self.bn2(self.fc2(x))))


def normalised_truth(model: nn.Module, x: Tensor) -> Truth:
    z1 = model.bn1(model.fc1(x))
    z2 = model.bn2(model.fc2(z1.clamp(min=0)))
    return [("bn1", "relu", z1), ("bn2", "relu", z2)]


class Convolutional(nn.Module):
    def __init__(self, dimensions: int) -> None:
        super().__init__()
        conv = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[dimensions - 1]
        pool = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)[dimensions - 1]
        self.features = nn.Sequential(
            conv(2, 6, 3, padding=1), nn.ReLU(inplace=True), pool(2), conv(6, 6, 3, padding=1)
        )
        self.head = nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu_(self.features(x))
        return self.head(x.flatten(2).mean(2))


def convolutional_truth(model: nn.Module, x: Tensor) -> Truth:
    z1 = model.features[0](x)
    z2 = model.features[3](model.features[2](z1.clamp(min=0)))
    return [("features.0", "relu", z1), ("features.3", "relu", z2)]


class Skipping(nn.Module):
    """Blocks in a ModuleList with `h += x`."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 8)
        self.blocks = nn.ModuleList(
            nn.ModuleDict({"a": nn.Linear(8, 8), "b": nn.Linear(8, 8)}) for _ in range(2)
        )
        self.out = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.first(x))
        for block in self.blocks:
            h = block["b"](torch.relu(block["a"](x)))
            h += x
            x = h.relu()
        return self.out(x)


def skipping_truth(model: nn.Module, x: Tensor) -> Truth:
    z = model.first(x)
    met = [("first", "relu", z)]
    x = z.clamp(min=0)
    for i, block in enumerate(model.blocks):
        a = block["a"](x)
        b = block["b"](a.clamp(min=0)) + x
        met += [(f"blocks.{i}.a", "relu", a), (f"blocks.{i}.b", "relu", b)]
        x = b.clamp(min=0)
    return met


class LinkedByHand(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(4, 8)
        self.fc2 = nn.Linear(16, 8)
        self.out = nn.Linear(16, 3)

    def forward(self, x: Tensor) -> Tensor:
        z = self.fc1(x)
        z = self.fc2(torch.cat([functional.relu(z), functional.relu(-z)], 1))
        return self.out(torch.cat((z.relu(), z.neg().relu()), dim=-1))


def linked_module(make: Callable[[], nn.Module]) -> Callable[[], nn.Module]:
    return lambda: nn.Sequential(nn.Linear(4, 8), make(), nn.Linear(16, 8), make(), nn.Linear(16, 3))


def linked_truth(names: tuple[str, str], kind: str, phi: Callable[[Tensor], Tensor]) -> Callable:
    def truth(model: nn.Module, x: Tensor) -> Truth:
        z1 = model.get_submodule(names[0])(x)
        z2 = model.get_submodule(names[1])(torch.cat([phi(z1), phi(-z1)], 1))
        return [(names[0], kind, z1), (names[1], kind, z2)]

    return truth


class ControlFlow(nn.Module):
    """A loop that the data ends, one layer used in every round, tensors in lists, a raw parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 8)
        self.again = nn.Linear(8, 8)
        self.weight = nn.Parameter(torch.randn(3, 16))

    def forward(self, x: Tensor) -> Tensor:
        states = [functional.relu(self.first(x))]
        while len(states) < 3 and bool(x.isfinite().any()):
            states.append(functional.relu(self.again(states[-1])))
        return functional.linear(torch.cat(states[1:], 1), self.weight)


def control_flow_truth(model: nn.Module, x: Tensor) -> Truth:
    z1 = model.first(x)
    z2 = model.again(z1.clamp(min=0))
    z3 = model.again(z2.clamp(min=0))
    return [("first", "relu", z1), ("again", "relu", z2), ("again#2", "relu", z3)]


class Checkpointed(Chain):
    def forward(self, x: Tensor) -> Tensor:
        x = checkpoint(lambda x: functional.relu(self.fc1(x)), x, use_reentrant=False)
        return self.out(checkpoint(lambda x: functional.relu(self.fc2(x)), x, use_reentrant=False))


class OutOfOrder(nn.Module):
    """Two branches, made in one order and used in the other; dropout before a ReLU."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Linear(4, 8)
        self.b = nn.Linear(4, 8)
        self.c = nn.Linear(16, 8)
        self.out = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        a, b = self.a(x), self.b(x)
        x = torch.cat([torch.relu(b), torch.tanh(a)], 1)
        return torch.softmax(self.out(functional.relu(functional.dropout(self.c(x), 0.5, self.training))), 1)


def out_of_order_truth(model: nn.Module, x: Tensor) -> Truth:
    a, b = model.a(x), model.b(x)
    c = model.c(torch.cat([b.clamp(min=0), a.tanh()], 1))
    return [("b", "relu", b), ("a", "tanh", a), ("c", "relu", c)]


class PReLUPerUnit(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(4, 8)
        self.act = nn.PReLU(8)
        self.out = nn.Linear(8, 3)
        with torch.no_grad():
            self.act.weight.copy_(torch.tensor([0.3, 0.0, 0.0, 0.0, 1.0, 1.0, -0.5, 0.25]))

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.act(self.fc1(x)))


def prelu_truth(model: nn.Module, x: Tensor) -> Truth:
    return [("fc1", "prelu", model.fc1(x))]
