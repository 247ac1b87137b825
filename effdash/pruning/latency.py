"""How long a network takes to answer, before and after, measured on this machine."""

import copy
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from effdash.observe.names import unwrapped
from effdash.observe.untouched import as_input
from effdash.vocab import UserError

BATCHES: Final = (1, 256)
SECONDS: Final = 0.3
"""For each size of a batch, both networks together."""
RUNS: Final = (5, 2_000)
"""Fewest and most runs of each network."""
WARM_UP: Final = 3

_ONE_AT_A_TIME: Final = threading.Lock()
"""Torch's number of threads is one for all."""


def measure_latency(
    before: nn.Module,
    after: nn.Module,
    X: Tensor,
    *,
    seconds: float = SECONDS,
) -> pd.DataFrame:
    """What a batch takes both networks, on the CPU, with one thread: milliseconds.

    They run in turns, so that what else the machine does meets both. A row a batch size: `batch`, `runs` of
    each, and the median and the quartiles `before`, `before_low`, `before_high`, `after`, `after_low`,
    `after_high`. The models are left as they were.

    Args:
        X: Samples; where they are fewer than a batch, they are repeated.
        seconds: For each batch size, about.

    Raises:
        UserError: no samples.
    """
    if not len(X):
        raise UserError("there are no samples to measure with")
    networks = [copy.deepcopy(unwrapped(model)).cpu().eval() for model in (before, after)]
    rows = []
    with _one_thread(), torch.no_grad():
        for batch in BATCHES:
            samples = X[torch.arange(batch) % len(X)]
            inputs = [as_input(network, samples) for network in networks]
            times = _times(networks, inputs, seconds)
            quartiles = np.percentile(1000 * times, [50, 25, 75], axis=1)
            row: dict[str, float] = {"batch": batch, "runs": times.shape[1]}
            for place, name in enumerate(("before", "after")):
                middle, low, high = quartiles[:, place].tolist()
                row |= {name: middle, f"{name}_low": low, f"{name}_high": high}
            rows.append(row)
    return pd.DataFrame(rows).astype({"batch": int, "runs": int})


def _times(networks: Sequence[nn.Module], inputs: Sequence[Tensor], seconds: float) -> np.ndarray:
    """Seconds of every run, (network, run)."""
    pairs = list(zip(networks, inputs, strict=True))
    for network, samples in pairs * WARM_UP:
        network(samples)
    fewest, most = RUNS
    times: list[list[float]] = []
    end = time.perf_counter() + seconds
    while len(times) < fewest or (time.perf_counter() < end and len(times) < most):
        times.append([_seconds(network, samples) for network, samples in pairs])
    return np.array(times).T


def _seconds(network: nn.Module, samples: Tensor) -> float:
    start = time.perf_counter()
    network(samples)
    return time.perf_counter() - start


@contextmanager
def _one_thread() -> Iterator[None]:
    with _ONE_AT_A_TIME:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)
