"""A row of the table of runs: one small query a file."""

import json
import sqlite3
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from effdash.config import NetworkConfig, RunConfig, build
from effdash.runs.arrays import unpack
from effdash.runs.header import MOST_TEXT, MOST_UNITS, believed
from effdash.runs.names import checked_id
from effdash.runs.ownership import owner_of
from effdash.runs.schema import UNIT_STATUS
from effdash.runs.standing import effective_state
from effdash.runs.storage import reading
from effdash.runs.stored_data import MOST_NAME
from effdash.vocab import JUMPSTART, TEST_ACCURACY, TRAIN_ACCURACY, RunState, Split, UnitStatus, UserError

OWN_DATA: Final = "own data"
"""What data without a name are called."""
MOST_KINDS: Final = 60
"""Letters that the kinds of nonlinearities may take beside each other."""

QUERY = f"""
    SELECT run.created, run.name, run.note, run.parent, run.config, run.graph IS NOT NULL, run.state,
        run.host, run.boot, run.pid, run.started, run.heartbeat,
        (SELECT sum(units) FROM layer),
        (SELECT count(*) FROM layer),
        (SELECT group_concat(DISTINCT kind) FROM layer),
        (SELECT description FROM data),
        (SELECT value FROM change WHERE field = '{JUMPSTART}' ORDER BY epoch DESC LIMIT 1),
        epoch.epoch, epoch.{TRAIN_ACCURACY}, epoch.{TEST_ACCURACY}, quantity.data
    FROM run
    LEFT JOIN epoch ON epoch.epoch = (SELECT max(epoch) FROM epoch)
    LEFT JOIN quantity ON quantity.name = '{UNIT_STATUS}' AND quantity.split = '{Split.TRAIN}'
        AND quantity.epoch = epoch.epoch
"""


@dataclass(frozen=True)
class RunSummary:
    """What the table of runs says of one. `problem` is the sentence why the rest is empty."""

    id: str
    path: Path
    shipped: bool
    created: datetime
    modified: datetime
    name: str
    note: str = ""
    parent: str | None = None
    state: RunState | None = None
    problem: str | None = None
    data: str = ""
    network: str = ""
    activation: str = ""
    jumpstart: float | None = None
    """Lambda as it was set last."""
    epochs: int | None = None
    """The last recorded epoch."""
    planned_epochs: int | None = None
    """`None`: it was not trained, but holds what pruning left of its parent, or is not known."""
    train_accuracy: float | None = None
    test_accuracy: float | None = None
    dead: int | None = None
    """Units on the training data at the last recorded epoch, over all layers; so `linear` and `nonlinear`."""
    linear: int | None = None
    nonlinear: int | None = None


def read_summary(path: Path, *, shipped: bool = False) -> RunSummary:
    """The summary of a run file; of one that cannot be read, its problem.

    Raises:
        UserError: there is no such file any more.
    """
    try:
        modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        raise UserError(f"run file {path} cannot be read: {error.strerror}") from error
    empty = RunSummary(path.stem, path, shipped, modified, modified, path.stem)
    try:
        checked_id(path.stem)
        with reading(path, frozen=shipped) as connection, believed(path):
            return _filled(empty, connection)
    except UserError as error:
        return replace(empty, problem=str(error))


def _filled(empty: RunSummary, connection: sqlite3.Connection) -> RunSummary:
    row = connection.execute(QUERY).fetchone()
    created, name, note, parent, config, from_graph, state, *owner = row[:12]
    units, layers, kinds, own_data, jumpstart, epoch, train_accuracy, test_accuracy, status = row[12:]
    settings = _settings(config, pruned=bool(from_graph))
    if config is None:
        settings["network"] = own_network_text(layers)
        settings["activation"] = kinds if len(kinds) < MOST_KINDS else ""
    if own_data is not None:
        settings["data"] = data_text(own_data)
    if jumpstart is not None:
        settings["jumpstart"] = jumpstart
    return replace(
        empty,
        created=datetime.fromtimestamp(created, UTC),
        name=name or empty.id,
        note=note,
        parent=parent,
        state=effective_state(state, owner_of(*owner)),
        epochs=epoch,
        train_accuracy=train_accuracy,
        test_accuracy=test_accuracy,
        **_counts(status, units),
        **settings,
    )


def own_network_text(layers: int) -> str:
    """Of a network that no configuration describes, as in `own, 3 layers`."""
    return f"own, {layers} layer{'' if layers == 1 else 's'}"


def data_text(description: str) -> str:
    """What data that a file holds are called there."""
    if len(description) > MOST_TEXT:
        raise ValueError("a text is too long")
    name = json.loads(description).get("name", "")
    if not isinstance(name, str) or len(name) > MOST_NAME:
        raise ValueError("its data have a name that is none")
    return name or OWN_DATA


def _settings(config: str | None, *, pruned: bool) -> dict[str, Any]:
    if config is None:
        return {"data": OWN_DATA}
    if len(config) > MOST_TEXT:
        raise ValueError("a text is too long")
    found = build(RunConfig, json.loads(config))
    return {
        "data": found.data.name,
        "network": network_text(found.network) + (", pruned" if pruned else ""),
        "activation": found.network.activation,
        "jumpstart": found.jumpstart.weight,
        "planned_epochs": None if pruned and found.start is None else found.epochs,
    }


def network_text(network: NetworkConfig) -> str:
    """As in `rectangular 30 × 8, skip 2`."""
    parts = [f"{network.name} {network.depth} × {network.width}"]
    if network.skip:
        parts.append(f"skip {network.skip}")
    if network.batch_norm:
        parts.append("batch norm")
    return ", ".join(parts)


def _counts(status: bytes | None, units: int) -> dict[str, Any]:
    if status is None:
        return {}
    if not 1 <= units <= MOST_UNITS:
        raise ValueError(f"it has {units} units")
    counts = np.bincount(unpack(status, np.dtype(np.uint8), (units,)), minlength=len(UnitStatus))
    return {kind.word: int(counts[kind]) for kind in UnitStatus}
