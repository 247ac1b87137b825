"""Who is training a run, and whether that process is still there."""

import os
import platform
import sqlite3
import time
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import psutil

from effdash.vocab import RunState, UserError

HEARTBEAT_SECONDS: Final = 5.0
"""How often a trainer says that it lives."""
SILENCE_SECONDS: Final = 30.0
"""A trainer on another machine that has said nothing for so long is gone."""
START_TOLERANCE: Final = 2.0
"""Seconds by which two readings of one process's start may differ."""


class Owner(NamedTuple):
    """A process on a host since its last boot, and when it last said that it lives."""

    host: str
    boot: str
    pid: int
    started: float
    heartbeat: float

    @classmethod
    def here(cls) -> "Owner":
        """The process that asks."""
        pid = os.getpid()
        return cls(platform.node(), boot_id(), pid, psutil.Process(pid).create_time(), time.time())

    @property
    def alive(self) -> bool:
        """On this host: the process exists, since the same moment. Elsewhere: it was heard of lately."""
        if self.host != platform.node():
            return time.time() - self.heartbeat < SILENCE_SECONDS
        return self.boot == boot_id() and _exists(self.pid, self.started)

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"


@cache
def boot_id() -> str:
    """Names this start of the machine, where it has a name; elsewhere the start of a process must do."""
    linux = Path("/proc/sys/kernel/random/boot_id")
    return linux.read_text(encoding="ascii").strip() if linux.exists() else ""


def _exists(pid: int, started: float) -> bool:
    """Process numbers are used again, and a killed process stays listed until its parent asks for it."""
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - started) <= START_TOLERANCE
        return same and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.NoSuchProcess, ValueError, OverflowError):
        return False
    except psutil.AccessDenied:
        return True


def read_owner(connection: sqlite3.Connection) -> Owner | None:
    """Who is training the run; `None`: nobody, it has ended."""
    row = connection.execute("SELECT host, boot, pid, started, heartbeat FROM run").fetchone()
    return owner_of(*row)


def owner_of(
    host: str | None, boot: str | None, pid: int | None, started: float | None, heartbeat: float | None
) -> Owner | None:
    """The owner whom a row's columns name, if they name one."""
    if host is None or boot is None or pid is None or started is None or heartbeat is None:
        return None
    return Owner(host, boot, pid, started, heartbeat)


def take_over(connection: sqlite3.Connection, path: Path) -> int:
    """Makes this process the run's trainer, inside a transaction; gives the claim's number.

    Raises:
        UserError: it is being trained.
    """
    owner = read_owner(connection)
    if owner is not None and owner.alive:
        raise UserError(f"run {path.stem!r} is being trained by {owner} already")
    connection.execute(
        "UPDATE run SET claim = claim + 1, revision = revision + 1, state = :state, message = NULL, "
        "host = :host, boot = :boot, pid = :pid, started = :started, heartbeat = :heartbeat",
        {"state": RunState.RUNNING, **Owner.here()._asdict()},
    )
    # What was asked of the trainer before is not meant for this one.
    connection.execute("DELETE FROM control")
    (claim,) = connection.execute("SELECT claim FROM run").fetchone()
    return int(claim)
