"""A run under examination: what several findings ask of its arrays, counted once."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from effdash.diagnosis.evidence import RunEvidence, SplitEvidence
from effdash.diagnosis.finding import Evidence
from effdash.vocab import EPOCH, JUMPSTART, LEARNING_RATE, Split, UnitStatus, UserError, is_constant

HINGES: Final = ("relu", "relu6")
"""Where a linear unit is one that, like a dead one, bends nothing, and was meant to. Of other kinds linear
units are no sign: linked networks train with .44 of theirs linear (FINDINGS 6)."""

BORN: Final = 0.25
"""Share of units dead or linear from which it is told. Networks of 2 or 4 layers are born with 0 to .05, 8
layers with about .5 (and learn), 30 with .91-.95 (and do not; FINDINGS 9)."""

DEATHS: Final = 0.2
"""Rise of the dead share that counts as dying. It is .3-.6 with a learning rate too high (FINDINGS 9);
networks that learn move by less than .1."""

CROSSING: Final = 0.1
"""Rise of the dead share from which on units are dying, where they do."""


@dataclass(frozen=True, eq=False)
class Case:
    """A run looked at on one split."""

    record: RunEvidence
    split: Split = Split.TRAIN

    @classmethod
    def on_split(cls, record: RunEvidence, split: str) -> "Case":
        """Raises `UserError` where nothing is recorded, or not on this split."""
        if len(record.epochs) == 0:
            raise UserError("this run has recorded no epoch yet")
        known = [Split.TRAIN] if record.test is None else list(Split)
        if split not in known:
            raise UserError(f"split {split!r} is not in this run; it has {', '.join(known)}")
        return cls(record, Split(split))

    # Epochs

    @cached_property
    def epochs(self) -> np.ndarray:
        """The recorded epochs, int (epoch)."""
        return self.record.epochs[EPOCH].to_numpy()

    @property
    def first(self) -> int:
        return int(self.epochs[0])

    @property
    def last(self) -> int:
        return int(self.epochs[-1])

    @property
    def at_first(self) -> str:
        """When the first row was recorded, in words."""
        if not self.record.untrained_at_first:
            return f"at epoch {self.first}"
        return "before the first step" if self.first == 0 else f"at epoch {self.first}, the first recorded"

    @property
    def where(self) -> str:
        """The data that statuses were taken on, in words."""
        return self.record.elsewhere or str(self.split)

    @property
    def every_sample(self) -> str:
        if self.record.elsewhere is None:
            return f"every {self.split} sample"
        return f"every sample of {self.where}"

    @property
    def at_last(self) -> str:
        if self.record.elsewhere is not None:
            return f"at epoch {self.last}"
        return self.at_first if self.last == self.first else f"at epoch {self.last}"

    def since(self, holds: np.ndarray) -> int | None:
        """Row from which on something holds up to the end; `None`: it does not hold at the end."""
        if not holds[-1]:
            return None
        broken = np.flatnonzero(~holds)
        return int(broken[-1]) + 1 if len(broken) else 0

    def since_words(self, row: int) -> str:
        if self.record.elsewhere is not None:
            return self.at_last
        return f"since {self.at_first.removeprefix('at ')}" if row == 0 else f"since epoch {self.epochs[row]}"

    # Units

    @property
    def on(self) -> SplitEvidence:
        """What was seen on the split."""
        if self.split is Split.TEST and self.record.test is not None:
            return self.record.test
        return self.record.train

    @property
    def n_units(self) -> int:
        return self.on.status.shape[1]

    @cached_property
    def layer_of(self) -> np.ndarray:
        """The place of every unit's layer, int (unit)."""
        layers = self.record.layers
        return np.repeat(np.arange(len(layers)), [layer.units for layer in layers])

    @cached_property
    def hinged(self) -> np.ndarray:
        """Units that stop working where they are linear, bool (unit)."""
        kinds = np.array([layer.kind in HINGES for layer in self.record.layers])
        return kinds[self.layer_of]

    @property
    def idle_word(self) -> str:
        return "dead or linear" if self.hinged.any() else "dead"

    @cached_property
    def dead(self) -> np.ndarray:
        """How many units are dead, int (epoch)."""
        return np.count_nonzero(self.on.status == UnitStatus.DEAD, axis=1)

    @cached_property
    def idle(self) -> np.ndarray:
        """How many units are dead or, at a hinge, linear, int (epoch)."""
        status = self.on.status
        return self.dead + np.count_nonzero(status[:, self.hinged] == UnitStatus.LINEAR, axis=1)

    @cached_property
    def died_since(self) -> int | None:
        """Row since which the dead share stays clearly above its first value; `None`: units do not die."""
        risen = self.dead - int(self.dead[0])
        if risen[-1] < DEATHS * self.n_units:
            return None
        return self.since(risen >= CROSSING * self.n_units)

    @property
    def many_idle(self) -> bool:
        """Whether so many are at the last epoch that waking them is worth trying."""
        return bool(self.idle[-1] >= BORN * self.n_units)

    @cached_property
    def constant(self) -> np.ndarray:
        """Units that say the same of every sample at the last epoch, bool (unit)."""
        low, high = self.on.low.astype(np.float64), self.on.high.astype(np.float64)
        return is_constant(low, high)

    def everywhere(self, units: np.ndarray) -> np.ndarray:
        """Layers all of whose units are marked: bool (…, unit) to bool (…, layer)."""
        return np.logical_and.reduceat(units, self._starts, axis=-1)

    def layer_means(self, values: np.ndarray) -> np.ndarray:
        """Mean of a quantity over each layer's units that have it, float (layer); nan where none has."""
        known = ~np.isnan(values)
        sums = np.add.reduceat(np.where(known, values, 0).astype(np.float64), self._starts)
        counts = np.add.reduceat(known.astype(np.int64), self._starts)
        return np.divide(sums, counts, out=np.full(len(counts), np.nan), where=counts > 0)

    @property
    def _starts(self) -> np.ndarray:
        return np.searchsorted(self.layer_of, np.arange(len(self.record.layers)))

    # What is known of the network and its training

    @property
    def bypassed(self) -> bool | None:
        """Whether ways lead around layers; `None` where nothing is known of the network."""
        return self.record.bypassed

    @property
    def jumpstarted(self) -> bool:
        """Whether jumpstart was on at the last epoch, or is to be."""
        return bool(self.record.epochs[JUMPSTART].fillna(0).iloc[-1] > 0)

    @property
    def learning_rate(self) -> float:
        """The highest it was; nan where it is unknown."""
        return float(self.record.epochs[LEARNING_RATE].max())

    @property
    def to_wake_units(self) -> tuple[str, ...]:
        """What brings gradient back into a network, less what this one has (FINDINGS 6)."""
        config = self.record.config
        if config is not None and config.network.init == "zero":
            # Its units are all alike: jumpstart and skip connections leave them so.
            return ("another initialisation",)
        saturated = all(layer.kind == "sigmoid" for layer in self.record.layers)
        # Of 20 layers of sigmoids none of 4 learned with jumpstart, and each of 2 with skip connections.
        remedies = ["another activation"] if saturated else ["another initialisation"]
        if not self.jumpstarted and not saturated:
            remedies.insert(0, "jumpstart")
        if not self.bypassed:
            remedies.append("skip connections")
        return tuple(remedies)

    # Evidence

    def seen(self, row: int = -1, *, layer: int | None = None, units: np.ndarray | None = None) -> Evidence:
        """Evidence at a row of the epochs, in a layer, or in the units marked (bool (unit)).

        One unit is named where one alone is meant.
        """
        cells = np.flatnonzero(units) if units is not None else np.empty(0, np.int64)
        unit = None
        if len(cells):
            places = np.unique(self.layer_of[cells])
            layer = int(places[0]) if len(places) == 1 else layer
            if len(cells) == 1:
                unit = int(cells[0] - self._starts[places[0]])
        return Evidence(
            epoch=int(self.epochs[row]),
            layer=None if layer is None else self.record.layers[layer].name,
            unit=unit,
            split=self.split,
            cells=tuple(cells.tolist()),
        )
