"""One run file: opened, asked for a moment, and what changes in it besides what is recorded: its standing."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from effdash.runs.header import believed, read_header
from effdash.runs.healing import heal, look_first
from effdash.runs.names import MOST_NAME
from effdash.runs.standing import Standing, read_standing
from effdash.runs.storage import reading, writing
from effdash.vocab import RunState, UserError

MOST_NOTE: Final = 10_000


class RunFile:
    """A run file, its name, its note and what its trainer is doing. Holds nothing open between two questions.

    `shipped` ones came with the package: they are never written or locked.
    """

    def __init__(self, path: str | Path, *, shipped: bool = False) -> None:
        """Opens the run file `path`; `shipped`: one of the package's own, which is never written or locked.

        Raises:
            UserError: no such file, no run file, one of a newer version, or a damaged one.
        """
        self.path = Path(path)
        self.shipped = shipped
        if not shipped:
            look_first(self.path)
            heal(self.path)
        with self._read() as connection:
            self._header = read_header(connection)

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    @property
    def id(self) -> str:
        return self.path.stem

    @property
    def created(self) -> datetime:
        return self._header.created

    @property
    def name(self) -> str:
        """What somebody called it; its id where nobody did."""
        return self._standing().name or self.id

    @property
    def note(self) -> str:
        return self._standing().note

    @property
    def state(self) -> RunState:
        """What its trainer is doing; `interrupted` where there should be one and is none."""
        return self._standing().state

    @property
    def message(self) -> str | None:
        """Why it ended as it did, in a sentence, where there is something to say."""
        return self._standing().message

    @property
    def version(self) -> str:
        """Changes whenever an epoch, a checkpoint, a change, a name or the state does: a key for caches."""
        standing = self._standing()
        return f"{self.created.timestamp():.6f}-{standing.revision}-{standing.state}"

    @property
    def incarnation(self) -> str:
        """Changes when another run takes this one's id, or another trainer takes it up.

        A key for caches of weights and data: as long as it stays, weights that are kept stay as they are.
        """
        return f"{self.created.timestamp():.6f}-{self._standing().claim}"

    def rename(self, name: str) -> None:
        """Calls the run `name`; an empty name gives it back its id.

        Raises:
            UserError: it is longer than 200 characters, or the run cannot be written.
        """
        name = " ".join(name.split())
        if len(name) > MOST_NAME:
            raise UserError(f"the name has {len(name)} characters; {MOST_NAME} are the most")
        self._write("UPDATE run SET revision = revision + 1, name = ?", name or None)

    def set_note(self, note: str) -> None:
        """Writes a note beside the run.

        Raises:
            UserError: it is longer than 10,000 characters, or the run cannot be written.
        """
        if len(note) > MOST_NOTE:
            raise UserError(f"the note has {len(note):,} characters; {MOST_NOTE:,} are the most")
        self._write("UPDATE run SET revision = revision + 1, note = ?", note)

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        with reading(self.path, frozen=self.shipped) as connection, believed(self.path):
            yield connection

    def _write(self, statement: str, value: str | None) -> None:
        if self.shipped:
            raise UserError(f"run {self.id!r} is an example that came with effdash: it stays as it is")
        with writing(self.path) as connection:
            connection.execute(statement, (value,))

    def _standing(self) -> Standing:
        with self._read() as connection:
            return read_standing(connection)
