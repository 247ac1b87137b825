"""Two processes that train one network under DistributedDataParallel: one run, as if one saw everything.

Their shards are of different sizes. What they do, and what has to come of it; `tests/test_distributed.py`
starts them.
"""

import json
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, TensorDataset

import effdash as ed
from effdash.watcher import recording

RANKS = 2
SHARDS = slice(24), slice(24, 42)
COLUMNS = ["layer", "unit", "status", "min", "max", "active_share", "constant"]


def data() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(4)
    return torch.randn(42, 3, dtype=torch.float64, generator=generator), torch.arange(42) % 3


def make() -> nn.Module:
    torch.default_generator.manual_seed(0)
    net = nn.Sequential(
        nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 6), nn.Tanh(), nn.Linear(6, 3)
    )
    return net.double()


def loop(rank: int, folder: str) -> dict[str, object]:
    """Trains for two epochs on a shard; test samples are handed in whole by both processes."""
    X, y = data()
    model = DistributedDataParallel(make())
    # As many batches in each process, as DDP needs them, of different sizes.
    loader = DataLoader(TensorDataset(X[SHARDS[rank]], y[SHARDS[rank]]), batch_size=(8, 6)[rank])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with ed.watch(model, loader, test=(X[:11], y[:11]), runs=f"{folder}/runs", strict=True) as run:
        for _ in range(2):
            for a, b in loader:
                optimizer.zero_grad()
                cross_entropy(model(a), b).backward()
                optimizer.step()
            run.epoch(loss=0.5)
        buffers = {name: value.clone() for name, value in model.module.named_buffers()}
        if rank == 0:
            torch.save({**model.module.state_dict(), **buffers}, f"{folder}/weights.pt")
    return {"id": run.id, "there": run.path is not None}


def one_stops(rank: int, folder: str) -> dict[str, object]:
    """In the second epoch one process alone calls `epoch`; in a second run one process alone begins."""
    recording.EPOCH_SECONDS = recording.BEGIN_SECONDS = 1.0
    X, y = data()
    run = ed.watch(make(), (X, y), runs=f"{folder}/stopped", process_group=dist.group.WORLD)
    run.epoch(loss=1.0)
    if rank == 0:
        run.epoch(loss=1.0)
    dist.barrier()
    run.epoch(loss=1.0)
    stopped = not run.recording
    run.close()
    alone = None
    if rank == 0:
        alone = ed.watch(make(), (X, y), runs=f"{folder}/alone")
    dist.barrier()
    return {"stopped": stopped, "began": alone is not None and alone.recording}


def check(folder: Path) -> None:
    """What two processes that did both have left behind."""
    told = [json.loads((folder / f"told-{rank}.json").read_text()) for rank in range(RANKS)]
    (path,) = (folder / "runs").glob("*.effdash")
    assert [one["id"] for one in told] == [path.stem] * RANKS
    assert all(one["there"] for one in told)
    run = ed.open_run(path)
    assert run.state == "finished" and list(run.epochs().epoch) == [1, 2]
    assert run.data_size("train") == (42, 42) and run.data_size("test") == (11, 11)

    X, y = data()
    model = make()
    model.load_state_dict(torch.load(folder / "weights.pt", weights_only=True))
    model.eval()
    for split, samples, labels in (("train", X, y), ("test", X[:11], y[:11])):
        seen = run.units(epoch=2, split=split)
        expected = ed.unit_status(model, samples)
        for column in COLUMNS:
            one, other = seen[column].astype(str), expected[column].astype(str)
            assert list(one) == list(other), (split, column)
        accuracy = (model(samples).argmax(1) == labels).double().mean()
        assert np.isclose(run.epochs()[f"{split}_accuracy"].iloc[-1], float(accuracy))
    # Samples are followed one by one where they are written: those of the first process.
    points = run.points(epoch=2)
    first = ed.point_status(model, X[SHARDS[0]])
    assert list(points.status.astype(str)) == list(first.status.astype(str))
    assert torch.equal(run.data().X_train, X[SHARDS[0]])

    (stopped,) = (folder / "stopped").glob("*.effdash")
    assert all(one["stopped"] and not one["began"] for one in told)
    assert not (folder / "alone").exists()
    run = ed.open_run(stopped)
    assert run.state == "interrupted" and "not all 2 processes came to epoch 2" in run.message
    assert list(run.epochs().epoch) == [1]
