"""The folder where runs live, and beside it those that came with the package."""

import itertools
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from effdash.runs.creation import move_without_replacing
from effdash.runs.healing import let_go
from effdash.runs.names import checked_id, path_of, words_of
from effdash.runs.ownership import read_owner
from effdash.runs.reader import Run
from effdash.runs.schema import SUFFIX
from effdash.runs.storage import copy_into, in_words, is_at_rest, reading, sidecars, temporary_file
from effdash.runs.summary import RunSummary, read_summary
from effdash.runs.verification import verify
from effdash.vocab import UserError

ENVIRONMENT: Final = "EFFDASH_RUNS"


def runs_folder(path: str | Path | None = None) -> Path:
    """Where runs are: `path`, else what the environment variable EFFDASH_RUNS says, else `./runs`."""
    return Path(path or os.environ.get(ENVIRONMENT) or "runs")


class RunFolder:
    """Run files by their ids. `shipped` is a folder of examples: read in place, never written."""

    def __init__(self, path: str | Path, shipped: Path | None = None) -> None:
        self.path = Path(path)
        self.shipped = shipped

    def list(self) -> list[RunSummary]:
        """All runs, the newest first, then the shipped ones, the oldest first.

        What cannot be read says why in `problem`.
        """
        own = _summaries(self.path, shipped=False)
        own.sort(key=lambda summary: summary.created, reverse=True)
        taken = {summary.id for summary in own}
        shipped = [] if self.shipped is None else _summaries(self.shipped, shipped=True)
        shipped.sort(key=lambda summary: summary.created)
        return own + [summary for summary in shipped if summary.id not in taken]

    def find(self, run_id: str) -> Path:
        """The file of a run.

        Raises:
            UserError: there is no such run, or this cannot be an id.
        """
        return self._locate(run_id)[0]

    def open(self, run_id: str) -> Run:
        """The run of this id.

        Raises:
            UserError: there is no such run, or its file cannot be read.
        """
        path, shipped = self._locate(run_id)
        return Run(path, shipped=shipped)

    def delete(self, run_id: str) -> None:
        """Deletes a run's file with what stands beside it. A file that cannot be read is deleted too.

        Raises:
            UserError: there is no such run, it came with effdash, it is being trained, or the folder cannot
                be written.
        """
        path, shipped = self._locate(run_id)
        if shipped:
            raise UserError(f"run {run_id!r} is an example that came with effdash: it cannot be deleted")
        if _is_trained(path):
            raise UserError(f"run {run_id!r} is being trained: stop it before you delete it")
        with in_words(path, "cannot be deleted"):
            # The file first: a sidecar without it is nothing, but it may lack epochs without its sidecars.
            path.unlink()
            for sidecar in sidecars(path):
                sidecar.unlink(missing_ok=True)

    def import_file(self, source: Path | bytes, name: str | None = None) -> str:
        """Copies a run file into the folder, after a check of all that is in it; gives the id it has there.

        `source` is a path or the file's bytes; the id is made of `name` (where it is left out, of the
        path's), with a number behind it where it is taken.

        Raises:
            UserError: it is no run file, hostile, damaged, of a newer version or in use, or the
                folder cannot be written. The folder is then as it was.
        """
        if isinstance(source, Path) and not is_at_rest(source):
            raise UserError(f"run file {source} is in use or was interrupted: open it where it is first")
        wanted = name or (source.name if isinstance(source, Path) else "run")
        with temporary_file(self.path) as temporary:
            with in_words(self.path / wanted, "cannot be brought here"):
                self.path.mkdir(parents=True, exist_ok=True)
                if isinstance(source, bytes):
                    temporary.write_bytes(source)
                else:
                    with reading(source, frozen=True) as connection:
                        copy_into(connection, temporary)
            verify(temporary, called=wanted)
            let_go(temporary)
            return self._admit(temporary, words_of(wanted.removesuffix(SUFFIX)))

    def _admit(self, temporary: Path, wanted: str) -> str:
        """Gives a checked file the id that is wanted, or the first free one with a number behind it."""
        for number in itertools.count(1):
            run_id = wanted if number == 1 else f"{wanted}-{number}"
            if self.shipped is not None and path_of(self.shipped, run_id).exists():
                continue
            try:
                move_without_replacing(temporary, path_of(self.path, run_id))
            except FileExistsError:
                continue
            return run_id
        raise AssertionError("there is always a free number")

    def _locate(self, run_id: str) -> tuple[Path, bool]:
        own = path_of(self.path, checked_id(run_id))
        if own.is_file():
            return own, False
        if self.shipped is not None and (shipped := path_of(self.shipped, run_id)).is_file():
            return shipped, True
        raise UserError(f"run {run_id!r} is not in {self.path}; effdash runs lists those that are")


def _summaries(folder: Path, *, shipped: bool) -> "list[RunSummary]":
    """Of all run files in a folder, by name; an absent folder has none."""
    found = []
    for path in sorted(folder.glob(f"[!.]*{SUFFIX}")):
        # What is deleted while the folder is looked through is not there.
        with suppress(UserError):
            found.append(read_summary(path, shipped=shipped))
    return found


def _is_trained(path: Path) -> bool:
    try:
        with reading(path) as connection:
            owner = read_owner(connection)
    except UserError:
        return False
    return owner is not None and owner.alive
