"""The smaller network as files, each made when it is asked for, in a thread without a page or a session."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import Final, NamedTuple

import streamlit as st

from effdash.decision import Plane
from effdash.figures.pruning_report import pruning_report
from effdash.launcher import static_folder
from effdash.pruning import applies_to, plan_json
from effdash.pruning.curves import MethodPath
from effdash.pruning.dossier import dossier_of, units_told
from effdash.pruning.export import csv_bytes, onnx_bytes, safetensors_bytes
from effdash.runs import Run
from effdash.runs.names import words_of
from effdash.vocab import UserError
from pages.shared import page
from pages.shared.jobs import Job
from pages.shared.prune import audit, baselines, planes
from pages.shared.prune.audit import Dropped
from pages.shared.prune.readers import Result
from pages.shared.prune.state import Notes
from pages.shared.selection import Picked

PATIENCE_SECONDS: Final = 30.0
"""So long a report waits for the paths of all methods."""
PROBLEMS: Final = "problems of downloads"
ONNX: Final = "onnx"
ONNX_MISSING: Final = "This needs onnx and onnxscript: pip install 'effdash[onnx]'."
BYTES: Final = "application/octet-stream"


@dataclass(frozen=True, eq=False)
class Files:
    """What can be taken along of a choice for a run's network."""

    run: Run
    result: Result
    notes: Notes
    paths: Job[tuple[MethodPath, ...]] | None = None
    """What computes those of all methods."""
    plane: Plane | None = None
    """Where the page draws the decision function."""
    audit: Dropped | None = None

    @property
    def stem(self) -> str:
        """What all of them are called, up to the ending."""
        return words_of(f"{self.run.id}-{self.result.outcome.units[0]}-units")

    def report(self) -> bytes:
        """The whole report as one page."""
        result = self.result
        bench = result.bench
        dossier = dossier_of(
            bench.reference,
            result.outcome,
            bench.model,
            bench.stored,
            run=self.run,
            epoch=bench.checkpoint,
            file=f"{self.stem}.html",
            notes=self.notes,
            latency=result.measure(),
            paths=self._paths(),
            plane=self.plane,
            audit=None if self.audit is None else self.audit.on(result),
        )
        return pruning_report(dossier, fonts=static_folder())

    def _paths(self) -> tuple[MethodPath, ...]:
        """Those of all methods, waited for; what took too long is left out, and the report says so."""
        if self.paths is None:
            return ()
        self.paths.wait(PATIENCE_SECONDS)
        return self.paths.so_far or ()

    def plan(self) -> bytes:
        """The choice, and what it applies to."""
        bench = self.result.bench
        applies = applies_to(bench.model, bench.stored, run_id=bench.run_id, epoch=bench.checkpoint)
        return plan_json(self.result.choice, applies).encode()

    def reasons(self) -> bytes:
        """Every unit with why it went or stays."""
        return csv_bytes(units_told(self.result.bench.reference, self.result.why, self.notes))

    def onnx(self) -> bytes:
        """The network for other programs."""
        return onnx_bytes(self.result.network, self.result.bench.data.X_train)

    def weights(self) -> bytes:
        """The weights, with the graph of the network."""
        return safetensors_bytes(self.result.network, self.result.bench.data.X_train)


class Download(NamedTuple):
    """A file on the menu."""

    label: str
    ending: str
    mime: str
    told: str
    make: Callable[[Files], bytes]


DOWNLOADS: Final = (
    Download("Report (HTML)", "html", "text/html", "What went, why, and what it changed.", Files.report),
    Download(
        "Plan (JSON)",
        "plan.json",
        "application/json",
        "`effdash prune RUN --plan FILE` does the same again.",
        Files.plan,
    ),
    Download("Reasons (CSV)", "csv", "text/csv", "A row a unit, with your notes.", Files.reasons),
    Download("Network (ONNX)", ONNX, BYTES, "Takes any number of samples at once.", Files.onnx),
    Download("Weights (safetensors)", "safetensors", BYTES, "With the network's steps.", Files.weights),
)


def draw(picked: Picked, result: Result, notes: Notes) -> None:
    """A button a file; above them why the last one could not be made."""
    problems: list[str] = st.session_state.setdefault(PROBLEMS, [])
    while problems:
        page.complain(problems.pop())
    files = Files(
        picked.run,
        result,
        dict(notes),
        paths=baselines.known(result),
        plane=_plane(picked, result),
        audit=_audit(result),
    )
    no_onnx = find_spec("onnx") is None or find_spec("onnxscript") is None
    for label, ending, mime, told, make in DOWNLOADS:
        missing = no_onnx and ending == ONNX
        st.download_button(
            label,
            noting_problems(partial(make, files), problems),
            file_name=f"{files.stem}.{ending}",
            mime=mime,
            on_click="ignore",
            help=ONNX_MISSING if missing else told,
            disabled=missing,
            width="stretch",
            key=f"download {ending}",
        )


def _plane(picked: Picked, result: Result) -> Plane | None:
    """That of the page; `None` where it has none."""
    try:
        return planes.ground_of(result.bench, picked.view.plane).plane
    except UserError:
        return None


def _audit(result: Result) -> Dropped | None:
    """The file on the page, where there is one that can be read; what is wrong with it is said there."""
    try:
        return audit.dropped(result)
    except UserError:
        return None


def noting_problems(make: Callable[[], bytes], problems: list[str]) -> Callable[[], bytes]:
    """The same, but why it failed is kept for the menu, in a sentence; the browser only says that it did."""

    def make_or_note() -> bytes:
        try:
            return make()
        except UserError as error:
            problems.append(str(error))
            raise

    return make_or_note
