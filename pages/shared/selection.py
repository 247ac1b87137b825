"""What is looked at: a run at an epoch, on a split, and maybe a second run beside it."""

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np

from effdash.config import RunConfig
from effdash.figures.unit_map import nearest_earlier
from effdash.runs import Run
from effdash.runs.settings import config_or_none
from effdash.vocab import RunState, Split, UserError
from pages.shared import readers
from pages.shared.view import View, current_view

LIVE: Final = (RunState.RUNNING, RunState.PAUSED)


class Link(NamedTuple):
    """What lets figures move their epoch together: its name, and the newest epoch, where runs share it."""

    name: str
    end: int | None = None


@dataclass(frozen=True, eq=False)
class Picked:
    """The run on the page, and the one beside it.

    `epochs` are the recorded ones, rising; `epoch` is one of them, or `None`: the newest, which is followed.
    """

    run: Run
    state: RunState
    version: readers.Version
    epochs: np.ndarray
    epoch: int | None
    split: Split
    view: View
    beside: "Picked | None" = None
    shared_link: Link | None = None

    @property
    def link(self) -> Link:
        """That of this run's figures."""
        return self.shared_link or Link(self.run.id)

    @property
    def states(self) -> tuple[RunState | None, ...]:
        """The state of this run, and of the one beside it."""
        return self.state, None if self.beside is None else self.beside.state

    @property
    def live(self) -> bool:
        """Whether this run, or the one beside it, goes on."""
        return any(state in LIVE for state in self.states)

    @property
    def slider_epochs(self) -> np.ndarray:
        """The epochs that were recorded in this run or in the one beside it, rising."""
        return self.epochs if self.beside is None else np.union1d(self.epochs, self.beside.epochs)

    @property
    def slider_epoch(self) -> int | None:
        """The nearest of them up to the one that the address names; `None`: the newest."""
        wanted, epochs = self.view.epoch, self.slider_epochs
        return None if wanted is None else int(epochs[nearest_earlier(epochs, wanted)])

    @property
    def config(self) -> RunConfig | None:
        """What the run was trained from; `None`: effdash did not train it, it was watched or loaded."""
        return config_or_none(self.run)

    @property
    def splits(self) -> list[Split]:
        """Those that the run has statuses on: train, and test where there is any."""
        return [Split(name) for name in self.run.splits]

    @property
    def shown_epoch(self) -> int:
        """The recorded epoch that is looked at."""
        return int(self.epochs[-1]) if self.epoch is None else self.epoch

    def nearest(self, epoch: int) -> int:
        """The nearest recorded epoch up to this one; the first, where all come after it."""
        return int(self.epochs[nearest_earlier(self.epochs, epoch)])

    def base_value(self, field: str) -> float:
        """What `jumpstart` or `lr` was set to last, before its schedule's factor.

        Raises:
            UserError: effdash did not train the run.
        """
        changes = readers.changes_table(self.run.id, self.version)
        turned = changes.loc[changes["field"] == field, "value"]
        config = self.run.config
        return (
            float(turned.iloc[-1])
            if len(turned)
            else {"jumpstart": config.jumpstart.weight, "lr": config.optimizer.lr}[field]
        )

    @property
    def planned_epochs(self) -> int | None:
        """How many epochs it was to train; `None`: it holds a network as pruning left it, or nobody knows."""
        config = self.config
        if config is None or (self.run.graph is not None and config.start is None):
            return None
        return config.epochs

    @property
    def row(self) -> int:
        """The place of the epoch that is looked at among the recorded ones."""
        return int(np.searchsorted(self.epochs, self.shown_epoch))

    @property
    def kept_weights(self) -> int:
        """The nearest epoch up to the one looked at whose weights are kept.

        Raises:
            UserError: none are.
        """
        return readers.kept_weights(self.run.id, self.shown_epoch, self.version)

    @property
    def split_words(self) -> str:
        """The split in words, with its part where not all of it is looked at."""
        size = self.run.data_size(self.split)
        part = "" if size.observed == size.total else f", {size.observed:,} of {size.total:,}"
        return f"{self.split}{part}"


def refreshed(picked: Picked) -> Picked:
    """The same as it stands now, at the epoch and unit that the address names now; for fragments.

    A second run that was deleted is not there any more, which `states` tells.

    Raises:
        UserError: the run was deleted, or its file cannot be read any more.
    """
    view = current_view()
    first = as_picked(readers.find_run(picked.run.id), view)
    if picked.beside is None:
        return first
    try:
        second = as_picked(readers.find_run(picked.beside.run.id), view)
    except UserError:
        return first
    link = Link(
        f"{first.run.id} beside {second.run.id}", max(first.version.last_epoch, second.version.last_epoch)
    )
    return replace(first, beside=replace(second, shared_link=link), shared_link=link)


def as_picked(run: Run, view: View) -> Picked:
    """A run at the nearest recorded epoch up to the one that the address names."""
    split = view.split if view.split in run.splits else Split.TRAIN
    version = readers.Version.of(run)
    epochs = readers.epochs_table(run.id, version)["epoch"].to_numpy()
    picked = Picked(run, run.state, version, epochs, None, split, view)
    return picked if view.epoch is None else replace(picked, epoch=picked.nearest(view.epoch))
