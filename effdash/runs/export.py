"""A run for others: its tables as Parquet and CSV, and the file itself as it stands at this moment."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd

from effdash.runs.creation import move_without_replacing
from effdash.runs.healing import let_go
from effdash.runs.reader import Run
from effdash.runs.storage import copy_into, in_words, reading, temporary_file


def export_tables(run: Run, folder: str | Path) -> list[Path]:
    """Writes `epochs`, `changes`, `units` and `points` into `folder`, as Parquet and as CSV; gives the files.

    Units and points hold every recorded epoch and split; they are written epoch by epoch, so that a large run
    fits into memory.
    Files of these names are replaced.

    Raises:
        UserError: the folder cannot be written, or the run cannot be read.
    """
    folder = Path(folder)
    epochs = run.recorded_epochs
    with in_words(folder, "cannot be written"):
        folder.mkdir(parents=True, exist_ok=True)
        return [
            *_write(folder / "epochs", iter([run.epochs()])),
            *_write(folder / "changes", iter([run.changes()])),
            *_write(folder / "units", _parts(run.units, run, epochs)),
            *_write(folder / "points", _parts(run.points, run, epochs)),
        ]


def export_file(run: Run, target: str | Path) -> Path:
    """Writes a copy of the run as it is now, also while it trains; the copy belongs to no trainer.

    Raises:
        UserError: `target` is there already or cannot be written.
    """
    target = Path(target)
    with (
        temporary_file(target.parent) as temporary,
        reading(run.path, frozen=run.shipped) as source,
        in_words(target, "cannot be written"),
    ):
        copy_into(source, temporary)
        let_go(temporary)
        move_without_replacing(temporary, target)
    return target


def _parts(table: Callable[..., pd.DataFrame], run: Run, epochs: list[int]) -> Iterator[pd.DataFrame]:
    """A table's rows, an epoch and a split at a time, all with the same columns."""
    wanted: list[int | None] = [*epochs] or [None]
    columns = table(epoch=wanted[0]).columns
    for epoch in wanted:
        for split in run.splits:
            # A gradient is known on train alone.
            yield table(epoch=epoch, split=split).reindex(columns=columns)


def _write(base: Path, parts: Iterator[pd.DataFrame]) -> list[Path]:
    import pyarrow
    import pyarrow.parquet

    parquet, csv = base.with_suffix(".parquet"), base.with_suffix(".csv")
    first = next(parts)
    first.to_csv(csv, index=False)
    rows = pyarrow.Table.from_pandas(first, preserve_index=False)
    with pyarrow.parquet.ParquetWriter(parquet, rows.schema) as writer:
        writer.write_table(rows)
        for part in parts:
            part.to_csv(csv, index=False, header=False, mode="a")
            writer.write_table(pyarrow.Table.from_pandas(part, schema=rows.schema, preserve_index=False))
    return [parquet, csv]
