"""What the dashboard asks of a running trainer: rows of a table that the trainer reads between batches."""

import math
import sqlite3
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from effdash.runs.ownership import read_owner
from effdash.runs.storage import transaction, writing
from effdash.vocab import UserError


class CommandName(StrEnum):
    """What can be asked."""

    PAUSE = "pause"
    CONTINUE = "continue"
    STEP = "step"
    STOP = "stop"
    JUMPSTART = "jumpstart"
    LR = "lr"
    PACE = "pace"


class Command(NamedTuple):
    """A wish.

    `value` is the new lambda or learning rate, or the pace in epochs a second, `None` for as fast as it goes.
    """

    name: CommandName
    value: float | None = None


LIMITS: Final = {
    CommandName.JUMPSTART: "a number from 0 up",
    CommandName.LR: "a number above 0",
    CommandName.PACE: "a number above 0, or nothing for as fast as it goes",
}


def send(path: str | Path, command: str, value: float | int | None = None) -> None:
    """Leaves a command for the trainer of a run; it is obeyed at once or at an epoch's end.

    Raises:
        UserError: no such command, a value it cannot have, nobody is training the run, it is only watched,
            or the file cannot be written.
    """
    path = Path(path)
    wish = checked_command(command, value)
    with writing(path) as connection:
        owner = read_owner(connection)
        if owner is None or not owner.alive:
            raise UserError(f"nobody is training run {path.stem!r}, so it cannot {wish.name} now")
        (own_loop,) = connection.execute("SELECT config IS NULL FROM run").fetchone()
        if own_loop:
            raise UserError(
                f"run {path.stem!r} is watched in somebody's own loop, which obeys nobody but them"
            )
        connection.execute("INSERT INTO control (command, value) VALUES (?, ?)", wish)


def checked_command(command: str, value: float | int | None) -> Command:
    """The command, if there is such a one and it can have this value.

    Raises:
        UserError: there is not, or it cannot.
    """
    if command not in list(CommandName):
        raise UserError(f"command {command!r} is unknown; known are {', '.join(CommandName)}")
    name = CommandName(command)
    if name not in LIMITS:
        if value is not None:
            raise UserError(f"command {command!r} takes no value, but got {value!r}")
        return Command(name)
    if value is None:
        fits = name is CommandName.PACE
    else:
        fits = math.isfinite(value) and (value > 0 or (value == 0 and name is CommandName.JUMPSTART))
    if not fits:
        raise UserError(f"{command} = {value!r}: should be {LIMITS[name]}")
    return Command(name, None if value is None else float(value))


def take_commands(connection: sqlite3.Connection) -> list[Command]:
    """What was asked since the last call, in order, each command once. What cannot be asked is dropped."""
    with transaction(connection):
        rows = connection.execute("SELECT command, value FROM control ORDER BY id").fetchall()
        if rows:
            connection.execute("DELETE FROM control")
    commands = []
    for name, value in rows:
        with suppress(UserError):
            commands.append(checked_command(name, value))
    return commands
