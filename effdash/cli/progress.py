"""What a terminal shows while a network trains, or is pruned."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from effdash.runs import EpochRecord


@contextmanager
def watched(*, silent: bool) -> Iterator["Callable[[EpochRecord, int], None] | None"]:
    """A progress bar on a terminal: epoch, loss, accuracy and what the units do. Nothing elsewhere.

    Yields what training calls with every recorded epoch and the number of epochs, or None.
    """
    if silent or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("epoch"),
        MofNCompleteColumn(),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[facts]}"),
        TimeRemainingColumn(compact=True),
        console=Console(stderr=True),
    )
    with bar:
        task = bar.add_task("training", total=None, facts="")

        def on_epoch(record: "EpochRecord", epochs: int) -> None:
            bar.update(task, completed=record.epoch, total=epochs, facts=facts(record))

        yield on_epoch


@contextmanager
def busy(what: str, *, silent: bool) -> Iterator[None]:
    """What is being done and for how long, on a terminal, while it is done. Nothing elsewhere."""
    if silent or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        progress.add_task(what, total=None)
        yield


def facts(record: "EpochRecord") -> str:
    """An epoch in a few words: loss, accuracy, and the share of dead and linear units on train."""
    from effdash.vocab import LOSS, TRAIN_ACCURACY, UnitStatus

    status = record.train.unit_status
    dead, linear = (float((status == kind).mean()) for kind in (UnitStatus.DEAD, UnitStatus.LINEAR))
    loss, accuracy = record.scalars[LOSS], record.scalars[TRAIN_ACCURACY]
    return f"loss {loss:.3g} · train {accuracy:.3f} · dead {dead:.0%} · linear {linear:.0%}"


@contextmanager
def counted_off(what: str, of: int, *, silent: bool) -> Iterator["Callable[[int, int], None] | None"]:
    """A bar on a terminal that counts things, told `(done, of)`; nothing elsewhere."""
    if silent or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), MofNCompleteColumn(), BarColumn(bar_width=24), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(what, total=of)
        yield lambda done, _: progress.update(task, completed=done)
