"""Status at scale, each in a process of its own, with the memory that it took at most.

    OMP_NUM_THREADS=1 python -m benchmarks.scale [--quick]

- units: a network of 1,000,000 units, linear and convolutional;
- samples: 1,000,000 samples of 64 numbers, from a memory-mapped file and from a loader. The same with a tenth
  of the samples shows that memory does not grow with their number.

`beyond` is the peak above what the process had before it began to look, network and data set included.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import nn

from effdash import unit_status

FEATURES: Final = 64


def wide_linear(n: int) -> tuple[nn.Module, object]:
    """n units in one layer."""
    return nn.Sequential(nn.Linear(8, n), nn.ReLU(), nn.Linear(n, 4)), torch.randn(1_000, 8)


def wide_convolution(n: int) -> tuple[nn.Module, object]:
    """n channels over 3 x 3 positions."""
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(n, 4))
    return nn.Sequential(nn.Conv2d(1, n, 2), nn.ReLU(), *head), torch.randn(100, 1, 4, 4)


def small_network() -> nn.Module:
    return nn.Sequential(nn.Linear(FEATURES, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 4))


def mapped_file(n: int) -> tuple[nn.Module, object]:
    """n samples in a file, written piece by piece, and mapped."""
    path = Path(tempfile.gettempdir()) / f"scale-{n}.npy"
    chance = np.random.default_rng(0)
    kind = {"descr": "<f4", "fortran_order": False, "shape": (n, FEATURES)}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, kind)
        for _ in range(0, n, 10_000):
            chance.standard_normal((10_000, FEATURES), np.float32).tofile(file)
    mapped = np.load(path, mmap_mode="r")
    path.unlink()
    return small_network(), mapped


class Loader:
    """Batches of samples and labels that are made as they are asked for."""

    def __init__(self, n: int) -> None:
        self.total = n

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        for _ in range(0, self.total, 1_000):
            yield torch.randn(1_000, FEATURES), torch.zeros(1_000)


def loader(n: int) -> tuple[nn.Module, object]:
    """n samples from a loader."""
    return small_network(), Loader(n)


ARMS: Final[dict[str, Callable[[int], tuple[nn.Module, object]]]] = {
    "units, linear": wide_linear,
    "units, convolutional": wide_convolution,
    "samples, mapped file": mapped_file,
    "samples, loader": loader,
}


def peak() -> float:
    """The most memory that this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(name: str, n: int) -> None:
    """Prints a line on one arm."""
    torch.manual_seed(0)
    unit_status(small_network(), torch.randn(100, FEATURES))
    model, X = ARMS[name](n)
    before, started = peak(), time.perf_counter()
    units = unit_status(model, X, progress=sys.stderr.isatty())
    seconds = time.perf_counter() - started
    counts = ", ".join(f"{count:,} {word}" for word, count in units["status"].value_counts().items() if count)
    print(f"{name:<22}{n:>10,}: {seconds:6.1f} s, {peak() - before:6.0f} MB beyond {before:.0f}; {counts}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    parser.add_argument("--arm", choices=ARMS)
    parser.add_argument("--n", type=int)
    args = parser.parse_args()
    if args.arm is not None:
        measure(args.arm, args.n)
        return
    most = 100_000 if args.quick else 1_000_000
    for name in ARMS:
        for n in (most // 10, most):
            words = [sys.executable, "-m", "benchmarks.scale", "--arm", name, "--n", str(n)]
            subprocess.run(words, check=True)


if __name__ == "__main__":
    main()
