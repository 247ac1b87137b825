"""A small dense network and samples for it, the same every time."""

import torch
from torch import Tensor, nn


def mlp(seed: int = 0, *, width: int = 6, classes: int = 3) -> nn.Sequential:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(
            nn.Linear(4, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, classes)
        )


def samples(n: int = 50, features: int = 4) -> Tensor:
    return torch.randn(n, features, generator=torch.Generator().manual_seed(5))
