"""A run is one file: writing it, reading it, the folder of runs, and talking to a trainer."""

from effdash.runs.control import Command, CommandName, send
from effdash.runs.description import (
    DataSize,
    EpochRecord,
    LayerInfo,
    ResumeState,
    RunDescription,
    SplitRecord,
)
from effdash.runs.export import export_file, export_tables
from effdash.runs.folder import RunFolder, runs_folder
from effdash.runs.quantities import History
from effdash.runs.reader import Run, open_run
from effdash.runs.summary import RunSummary
from effdash.runs.writer import RunWriter

__all__ = [
    "Command",
    "CommandName",
    "DataSize",
    "EpochRecord",
    "History",
    "LayerInfo",
    "ResumeState",
    "Run",
    "RunDescription",
    "RunFolder",
    "RunSummary",
    "RunWriter",
    "SplitRecord",
    "export_file",
    "export_tables",
    "open_run",
    "runs_folder",
    "send",
]
