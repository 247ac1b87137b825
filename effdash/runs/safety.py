"""A run file may come from a stranger: nothing in it is believed before it was checked."""

import sqlite3
from pathlib import Path
from typing import Final

from effdash.runs.schema import APPLICATION_ID, USER_VERSION, our_schema, schema_of
from effdash.vocab import UserError

STEPS_A_CALL: Final = 100_000
MOST_CALLS: Final = 5_000
"""Half a billion of SQLite's steps: seconds, where the largest run takes a tenth of one."""


def check_marks(connection: sqlite3.Connection, path: Path) -> None:
    """Looks at the marks in the file's header.

    SQLite is asked for them: a process that opens and closes the file itself loses SQLite's locks on it.

    Raises:
        UserError: it is no run file, or one of a newer version.
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != APPLICATION_ID:
        raise UserError(f"{path} is not a run file of effdash")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > USER_VERSION:
        raise UserError(
            f"run file {path} was made by a newer effdash: "
            f"its format is {version}, and this effdash reads {USER_VERSION}"
        )
    if version < USER_VERSION:
        raise UserError(f"run file {path} is of format {version}, which no effdash has written")


def check_length(connection: sqlite3.Connection, path: Path) -> None:
    """For a file that nobody is writing to: all its pages are there, the last one to its end.

    Raises:
        UserError: the file is shorter than its header says.
    """
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
    if path.stat().st_size < pages * page_bytes:
        raise UserError(
            f"run file {path} is damaged or cut short: it should have {pages * page_bytes:,} bytes"
        )


def check_schema(connection: sqlite3.Connection, path: Path) -> None:
    """Refuses every table, view, trigger and index that is not exactly one of ours, and a file without a run.

    Raises:
        UserError: something is missing, added or different; the first is named.
    """
    found = schema_of(connection)
    ours = our_schema()
    if found != ours:
        strange = [entry[1] for entry in found if entry not in ours]
        missing = [entry[1] for entry in ours if entry not in found]
        trouble = f"{strange[0]!r} is not part of one" if strange else f"{missing[0]!r} is missing"
        raise UserError(f"{path} is not a run file of effdash: {trouble}")
    if connection.execute("SELECT id FROM run").fetchall() != [(1,)]:
        raise UserError(f"run file {path} is damaged: it holds no run")


def limit_work(connection: sqlite3.Connection) -> None:
    """Interrupts a query that takes absurdly long (`sqlite3.SQLITE_INTERRUPT`)."""
    calls = 0

    def too_much() -> bool:
        nonlocal calls
        calls += 1
        return calls > MOST_CALLS

    connection.set_progress_handler(too_much, STEPS_A_CALL)
