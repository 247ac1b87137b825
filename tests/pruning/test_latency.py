"""What a batch takes, measured on networks whose time is known."""

import threading
import time

import pytest
import torch
from torch import Tensor, nn

from effdash.pruning.latency import measure_latency
from effdash.vocab import UserError


class Sleeps(nn.Module):
    """Takes this long, and keeps which batches it saw and with how many threads."""

    def __init__(self, seconds: float, seen: list[tuple[int, int]]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.seconds = seconds
        self.seen = (seen,)

    def forward(self, x: Tensor) -> Tensor:
        assert not self.training
        self.seen[0].append((len(x), torch.get_num_threads()))
        time.sleep(self.seconds)
        return x

    def __deepcopy__(self, memo: dict) -> "Sleeps":
        return Sleeps(self.seconds, self.seen[0])


def test_medians_of_runs_in_turns_on_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("effdash.pruning.latency.BATCHES", (1, 8))
    seen: list[tuple[int, int]] = []
    slow, fast = Sleeps(0.006, seen), Sleeps(0.001, seen)
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        table = measure_latency(slow, fast, torch.zeros(3, 2), seconds=0.02)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)
    assert slow.training
    assert table["batch"].tolist() == [1, 8]
    assert (table["runs"] >= 5).all()
    # Sleeping takes at least so long, whatever else the machine does.
    assert (table["before_low"] >= 6).all() and (table["after_low"] >= 1).all()
    assert (table["before"] > table["after"]).all()
    for side in ("before", "after"):
        assert (table[f"{side}_low"] <= table[side]).all() and (table[side] <= table[f"{side}_high"]).all()
    assert {threads for _, threads in seen} == {1}
    # Three samples make a batch of eight.
    assert {batch for batch, _ in seen} == {1, 8}


def test_two_at_once_leave_the_number_of_threads_alone() -> None:
    threads = torch.get_num_threads()
    network = nn.Linear(2, 2)
    workers = [
        threading.Thread(
            target=measure_latency, args=(network, network, torch.zeros(4, 2)), kwargs={"seconds": 0.02}
        )
        for _ in range(3)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert torch.get_num_threads() == threads


def test_bad_input() -> None:
    network = nn.Linear(2, 2)
    with pytest.raises(UserError, match="there are no samples to measure with"):
        measure_latency(network, network, torch.zeros(0, 2))
