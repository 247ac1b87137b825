"""What watching costs a stranger's training script: the same training with and without, in turns.

    OMP_NUM_THREADS=1 python -m benchmarks.watching [--rounds 5] [--epochs 5]

The script is docs/examples/train_digits.py; without, its two calls of effdash do nothing. Both arms run in
this process, in a new random order every round. Shown are seconds at work (processor time, which other
programs disturb less) and on the clock, and the median of the ratios.
"""

import argparse
import importlib.util
import os
import random
import statistics
import tempfile
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Final

import effdash

SCRIPT: Final = Path(__file__).parents[1] / "docs" / "examples" / "train_digits.py"


class Nothing:
    """What stands where a watch would be."""

    def __enter__(self) -> "Nothing":
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def epoch(self, **scalars: Any) -> None:
        """Does nothing."""


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("train_digits", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--width", type=int, default=16)
    args = parser.parse_args()
    script = load_script()
    words = ["--quiet", "--epochs", str(args.epochs), "--width", str(args.width)]
    order = random.Random(0)
    ratios = []
    with tempfile.TemporaryDirectory() as runs:
        os.environ["EFFDASH_RUNS"] = runs
        # Whatever is imported or compiled the first time is not watching's to pay.
        script.train(script.parsed(["--quiet", "--epochs", "1"]))
        for number in range(args.rounds):
            seconds, clock = {}, {}
            for watched in order.sample([False, True], 2):
                stand_in = SimpleNamespace(watch=lambda *a, **k: Nothing())
                vars(script)["ed"] = effdash if watched else stand_in
                before = time.process_time()
                clock[watched] = script.train(script.parsed(words))
                seconds[watched] = time.process_time() - before
            ratios.append(seconds[True] / seconds[False])
            print(
                f"round {number + 1}: alone {seconds[False]:.2f} s, watched {seconds[True]:.2f} s at work "
                f"({clock[False]:.2f} and {clock[True]:.2f} s on the clock), ratio {ratios[-1]:.3f}"
            )
    print(f"watched / alone: {statistics.median(ratios):.3f} (median of {len(ratios)} rounds)")


if __name__ == "__main__":
    main()
