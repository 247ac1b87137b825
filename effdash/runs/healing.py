"""What a killed trainer left behind is put in order by whoever opens the run first."""

from contextlib import closing, suppress
from pathlib import Path

from effdash.runs.ownership import read_owner
from effdash.runs.storage import in_words, is_at_rest, make_one_file, open_database, reading, transaction
from effdash.vocab import RunState, UserError


def look_first(path: Path) -> None:
    """Checks a file that may come from anywhere, without locks and without traces.

    A file that has sidecars, or is written to meanwhile, is in use here: its readers lock it, then check it.

    Raises:
        UserError: it is no run file, of a newer version or damaged.
    """
    if not is_at_rest(path):
        return
    before = _written(path) if path.exists() else None
    try:
        with reading(path, frozen=True):
            pass
    except UserError:
        if before is None or (is_at_rest(path) and path.exists() and _written(path) == before):
            raise


def _written(path: Path) -> tuple[int, int, int]:
    """Which file it is, how long, and when it was written; not when it was read, which looking changes."""
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def heal(path: Path) -> None:
    """Makes one file of a run whose trainer is gone.

    Nothing happens where that cannot be: the folder is write-protected, another reader is in it, or the file
    is damaged, which is told when it is read.
    """
    with (
        suppress(UserError),
        in_words(path, "cannot be put in order"),
        closing(open_database(path, "write")) as connection,
    ):
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        owner = read_owner(connection)
        gone = owner is None or not owner.alive
        if gone and mode != "wal" and not is_at_rest(path):
            # A journal that no longer matters goes with the next write, if that changes something.
            with transaction(connection):
                connection.execute("UPDATE run SET revision = revision + 1")
        if gone and mode == "wal":
            make_one_file(connection)


def let_go(path: Path) -> None:
    """Makes a copy a file of its own: no trainer owns it, and nobody asks anything of one.

    Raises:
        UserError: the copy cannot be written.
    """
    with in_words(path, "cannot be changed"), closing(open_database(path, "write")) as connection:
        with transaction(connection):
            connection.execute(
                "UPDATE run SET host = NULL, boot = NULL, pid = NULL, started = NULL, heartbeat = NULL"
            )
            connection.execute(
                "UPDATE run SET state = ? WHERE state IN (?, ?)",
                (RunState.INTERRUPTED, RunState.RUNNING, RunState.PAUSED),
            )
            connection.execute("DELETE FROM control")
        make_one_file(connection)
