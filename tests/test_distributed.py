"""Observing, jumpstart and watching in DistributedDataParallel: two processes, each with half of all."""

import copy
import json
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel

from effdash.jumpstart import Jumpstart
from effdash.observe import observe, unit_status

from .watcher import ranked

RANKS = 2


def make() -> tuple[nn.Module, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 6), nn.ReLU(), nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3))
    return model.double(), torch.randn(16, 2, dtype=torch.float64), torch.arange(16) % 3


def gradients(model: nn.Module, X: torch.Tensor, y: torch.Tensor) -> dict[str, torch.Tensor]:
    """Of the task and jumpstart together, on this batch."""
    with Jumpstart(model) as jumpstart:
        loss = cross_entropy(model(X), y)
        (loss + 0.3 * jumpstart.loss).backward()
    return {name.removeprefix("module."): p.grad.clone() for name, p in model.named_parameters()}


def work(rank: int, folder: str) -> None:
    dist.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=RANKS)
    try:
        model, X, y = make()
        mine = slice(rank, None, RANKS)
        wrapped = DistributedDataParallel(model)
        seen = observe(wrapped, X[mine])
        torch.save(gradients(wrapped, X[mine], y[mine]), f"{folder}/gradients-{rank}.pt")
        torch.save(
            [torch.from_numpy(seen.unit_min), torch.from_numpy(seen.unit_max)], f"{folder}/seen-{rank}.pt"
        )
        torch.save([layer.name for layer in seen.layers], f"{folder}/names-{rank}.pt")
        told = ranked.loop(rank, folder) | ranked.one_stops(rank, folder)
        Path(f"{folder}/told-{rank}.json").write_text(json.dumps(told), encoding="utf-8")
    finally:
        dist.destroy_process_group()


def load(path: str):
    return torch.load(path, weights_only=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """What two processes left behind. They are started once, which takes longer than what they do."""
    folder = tmp_path_factory.mktemp("ranks")
    # Fresh processes: those forked off a process with threads may wait for a lock that nobody holds any more.
    mp.start_processes(work, args=(str(folder),), nprocs=RANKS, start_method="spawn")
    return folder


def test_two_ranks_give_the_mean_of_their_gradients_and_the_extremes_of_all(folder):
    model, X, y = make()
    alone = [gradients(copy.deepcopy(model), X[rank::RANKS], y[rank::RANKS]) for rank in range(RANKS)]
    for rank in range(RANKS):
        for name, gradient in load(f"{folder}/gradients-{rank}.pt").items():
            expected = torch.stack([each[name] for each in alone]).mean(0)
            torch.testing.assert_close(gradient, expected, rtol=1e-12, atol=1e-12)
    whole = unit_status(model, X)
    lows, highs = zip(*(load(f"{folder}/seen-{rank}.pt") for rank in range(RANKS)), strict=True)
    assert torch.equal(torch.minimum(*lows), torch.tensor(whole["min"].to_numpy()))
    assert torch.equal(torch.maximum(*highs), torch.tensor(whole["max"].to_numpy()))
    assert load(f"{folder}/names-0.pt") == ["0", "2"]


def test_two_ranks_record_one_run_as_if_one_had_seen_everything(folder):
    ranked.check(folder)
