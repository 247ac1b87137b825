"""How far a long pass is: a bar on the terminal, or a call of somebody's own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[int, int | None], None]
"""Called with how many samples are done, and of how many (`None`: not known)."""


@contextmanager
def shown(progress: bool | Progress, total: int | None) -> Iterator[Callable[[int], None]]:
    """Yields what is called with the number of samples done so far."""
    if callable(progress):
        call = progress
        yield lambda done: call(done, total)
        return
    if not progress:
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("samples"), MofNCompleteColumn(), BarColumn(), TimeRemainingColumn(compact=True))
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("samples", total=total)
        yield lambda done: bar.update(task, completed=done)
