"""Diagnoses runs of every preset and of known illnesses, and checks each sentence against the run itself.

    python -m benchmarks.diagnosis --seeds 10
    python -m benchmarks.diagnosis --quick
    python -m benchmarks.diagnosis --runs kept dies-in-training residual

Prints how often each kind of finding was told, arm by arm (on train and test alike), then every statement
that the run contradicts. With `--runs` the runs are kept in a folder, and those that are there are not
trained again. Data and network are seeded alike.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.diagnosis_checks import complaints
from effdash.config import RunConfig, build
from effdash.diagnosis import Finding, Kind, diagnose
from effdash.presets import PRESETS
from effdash.runs import Run, open_run
from effdash.training.session import train
from effdash.vocab import Split

QUICK_SEEDS: Final = 2
SLOW: Final = ("revive", "deep", "spirals", "cnn")
"""Presets that take more than about five seconds a run."""

DEPTH_2: Final = {"depth": 2, "width": 32}
ILLNESSES: Final[dict[str, dict[str, Any]]] = {
    "50x4 jumpstart": {"network": {"depth": 50, "width": 4}, "jumpstart": {"weight": 0.3}, "epochs": 300},
    "rate too low": {
        "network": DEPTH_2,
        "optimizer": {"lr": 1e-5, "schedule": "constant"},
        "epochs": 100,
    },
    "rate too high": {"network": DEPTH_2, "optimizer": {"lr": 3.0, "schedule": "constant"}, "epochs": 100},
    "sgd explodes": {
        "data": {"name": "digits"},
        "network": {**DEPTH_2, "init": "kaiming"},
        "optimizer": {"name": "sgd", "lr": 30.0, "schedule": "constant"},
        "batch_size": 64,
        "epochs": 20,
    },
    "zero weights": {"network": {**DEPTH_2, "init": "zero"}, "epochs": 50},
    "deep tanh": {"network": {"depth": 30, "width": 8, "activation": "tanh"}, "epochs": 200},
    "deep sigmoid": {"network": {"depth": 20, "width": 8, "activation": "sigmoid"}, "epochs": 200},
    "overfitted": {
        "data": {"name": "moons", "samples": 60, "noise": 0.6, "test_share": 0.5},
        "network": {"depth": 3, "width": 64},
        "epochs": 800,
    },
    "stopped early": {"network": {"depth": 3, "width": 8}, "epochs": 3},
    "residual": {
        "data": {"name": "digits"},
        "network": {"name": "residual", "depth": 4, "width": 8},
        "optimizer": {"lr": 0.003},
        "batch_size": 128,
        "epochs": 8,
    },
    "turned too far": {
        "network": {"depth": 3, "width": 16},
        "changes": [{"epoch": 100, "lr": 2.0}],
        "epochs": 200,
    },
}
"""What the presets do not show, by name: the settings that differ from the default ones."""


Told = Sequence[tuple[Run, Split, list[Finding]]]
"""A run, the split it was diagnosed on, and what was told of it."""


def arms() -> dict[str, RunConfig]:
    """Every preset, and every illness."""
    presets = {name: preset.config for name, preset in PRESETS.items()}
    return presets | {name: build(RunConfig, settings) for name, settings in ILLNESSES.items()}


def run_of(name: str, config: RunConfig, seed: int, folder: Path) -> Run:
    """The run of an arm with a seed: from the folder, or trained into it."""
    run_id = f"{name.replace(' ', '-')}-{seed}"
    path = folder / f"{run_id}.effdash"
    if not path.exists():
        train(config.model_copy(update={"seed": seed}), runs=folder, run_id=run_id)
    return open_run(path)


def main() -> None:
    known = arms()
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("arms", nargs="*", metavar="ARM", help=f"of {', '.join(known)}; all by default")
    ask.add_argument("--seeds", type=int, default=10)
    ask.add_argument("--slow-seeds", type=int, help=f"of {', '.join(SLOW)} (default: as many)")
    ask.add_argument("--quick", action="store_true", help=f"{QUICK_SEEDS} seeds, and none of the slow arms")
    ask.add_argument("--runs", type=Path, help="keep the runs here")
    ask.add_argument("--tell", action="store_true", help="print every sentence, too")
    options = ask.parse_args()
    if unknown := set(options.arms) - set(known):
        ask.error(f"arm {sorted(unknown)[0]!r} is unknown; known are {', '.join(known)}")
    print("| arm | runs | train accuracy | told, on train and on test |")
    print("|---|---|---|---|")
    false: list[str] = []
    with tempfile.TemporaryDirectory() as scratch:
        for name in options.arms or known:
            if options.quick and name in SLOW:
                continue
            seeds = QUICK_SEEDS if options.quick else options.seeds
            if name in SLOW and options.slow_seeds is not None:
                seeds = options.slow_seeds
            runs = [run_of(name, known[name], seed, options.runs or Path(scratch)) for seed in range(seeds)]
            told = [(run, split, diagnose(run, split)) for run in runs for split in Split]
            print(row(name, runs, told), flush=True)
            for run, split, findings in told:
                false += [f"- {run.id} on {split}: {line}" for line in complaints(run, split, findings)]
            if options.tell:
                print(*sentences(told), sep="\n")
    print(f"\n{len(false)} statements are contradicted by their run", *false, sep="\n")
    sys.exit(bool(false))


def row(name: str, runs: Sequence[Run], told: Told) -> str:
    """An arm in a line: what its runs reached, and how often each kind was told."""
    accuracies = [run.epochs()["train_accuracy"].iloc[-1] for run in runs]
    counts = Counter(finding.kind for _, _, findings in told for finding in findings)
    kinds = ", ".join(f"{kind} {counts[kind]}" for kind in Kind if counts[kind])
    return f"| {name} | {len(runs)} | {min(accuracies):.2f} to {max(accuracies):.2f} | {kinds} |"


def sentences(told: Told) -> list[str]:
    """Every sentence with what it says to try, the most frequent first."""
    lines = Counter(
        f"{finding.severity}: {finding.sentence} → {finding.try_}"
        for _, _, findings in told
        for finding in findings
    )
    return [f"    {times} × {line}" for line, times in lines.most_common()]


if __name__ == "__main__":
    main()
