"""Several processes that train one network: what each saw of its samples, put together.

Before its first collective call of an epoch every process waits for the others, so that a loop in which only
some of them record ends in a sentence, and never in a process that waits for ever.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any, Final

import torch
import torch.distributed as dist
from torch import Tensor, nn

from effdash.observe.extremes import PassGatherer
from effdash.observe.untouched import device_of, untouched
from effdash.vocab import UserError

BEGIN_SECONDS: Final = 120.0
"""How long the first process waits for the others to begin. Longer than these take to load their data."""
EPOCH_SECONDS: Final = 300.0
"""How long at an epoch's end. Shorter than the ten minutes after which NCCL ends a job."""
_NUMBERS: Final = count()


class Alone:
    """One process."""

    rank, size = 0, 1

    def meet(self, what: str, seconds: float) -> None:
        """Waits for the others, so long at most."""

    def leave(self) -> None:
        """The others are not to wait any more."""

    def tell(self, key: str, value: str) -> None:
        """Says something to the others."""

    def hear(self, key: str) -> str:
        """What was told."""
        raise AssertionError("nobody else is there")

    def agree(self, numbers: list[int], *, well: bool) -> None:
        """Goes on only where all are well and have the same numbers."""

    def merge(self, gathered: PassGatherer) -> None:
        """Puts what all saw in place of what this one saw."""

    def sums(self, numbers: list[int]) -> list[int]:
        """The sum of each over all processes."""
        return numbers

    def same(self, numbers: list[int]) -> bool:
        """Whether all processes have these numbers, where there are several."""
        return False

    @contextmanager
    def one_network(self, network: nn.Module) -> Iterator[None]:
        """Buffers, which may differ, are the first process's while this lasts."""
        yield


class Ranks(Alone):
    """This process among those of a process group."""

    def __init__(self, group: Any, network: nn.Module) -> None:
        self._group = group
        self.rank, self.size = dist.get_rank(group), dist.get_world_size(group)
        self._first = dist.get_global_rank(group, 0)
        self._device = device_of(network)
        members = "-".join(map(str, dist.get_process_group_ranks(group)))
        self._prefix = f"effdash/{members}/{next(_NUMBERS)}"
        self._store = _store()

    def meet(self, what: str, seconds: float) -> None:
        """Waits for the others, so long at most.

        Raises:
            UserError: they do not come. None of them goes on then.
        """
        store, place = self._store, f"{self._prefix}/{what}"
        if store is None:
            return
        store.set(f"{place}/{self.rank}", "here")
        keys = [f"{place}/{rank}" for rank in range(self.size)]
        give_up, pause = time.monotonic() + seconds, 0.0005
        while True:
            all_here = store.check(keys)
            gone = time.monotonic() > give_up or store.check([f"{self._prefix}/gone"])
            if all_here or gone:
                # The first verdict is everybody's.
                verdict = store.compare_set(f"{place}/verdict", "", "go" if all_here else "gone")
                if verdict == b"go":
                    return
                raise UserError(f"not all {self.size} processes came to {what}, and all of them have to")
            time.sleep(pause)
            pause = min(2 * pause, 0.02)

    def leave(self) -> None:
        if self._store is not None:
            self._store.set(f"{self._prefix}/gone", "gone")

    def tell(self, key: str, value: str) -> None:
        if self._store is not None:
            self._store.set(f"{self._prefix}/{key}", value)

    def hear(self, key: str) -> str:
        place = f"{self._prefix}/{key}"
        if self._store is None:
            return ""
        while not self._store.check([place]):
            if self._store.check([f"{self._prefix}/gone"]):
                raise UserError("the first process could not begin a run")
            time.sleep(0.005)
        return self._store.get(place).decode()

    def agree(self, numbers: list[int], *, well: bool) -> None:
        lows = self._reduced([int(well), *numbers], dist.ReduceOp.MIN)
        if not lows[0]:
            if well:
                raise UserError("another process could not look at its samples")
            return
        if lows != self._reduced([int(well), *numbers], dist.ReduceOp.MAX):
            raise UserError("the processes do not train one and the same network, so nothing can be merged")

    def merge(self, gathered: PassGatherer) -> None:
        wide = gathered.units if gathered.units.dtype == torch.float64 else gathered.units.float()
        units = wide.to(self._device).contiguous().clone()
        dist.all_reduce(units[0], dist.ReduceOp.MIN, group=self._group)
        dist.all_reduce(units[1], dist.ReduceOp.MAX, group=self._group)
        counts = torch.stack([gathered.active.cpu().long(), torch.from_numpy(gathered.seen).long()])
        counts = counts.to(self._device)
        dist.all_reduce(counts, dist.ReduceOp.SUM, group=self._group)
        gathered.units = units.to(gathered.units.device)
        gathered.active, gathered.seen = counts[0].to(gathered.units.device), counts[1].cpu().numpy()
        (gathered.n_samples,) = self.sums([gathered.n_samples])

    def sums(self, numbers: list[int]) -> list[int]:
        return self._reduced(numbers, dist.ReduceOp.SUM)

    def same(self, numbers: list[int]) -> bool:
        return self._reduced(numbers, dist.ReduceOp.MIN) == self._reduced(numbers, dist.ReduceOp.MAX)

    @contextmanager
    def one_network(self, network: nn.Module) -> Iterator[None]:
        with untouched(network):
            for buffer in network.buffers():
                buffer.copy_(self._of_first(buffer))
            yield

    def _of_first(self, buffer: Tensor) -> Tensor:
        sent = buffer.to(torch.uint8) if buffer.dtype == torch.bool else buffer
        sent = sent.detach().to(self._device).contiguous().clone()
        dist.broadcast(sent, self._first, group=self._group)
        return sent.to(buffer.dtype)

    def _reduced(self, numbers: list[int], how: Any) -> list[int]:
        tensor = torch.tensor(numbers, dtype=torch.int64, device=self._device)
        dist.all_reduce(tensor, how, group=self._group)
        return tensor.tolist()


def ranks_of(process_group: Any, model: nn.Module, network: nn.Module) -> Alone:
    """Who records this network: the processes of a group, of the model's own group, or all there are.

    `process_group` False: this process alone.
    """
    if process_group is False or not dist.is_available() or not dist.is_initialized():
        return Alone()
    group = process_group or getattr(model, "process_group", None) or dist.group.WORLD
    return Ranks(group, network) if dist.get_world_size(group) > 1 else Alone()


def _store() -> Any:
    """Where processes leave words for each other; `None`: this torch does not say."""
    get = getattr(torch.distributed.distributed_c10d, "_get_default_store", None)
    return None if get is None else get()
