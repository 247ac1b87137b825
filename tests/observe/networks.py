"""Small networks for the recorder, and the names it gives to their layers."""

from torch import Tensor, nn

from effdash.observe import find_layers


class Applying(nn.Module):
    """fc, what `apply` does, out."""

    def __init__(self, apply, width: int = 5) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 5)
        self.out = nn.Linear(width, 2)
        self.apply_phi = apply

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.apply_phi(self.fc(x)))


def names_of(model: nn.Module, x: Tensor) -> list[str]:
    return [layer.name for layer in find_layers(model, x)]


def plain() -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 6), nn.ReLU(), nn.Linear(6, 2))
