"""What a run file looks like inside: its marks in the header and its tables, word for word."""

import sqlite3
from functools import cache
from typing import Final

from effdash.vocab import SCALARS

SUFFIX: Final = ".effdash"
APPLICATION_ID: Final = 0x65666664  # "effd"
USER_VERSION: Final = 1

# Two names in the table `quantity`; the others are those of the columns that readers get.
# `point_status` is an array layers x points, the others hold one value a unit.
UNIT_STATUS: Final = "status"
POINT_STATUS: Final = "point_status"

TABLES: Final = (
    # The one row that says what the run is and who is training it. `revision` counts what readers can see
    # change; `claim` counts trainers, so that one that was replaced notices; `graph` is for networks that no
    # config names; `stride` is the checkpoints'.
    """CREATE TABLE run (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        created REAL NOT NULL,
        name TEXT,
        note TEXT NOT NULL,
        parent TEXT,
        config TEXT,
        graph TEXT,
        versions TEXT NOT NULL,
        input_shape TEXT NOT NULL,
        classes INTEGER NOT NULL,
        state TEXT NOT NULL,
        message TEXT,
        revision INTEGER NOT NULL,
        stride INTEGER NOT NULL,
        claim INTEGER NOT NULL,
        host TEXT,
        boot TEXT,
        pid INTEGER,
        started REAL,
        heartbeat REAL
    ) STRICT""",
    """CREATE TABLE layer (
        position INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        units INTEGER NOT NULL,
        positions TEXT NOT NULL
    ) STRICT""",
    # Of `total` samples of a split `observed` are looked at; `points` are the indices of the probe samples.
    """CREATE TABLE split (
        name TEXT PRIMARY KEY,
        observed INTEGER NOT NULL,
        total INTEGER NOT NULL,
        probed INTEGER NOT NULL,
        points BLOB NOT NULL
    ) STRICT""",
    f"""CREATE TABLE epoch (
        epoch INTEGER PRIMARY KEY,
        {", ".join(f"{name} REAL" for name in SCALARS)}
    ) STRICT""",
    """CREATE TABLE quantity (
        name TEXT NOT NULL,
        split TEXT NOT NULL,
        epoch INTEGER NOT NULL,
        data BLOB NOT NULL,
        UNIQUE (name, split, epoch)
    ) STRICT""",
    """CREATE TABLE change (
        epoch INTEGER NOT NULL,
        field TEXT NOT NULL,
        value REAL NOT NULL,
        UNIQUE (epoch, field)
    ) STRICT""",
    """CREATE TABLE checkpoint (
        epoch INTEGER PRIMARY KEY,
        weights BLOB NOT NULL
    ) STRICT""",
    """CREATE TABLE resume (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        epoch INTEGER NOT NULL,
        "values" TEXT NOT NULL,
        tensors BLOB NOT NULL
    ) STRICT""",
    """CREATE TABLE data (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        description TEXT NOT NULL,
        tensors BLOB NOT NULL
    ) STRICT""",
    """CREATE TABLE control (
        id INTEGER PRIMARY KEY,
        command TEXT NOT NULL,
        value REAL
    ) STRICT""",
)


def create_tables(connection: sqlite3.Connection) -> None:
    """Makes an empty database a run file without a run in it."""
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {USER_VERSION}")
    for statement in TABLES:
        connection.execute(statement)


def schema_of(connection: sqlite3.Connection) -> list[tuple[str, str, str, str | None]]:
    """Everything a database defines: (type, name, table, SQL), sorted."""
    rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema").fetchall()
    return sorted(rows, key=repr)


@cache
def our_schema() -> list[tuple[str, str, str, str | None]]:
    """What `schema_of` gives for a run file that is exactly ours."""
    connection = sqlite3.connect(":memory:")
    try:
        create_tables(connection)
        return schema_of(connection)
    finally:
        connection.close()
