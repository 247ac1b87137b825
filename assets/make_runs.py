"""Trains the example runs that ship with effdash, into `assets/runs`. `make examples` calls it.

The same configuration and seed give the same tables on one kind of machine; ids and names are fixed.
"""

import sys
from pathlib import Path
from typing import Final

from effdash.presets import PRESETS
from effdash.training.session import train

FOLDER: Final = Path(__file__).parent / "runs"
EXAMPLES: Final = {
    "born-dead": "Born dead",
    "jumpstart": "Saved by jumpstart",
    "revived": "Revived at epoch 150",
    "dies-in-training": "Dies in training",
    "digits-wide": "Digits, 2 × 128",
    "digits-deep": "Digits, 8 × 32",
}
LARGEST: Final = 3_000_000
CHECKPOINTS: Final = 12


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, title in EXAMPLES.items():
        (FOLDER / f"{name}.effdash").unlink(missing_ok=True)
        config = PRESETS[name].config
        small = config.data.name != "digits"
        kept = config.checkpoints if small else CHECKPOINTS
        config = config.model_copy(update={"name": title, "device": "cpu", "checkpoints": kept})
        result = train(config, runs=FOLDER, run_id=name)
        size = result.path.stat().st_size
        print(
            f"{name}: {result.state}, train {result.train_accuracy:.3f}, {result.units}, {size / 1e6:.1f} MB"
        )
        if size > LARGEST:
            sys.exit(f"{name} is larger than {LARGEST / 1e6:.0f} MB; keep fewer checkpoints")


if __name__ == "__main__":
    main()
