"""What a killed trainer left behind is put in order by whoever opens the run first."""

from contextlib import closing, suppress
from pathlib import Path

from effdash.runs.ownership import read_owner
from effdash.runs.storage import in_words, make_one_file, open_database, transaction
from effdash.vocab import RunState, UserError


def heal(path: Path) -> None:
    """Makes one file of a run whose trainer is gone. Nothing happens where that cannot be: the folder is
    write-protected, another reader is in it, or the file is damaged, which is told when it is read.
    """
    with (
        suppress(UserError),
        in_words(path, "cannot be put in order"),
        closing(open_database(path, "write")) as connection,
    ):
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        owner = read_owner(connection)
        if mode == "wal" and (owner is None or not owner.alive):
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
