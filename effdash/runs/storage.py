"""Connections to run files: what is checked first, how they are locked, and errors in words."""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final, Literal

import psutil

from effdash.runs.safety import check_length, check_marks, check_schema, limit_work
from effdash.vocab import UserError

BUSY_SECONDS: Final = 5.0
SIDECARS: Final = ("-wal", "-shm", "-journal")
NETWORK_FILE_SYSTEMS: Final = frozenset(
    (
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "afpfs",
        "webdav",
        "afs",
        "9p",
        "ceph",
        "lustre",
        "beegfs",
        "glusterfs",
        "fuse.sshfs",
    )
)

PROTECTED: Final = "the file or its folder is write-protected"
BUSY: Final = f"another program has held it for {BUSY_SECONDS:.0f} seconds"
REASONS: Final = {
    sqlite3.SQLITE_FULL: "the disk is full; everything recorded before is kept",
    sqlite3.SQLITE_READONLY: PROTECTED,
    sqlite3.SQLITE_PERM: PROTECTED,
    sqlite3.SQLITE_CANTOPEN: PROTECTED,
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_INTERRUPT: "it takes too long for a run file",
}
DAMAGE: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FORMAT)

Access = Literal["read", "write", "frozen"]


def open_database(path: Path, access: Access) -> sqlite3.Connection:
    """A connection to a run file, after its marks and its schema were found to be ours.

    Nothing else may open a run file: closing it would drop the locks that this process has through SQLite.

    `read` and `write` lock as SQLite does and see what a killed trainer left in the sidecars. `frozen` locks
    nothing, writes nothing and ignores sidecars: for files that nobody is writing to.

    Raises:
        UserError: the file is gone, is no run file, is of a newer version or is damaged.
        sqlite3.Error: anything else; `in_words` tells it.
    """
    if not path.exists():
        raise UserError(f"run file {path} is gone: it was deleted or moved, or never was there")
    # A reader too is opened for writing where that can be: only so it can heal what a killed trainer left.
    mode = "mode=ro&immutable=1" if access == "frozen" else "mode=rw"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("PRAGMA mmap_size = 0")
        check_marks(connection, path)
        if access == "frozen":
            check_length(connection, path)
        check_schema(connection, path)
        if access != "write":
            connection.execute("PRAGMA query_only = ON")
            limit_work(connection)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def reading(path: Path, *, frozen: bool = False) -> Iterator[sqlite3.Connection]:
    """A connection and one consistent view of the file while the block lasts; nothing is held after it.

    Raises:
        UserError: the file cannot be read, now or while the block reads it.
    """
    with in_words(path, "cannot be read"):
        connection = open_database(path, "frozen" if frozen else "read")
        try:
            connection.execute("BEGIN")
            yield connection
        finally:
            connection.close()


@contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection and one transaction, committed at the end of the block.

    Raises:
        UserError: the file cannot be written; it is then as it was before.
    """
    with in_words(path, "cannot be changed"):
        connection = open_database(path, "write")
        try:
            with transaction(connection):
                yield connection
        finally:
            connection.close()


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing; the write lock is taken at the start, so that what is read in the block stays true."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk may have ended the transaction already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def in_words(path: Path, trouble: str) -> Iterator[None]:
    """Turns SQLite's and the system's errors into one sentence about the file.

    Raises:
        UserError: the block raised `sqlite3.Error` or `OSError`.
    """
    try:
        yield
    except UnicodeDecodeError as error:
        # SQLite quotes what it found, and Python cannot read that.
        raise UserError(f"run file {path} is damaged or cut short") from error
    except (sqlite3.Error, OSError) as error:
        if isinstance(error, sqlite3.Error) and not path.exists():
            raise UserError(f"run file {path} is gone: it was deleted or moved") from error
        if _kind(error) in DAMAGE:
            raise UserError(f"run file {path} is damaged or cut short") from error
        if _kind(error) == sqlite3.SQLITE_NOTADB:
            raise UserError(f"{path} is not a run file of effdash") from error
        raise UserError(f"run file {path} {trouble}: {reason_of(error)}") from error


def reason_of(error: sqlite3.Error | OSError) -> str:
    """What went wrong, without a name."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return REASONS.get(_kind(error), str(error))


def _kind(error: Exception) -> int:
    """SQLite's error code without its details, which are in the upper bytes; 0 where there is none."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def use_wal(connection: sqlite3.Connection, path: Path) -> None:
    """Lets readers read while a trainer writes, where the file system can do that.

    With `synchronous=NORMAL` a killed process loses nothing that was committed.
    """
    if on_network(path):
        return
    with suppress(sqlite3.OperationalError):
        if connection.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",):
            connection.execute("PRAGMA synchronous = NORMAL")


def make_one_file(connection: sqlite3.Connection) -> bool:
    """Moves everything from the sidecars into the file; False where others have it open."""
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return connection.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",)
    except sqlite3.OperationalError:
        return False


def copy_into(source: sqlite3.Connection, path: Path) -> None:
    """Writes a copy of a database, as the connection sees it, to a file that is not there yet."""
    with closing(sqlite3.connect(path)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")


@contextmanager
def temporary_file(folder: Path) -> Iterator[Path]:
    """A name beside the runs for a file that becomes one when it is complete; what is left of it goes."""
    path = folder / f".{secrets.token_hex(8)}.tmp"
    try:
        yield path
    finally:
        for left in (path, *sidecars(path)):
            # The folder may not be there at all.
            with suppress(OSError):
                left.unlink()


def is_at_rest(path: Path) -> bool:
    """Whether the file is all there is of the run, as an ended run leaves it."""
    return not any(sidecar.exists() for sidecar in sidecars(path))


def sidecars(path: Path) -> list[Path]:
    return [path.with_name(path.name + suffix) for suffix in SIDECARS]


def on_network(path: Path) -> bool:
    """Whether the file lies on a network file system, whose shared memory WAL cannot use."""
    target = path.resolve()
    mounts = [part for part in psutil.disk_partitions(all=True) if target.is_relative_to(part.mountpoint)]
    if not mounts:
        return False
    nearest = max(mounts, key=lambda part: len(part.mountpoint))
    return nearest.fstype.lower() in NETWORK_FILE_SYSTEMS or "remote" in nearest.opts.split(",")


def inode(path: Path) -> tuple[int, int] | None:
    """What a file is on its disk, whatever it is called; `None` where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
