"""Small networks and loops of a stranger's style."""

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

import effdash as ed
from effdash.runs import Run
from effdash.watcher import Watch


def blobs(n: int = 96, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Three classes in four dimensions."""
    generator = torch.Generator().manual_seed(seed)
    y = torch.arange(n) % 3
    return torch.randn(n, 4, generator=generator) + 2 * nn.functional.one_hot(y, 4), y


def make_net(seed: int = 0) -> nn.Sequential:
    torch.default_generator.manual_seed(seed)
    return nn.Sequential(
        nn.Linear(4, 12),
        nn.BatchNorm1d(12),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(12, 8),
        nn.ReLU(inplace=True),
        nn.Linear(8, 3),
    )


def loader_of(n: int = 96, **options: Any) -> DataLoader:
    return DataLoader(TensorDataset(*blobs(n)), batch_size=16, shuffle=True, **options)


def train(
    model: nn.Module,
    loader: DataLoader,
    *,
    epochs: int = 3,
    watched: Callable[[], Watch] | None = None,
    forward: Callable[[Tensor], Tensor] | None = None,
    accumulate: int = 1,
) -> Watch | None:
    """Plain training, with gradients accumulated over some batches, that may be watched."""
    optimizer = torch.optim.AdamW(filter(lambda p: p.requires_grad, model.parameters()), lr=0.01)
    forward = forward or model
    with watched() if watched else nullcontext() as run:
        for _ in range(epochs):
            model.train()
            for number, (x, y) in enumerate(loader):
                loss = cross_entropy(forward(x), y) / accumulate
                loss.backward()
                if (number + 1) % accumulate == 0:
                    optimizer.step()
                    optimizer.zero_grad()
            if run is not None:
                run.epoch(loss=loss, lr=optimizer.param_groups[0]["lr"])
    return run


def run_of(watched: Watch) -> Run:
    assert watched.path is not None
    return ed.open_run(watched.path)


def only_run(folder: Path) -> Run:
    (path,) = folder.glob("*.effdash")
    return ed.open_run(path)
