"""Trains presets with several seeds through the command line and prints what became of them.

    python benchmarks/presets.py --seeds 10
    python benchmarks/presets.py --seeds 3 born-dead jumpstart

A network has trained that ends with a training accuracy of .95 or more; it has reached it that once had.
Data and network are seeded alike.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from effdash.runs import open_run

ARMS: dict[str, list[str]] = {
    "born-dead": ["--preset", "born-dead"],
    "jumpstart": ["--preset", "jumpstart"],
    "revived": ["--preset", "revived"],
    "linked": ["--preset", "linked"],
    "skip-connections": ["--preset", "skip-connections"],
    "batch-norm": ["--preset", "batch-norm"],
    "50x4 plain": ["--depth", "50", "--width", "4", "--epochs", "300"],
    "dies-in-training": ["--preset", "dies-in-training"],
    "digits-wide": ["--preset", "digits-wide"],
    "digits-deep": ["--preset", "digits-deep"],
}
SUCCESS = 0.95


def train(flags: list[str], seed: int, runs: Path) -> dict[str, Any]:
    """One run by the command line; its answer, with the first epoch of success and the seconds it took."""
    command = [
        sys.executable,
        "-m",
        "effdash",
        "train",
        *flags,
        "--seed",
        str(seed),
        "--runs",
        str(runs),
        "--json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    epochs = open_run(runs / f"{answer['run']}.effdash").epochs()
    good = epochs.loc[epochs["train_accuracy"] >= SUCCESS, "epoch"]
    return {
        **answer,
        "first": int(good.iloc[0]) if len(good) else None,
        "seconds": epochs["seconds"].iloc[-1],
    }


def row(name: str, results: list[dict[str, Any]]) -> str:
    trained = sum(result["train_accuracy"] >= SUCCESS for result in results)
    reached = sum(result["first"] is not None for result in results)
    shares = {
        word: median(result["units"][word] / sum(result["units"].values()) for result in results)
        for word in ("dead", "linear")
    }
    firsts = [result["first"] for result in results if result["first"] is not None]
    accuracies = [median(result[key] for result in results) for key in ("train_accuracy", "test_accuracy")]
    return (
        f"| {name} | {trained} / {reached} of {len(results)} | {accuracies[0]:.3f} | {accuracies[1]:.3f} "
        f"| {shares['dead']:.2f} / {shares['linear']:.2f} | {median(firsts) if firsts else '–'} "
        f"| {median(result['seconds'] for result in results):.1f} |"
    )


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("arms", nargs="*", metavar="ARM", help=f"of {', '.join(ARMS)}; all by default")
    ask.add_argument("--seeds", type=int, default=10)
    options = ask.parse_args()
    print("| preset | trained / reached | train | test | dead / linear on train | first at .95 | seconds |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name in options.arms or ARMS:
            results = [train(ARMS[name], seed, Path(folder)) for seed in range(options.seeds)]
            print(row(name, results), flush=True)


if __name__ == "__main__":
    main()
