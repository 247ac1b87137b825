"""The trainer's end of a run file: an epoch is a transaction, and what is committed stays."""

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from effdash.config import RunConfig, build
from effdash.runs.checkpoints import add_checkpoint
from effdash.runs.control import Command, take_commands
from effdash.runs.creation import create_file
from effdash.runs.description import (
    CHANGEABLE,
    EpochRecord,
    ResumeState,
    RunDescription,
    finite_or_none,
)
from effdash.runs.header import believed
from effdash.runs.ownership import HEARTBEAT_SECONDS, Owner, take_over
from effdash.runs.quantities import packed_epoch
from effdash.runs.storage import in_words, inode, make_one_file, open_database, transaction, use_wal
from effdash.runs.weights import pack_tensors, unpack_tensors
from effdash.vocab import SCALARS, RunState, UserError

if TYPE_CHECKING:
    import torch

CLOSING_SECONDS: Final = 2.0
"""How long the end of a run waits for readers, to leave one file; otherwise the next reader does it."""
WASTE: Final = 0.25
"""At this share of empty pages a file is packed when its run ends."""


class RunWriter:
    """The one trainer of a run. Made by `create` or `claim`; ends with `close`.

    Every method raises `UserError` where the file cannot be written (disk full, deleted, taken over by
    another trainer); what was committed before is kept.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, claim: int) -> None:
        """Use `create` or `claim`."""
        self.path = path
        self._connection = connection
        self._claim = claim
        self._inode = inode(path)
        self._heartbeat_at = time.monotonic()
        self._control_version = -1
        use_wal(connection, path)
        self._layers = [units for (units,) in connection.execute("SELECT units FROM layer ORDER BY position")]
        self._points = dict(connection.execute("SELECT name, probed FROM split").fetchall())
        (config,) = connection.execute("SELECT config FROM run").fetchone()
        with believed(path):
            self._most_checkpoints = build(RunConfig, json.loads(config or "{}")).checkpoints
        self.patience = 0.0
        """Seconds for which readers on other machines are not to wonder that they hear nothing."""
        self._closed = False

    @classmethod
    def create(
        cls,
        folder: str | Path,
        description: RunDescription,
        run_id: str | None = None,
        *,
        checkpoints: int | None = None,
    ) -> "RunWriter":
        """A new run in `folder`, which is made where it is missing; without `run_id` it gets one of its own.

        `checkpoints` is how many weights are kept at most; `None`: as many as its configuration says.

        Raises:
            UserError: the folder cannot be written, its disk is full, or a run of this id is in it.
        """
        path = create_file(Path(folder), description, run_id, Owner.here())
        with in_words(path, "cannot be written"):
            writer = cls(path, open_database(path, "write"), claim=1)
        if checkpoints is not None:
            writer._most_checkpoints = checkpoints
        return writer

    @classmethod
    def claim(cls, path: str | Path) -> "RunWriter":
        """Goes on with a run that nobody is training.

        Raises:
            UserError: it is being trained, or the file cannot be written or is no run file.
        """
        path = Path(path)
        with in_words(path, "cannot be resumed"):
            connection = open_database(path, "write")
            try:
                with transaction(connection):
                    claim = take_over(connection, path)
                return cls(path, connection, claim)
            except BaseException:
                connection.close()
                raise

    @property
    def run_id(self) -> str:
        return self.path.stem

    @property
    def checkpoint_stride(self) -> int:
        """Of every so many epochs one's weights are kept."""
        with in_words(self.path, "cannot be read"):
            (stride,) = self._connection.execute("SELECT stride FROM run").fetchone()
            return int(stride)

    def epoch(
        self,
        record: EpochRecord,
        *,
        checkpoint: "Mapping[str, torch.Tensor] | None" = None,
        resume: ResumeState | None = None,
    ) -> None:
        """Stores an epoch, with its weights and the state to go on from, or nothing of it.

        An epoch that is there is replaced; weights are thinned out; the state replaces the one before.

        Raises:
            ValueError: an array has not one value a unit, or a scalar is unknown.
            UserError: the disk is full, the weights are too large, …; nothing of this epoch is stored.
        """
        unknown = set(record.scalars) - set(SCALARS)
        if unknown:
            raise ValueError(f"scalar {sorted(unknown)[0]!r} is unknown; known are {', '.join(SCALARS)}")
        row = {name: finite_or_none(float(record.scalars.get(name, np.nan))) for name in SCALARS}
        arrays = packed_epoch(record, self._layers, self._points)
        weights = (
            None if checkpoint is None else pack_tensors(checkpoint, f"the weights of epoch {record.epoch}")
        )
        state = None if resume is None else _packed_resume(resume)
        with self._change(f"could not take epoch {record.epoch}") as connection:
            connection.execute("DELETE FROM quantity WHERE epoch = ?", (record.epoch,))
            connection.execute(
                f"INSERT OR REPLACE INTO epoch VALUES (?{', ?' * len(SCALARS)})",
                (record.epoch, *row.values()),
            )
            connection.executemany("INSERT INTO quantity VALUES (?, ?, ?, ?)", arrays)
            if weights is not None:
                add_checkpoint(connection, record.epoch, weights, self._most_checkpoints)
            if state is not None:
                connection.execute("INSERT OR REPLACE INTO resume VALUES (1, ?, ?, ?)", state)

    def checkpoint(self, epoch: int, state: "Mapping[str, torch.Tensor]") -> None:
        """Stores the weights after `epoch`; the first, the last and evenly between are kept.

        Raises:
            UserError: they take more than a run file can hold.
        """
        weights = pack_tensors(state, f"the weights of epoch {epoch}")
        with self._change(f"could not take the weights of epoch {epoch}") as connection:
            add_checkpoint(connection, epoch, weights, self._most_checkpoints)

    def resume_state(
        self, epoch: int, tensors: "Mapping[str, torch.Tensor]", values: Mapping[str, Any]
    ) -> None:
        """Stores what is needed to go on after `epoch`, in place of what was stored before.

        Raises:
            UserError: it takes more than a run file can hold.
        """
        state = _packed_resume(ResumeState(epoch, dict(tensors), dict(values)))
        with self._change(f"could not take the state of epoch {epoch}") as connection:
            connection.execute("INSERT OR REPLACE INTO resume VALUES (1, ?, ?, ?)", state)

    def read_resume_state(self) -> ResumeState | None:
        """The latest state to go on from; `None` where none was stored.

        Raises:
            UserError: it is damaged.
        """
        with in_words(self.path, "cannot be read"):
            row = self._connection.execute('SELECT epoch, tensors, "values" FROM resume').fetchone()
        if row is None:
            return None
        try:
            return ResumeState(row[0], unpack_tensors(row[1]), json.loads(row[2]))
        except ValueError as error:
            raise UserError(f"run file {self.path} cannot be resumed: {error}") from None

    def change(self, epoch: int, field: str, value: float) -> None:
        """Stores that the base value of `field` is `value` from `epoch` on.

        Raises:
            ValueError: `field` cannot be turned while a run trains.
        """
        if field not in CHANGEABLE:
            raise ValueError(f"field {field!r} cannot be changed; {' and '.join(CHANGEABLE)} can")
        with self._change(f"could not take the change of {field}") as connection:
            connection.execute("INSERT OR REPLACE INTO change VALUES (?, ?, ?)", (epoch, field, float(value)))

    def state(self, state: RunState, message: str | None = None) -> None:
        """Says what the run is doing."""
        with self._change("could not take the run's state") as connection:
            connection.execute("UPDATE run SET state = ?, message = ?", (state, message))

    def read_control(self) -> list[Command]:
        """What was asked of the trainer since the last call. Microseconds where nobody else has written."""
        with in_words(self.path, "cannot be read"):
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
            if version == self._control_version:
                return []
            commands = take_commands(self._connection)
            self._control_version = version
            return commands

    def heartbeat(self) -> None:
        """Says that the trainer lives. Call it often: it writes every five seconds at most."""
        if time.monotonic() - self._heartbeat_at < HEARTBEAT_SECONDS:
            return
        self._heartbeat_at = time.monotonic()
        with self._change("could not take the trainer's sign of life", visible=False):
            pass

    def close(self, state: RunState, message: str | None = None) -> None:
        """Says how the run ended, lets go of it and leaves one file. A second call does nothing.

        Raises:
            UserError: the end could not be written; the run then counts as interrupted.
        """
        if self._closed:
            return
        self._closed = True
        try:
            with self._change("could not take the run's end") as connection:
                connection.execute(
                    "UPDATE run SET state = ?, message = ?, "
                    "host = NULL, boot = NULL, pid = NULL, started = NULL, heartbeat = NULL",
                    (state, message),
                )
            _tidy_up(self._connection)
        finally:
            self._connection.close()

    @contextmanager
    def _change(self, trouble: str, *, visible: bool = True) -> Iterator[sqlite3.Connection]:
        """A transaction of the run's trainer; `visible`: readers are to look again."""
        with in_words(self.path, trouble), transaction(self._connection):
            if inode(self.path) != self._inode:
                raise UserError(f"run file {self.path} {trouble}: it was deleted or moved while it trained")
            signed = self._connection.execute(
                "UPDATE run SET heartbeat = ?, revision = revision + ? WHERE claim = ?",
                (time.time() + self.patience, visible, self._claim),
            )
            if signed.rowcount != 1:
                raise UserError(f"run file {self.path} {trouble}: another trainer has taken the run over")
            yield self._connection


def _packed_resume(state: ResumeState) -> tuple[int, str, bytes]:
    return state.epoch, json.dumps(state.values), pack_tensors(state.tensors, "the state to go on from")


def _tidy_up(connection: sqlite3.Connection) -> None:
    """Leaves one file without much empty space in it, if no reader holds it open for long."""
    give_up = time.monotonic() + CLOSING_SECONDS
    while not make_one_file(connection):
        if time.monotonic() > give_up:
            return
        time.sleep(0.02)
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (empty,) = connection.execute("PRAGMA freelist_count").fetchone()
    if empty > WASTE * pages:
        # A nicety: where the disk has no room for it, the file stays as it is.
        with suppress(sqlite3.OperationalError):
            connection.execute("VACUUM")
