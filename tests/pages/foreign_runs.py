"""Runs that effdash did not train, as `watch` and `load` write them, in the forms that they may have."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from effdash.data import Dataset
from effdash.loading import make_run, of_module
from effdash.watcher import watch

from .odd_runs import samples


class TwoInputs(nn.Module):
    """A network of one unit a class, that no one tensor is enough for."""

    def __init__(self) -> None:
        super().__init__()
        self.left = nn.Linear(3, 4)
        self.right = nn.Linear(2, 4)
        self.out = nn.Linear(4, 2)

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        return self.out(torch.relu(self.left(left)) + torch.relu(self.right(right)))


def network(features: int = 2, answers: int = 2, *, seed: int = 0) -> nn.Module:
    """Two layers of four units."""
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(features, 4), nn.ReLU(), nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, answers))


def without_classes(data: Dataset) -> Dataset:
    """The same, of which nobody knows the classes."""
    return replace(
        data, class_names=(), y_train=torch.zeros_like(data.y_train), y_test=torch.zeros_like(data.y_test)
    )


def loaded(folder: Path, data: Dataset, *, answers: int = 2) -> str:
    """The id of a run of one epoch."""
    return make_run(of_module(network(data.X_train.shape[1], answers), "mine"), data, folder, name="mine")


def watched(
    folder: Path,
    data: Any,
    *,
    model: nn.Module | None = None,
    told: Sequence[Mapping[str, float]] = ({"loss": 1.0}, {"loss": 0.5}),
    **how: Any,
) -> str:
    """The id of a run of so many epochs, whose network never learns."""
    with watch(
        network() if model is None else model, data, name="mine", runs=folder, strict=True, **how
    ) as run:
        for scalars in told:
            run.epoch(**scalars)
    assert run.id is not None
    return run.id


def two_inputs(folder: Path) -> str:
    """Of a network of two inputs, whose data no run file holds."""
    torch.manual_seed(0)
    pairs = (torch.randn(12, 3), torch.randn(12, 2))
    return watched(folder, pairs, model=TwoInputs(), call=lambda model, batch: model(*batch))


def plane(*, test: bool = True, features: int = 2) -> Dataset:
    """Twenty samples of each of two classes."""
    return samples(each=20, test=test, features=features)


def images() -> Dataset:
    """Six images of 4 x 4 of each of two classes."""
    data = samples(each=6, features=16)
    return replace(data, image_shape=(1, 4, 4), feature_names=tuple(f"p{n}" for n in range(16)))
