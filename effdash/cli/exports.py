"""The files that a pruned network can be taken along in, next to its run."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from torch import nn

    from effdash.data import Dataset
    from effdash.pruning import Outcome, Reference, Report
    from effdash.runs import Run

SUFFIXES: Final = {"report": ".html", "onnx": ".onnx", "csv": ".csv", "weights": ".safetensors"}
"""By option: how its file ends."""


class Pruned(NamedTuple):
    """What was pruned, and what came of it."""

    run: "Run"
    epoch: int
    model: "nn.Module"
    data: "Dataset"
    reference: "Reference"
    outcome: "Outcome"


@dataclass(frozen=True)
class Exports:
    """Where which file goes; `None`: it is not asked for."""

    report: Path | None = None
    onnx: Path | None = None
    csv: Path | None = None
    weights: Path | None = None

    def asked(self) -> Iterator[tuple[str, Path]]:
        """The options that are given, and their files."""
        for option in SUFFIXES:
            path: Path | None = getattr(self, option)
            if path is not None:
                yield option, path

    def check(self) -> None:
        """Raises a UserError where a file has another ending than its kind, or no folder."""
        from effdash.vocab import UserError

        for option, path in self.asked():
            if path.suffix.lower() != SUFFIXES[option]:
                raise UserError(f"--{option} {path} should end in {SUFFIXES[option]}")
            if not path.parent.is_dir():
                raise UserError(f"--{option} {path}: there is no folder {path.parent}")

    def made(self, what: Pruned, network: "nn.Module", report: "Report") -> dict[Path, bytes]:
        """What goes into which file, all of it before the first is written.

        Raises:
            UserError: a package is missing, or the network cannot be exported.
        """
        from effdash.pruning.dossier import units_told
        from effdash.pruning.export import csv_bytes, onnx_bytes, safetensors_bytes

        files = {}
        if self.onnx is not None:
            metadata = {"run": what.run.id, "plan": what.outcome.choice.to_text()}
            files[self.onnx] = onnx_bytes(network, what.data.X_train, metadata=metadata)
        if self.weights is not None:
            files[self.weights] = safetensors_bytes(network, what.data.X_train)
        if self.csv is not None:
            files[self.csv] = csv_bytes(units_told(what.reference, report.table, {}))
        if self.report is not None:
            files[self.report] = _report(what, network, report, self.report.name)
        return files


def _report(what: Pruned, network: "nn.Module", report: "Report", file: str) -> bytes:
    from effdash.figures.pruning_report import pruning_report
    from effdash.launcher import static_folder
    from effdash.pruning.curves import paths_of_all_methods
    from effdash.pruning.dossier import dossier_of
    from effdash.pruning.latency import measure_latency
    from effdash.vocab import Split

    dossier = dossier_of(
        what.reference,
        what.outcome,
        what.model,
        what.data,
        what.run,
        epoch=what.epoch,
        file=file,
        latency=measure_latency(what.model, network, what.data.X_train),
        paths=paths_of_all_methods(
            what.reference,
            split=Split.TRAIN if what.reference.X_test is None else Split.TEST,
            vanish=what.outcome.choice.vanish,
        ),
        handed=(network, report),
    )
    return pruning_report(dossier, fonts=static_folder())
