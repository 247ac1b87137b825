"""Whether a network learned, by its accuracy; and what its accuracy and loss say about why not."""

from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from typing import Final

import numpy as np

from effdash.diagnosis.case import Case
from effdash.diagnosis.evidence import SplitEvidence
from effdash.diagnosis.finding import Evidence, Severity
from effdash.vocab import LOSS, TASK_LOSS, TEST_ACCURACY, TRAIN_ACCURACY, Split

FEW_EPOCHS: Final = 5
"""Trained epochs before which a network may just not have begun: the slowest preset that learns on digits
(8 layers) is at .17 after 1 epoch and .20 after 2, and the linked one on two moons begins within 50."""

BEGUN: Final = 0.1
"""Of the way from the commonest class to perfect. What stays below it has hardly begun: born-dead networks
end at 0, those that learn at .9 and more."""

MOST: Final = 0.75
"""Of the same way; from there on a network is said to have learned. Those that train end at .8 and more;
batch normalization over 30 layers, of which 2 in 10 train (FINDINGS 6), stays at .6."""

FALL: Final = 0.1
"""From the best accuracy to the last. Networks that learn end within .03 of their best; those that die by
their learning rate lose .3 and more (FINDINGS 9)."""

STILL: Final = 0.02
"""Accuracy gained in the last fifth, up to which a network has settled."""

FALLING: Final = 2e-4
"""Part of the loss lost in the last fifth, from which it still falls. A born-dead network's moves by 1e-6;
one with a learning rate 200 times too low loses 1.4e-4 an epoch."""

LESS: Final = 0.5
"""Of its first loss, from which down on a network without classes is taken to learn."""

ENOUGH_ROWS: Final = 10
"""Recorded epochs below which a fifth of them is no trend."""


class Outcome(Enum):
    """What became of the training so far."""

    UNKNOWN = auto()
    EARLY = auto()
    NOTHING = auto()
    FELL = auto()
    PARTLY = auto()
    LEARNED = auto()


@dataclass(frozen=True, eq=False)
class Learning:
    """The accuracy of a run against always answering the commonest class; on train, where it is known."""

    case: Case

    @cached_property
    def split(self) -> Split:
        known = self.case.record.epochs[TRAIN_ACCURACY].notna().any()
        return Split.TRAIN if known or self.case.record.test is None else Split.TEST

    @property
    def on(self) -> SplitEvidence:
        test = self.case.record.test
        return test if self.split is Split.TEST and test is not None else self.case.record.train

    @cached_property
    def accuracies(self) -> np.ndarray:
        """At every recorded epoch, nan where unknown, float (epoch)."""
        return self.accuracies_on(self.split)

    def accuracies_on(self, split: Split) -> np.ndarray:
        column = TRAIN_ACCURACY if split is Split.TRAIN else TEST_ACCURACY
        return self.case.record.epochs[column].to_numpy(np.float64)

    @cached_property
    def losses(self) -> np.ndarray:
        """The task's at every recorded epoch, float (epoch); the whole where its parts are not told."""
        epochs = self.case.record.epochs
        return epochs[TASK_LOSS if epochs[TASK_LOSS].notna().any() else LOSS].to_numpy(np.float64)

    @cached_property
    def loss_ends(self) -> tuple[int, int] | None:
        """The rows of the first and the last loss that is known; `None`: there are not two of them."""
        known = np.flatnonzero(np.isfinite(self.losses))
        return (int(known[0]), int(known[-1])) if len(known) > 1 else None

    @property
    def learned_by_loss(self) -> bool:
        """Whether a network without classes, which no accuracy judges, has lost much of its loss."""
        if self.case.record.n_classes != 0 or self.outcome is not Outcome.UNKNOWN or self.loss_ends is None:
            return False
        first, last = (float(self.losses[row]) for row in self.loss_ends)
        return 0 <= last < LESS * first

    @cached_property
    def shares(self) -> np.ndarray | None:
        """The share of every class, float (class); `None`: unknown."""
        counts = self.on.class_counts
        return None if counts is None or counts.sum() == 0 else counts / counts.sum()

    @cached_property
    def chance(self) -> float | None:
        """Accuracy of always answering the commonest class."""
        return None if self.shares is None else float(self.shares.max())

    @property
    def now(self) -> float:
        return float(self.accuracies[-1])

    @cached_property
    def settled(self) -> float:
        """The accuracy of the last three epochs, so that one unlucky epoch decides nothing."""
        return float(np.nanmedian(self.accuracies[-3:]))

    @cached_property
    def best_row(self) -> int:
        return int(np.nanargmax(self.accuracies))

    def way(self, value: float) -> float:
        """How far an accuracy is from the commonest class (0) to perfect (1)."""
        chance = self.chance or 0.0
        return (value - chance) / (1 - chance)

    @cached_property
    def one_class(self) -> bool:
        return self.chance == 1

    @cached_property
    def trained_epochs(self) -> int:
        return int(np.count_nonzero(self.case.epochs > 0))

    @cached_property
    def fell(self) -> bool:
        best = float(self.accuracies[self.best_row])
        return self.way(best) > BEGUN and best - max(self.settled, self.now) >= FALL

    @cached_property
    def outcome(self) -> Outcome:
        if np.isnan(self.accuracies[-1]) or self.chance is None or self.one_class:
            return Outcome.UNKNOWN
        if self.way(self.now) >= MOST and not self.fell:
            return Outcome.LEARNED
        if self.trained_epochs < FEW_EPOCHS:
            return Outcome.EARLY
        if self.fell:
            return Outcome.FELL
        return Outcome.PARTLY if self.way(max(self.now, self.settled)) > BEGUN else Outcome.NOTHING

    @property
    def failed(self) -> bool:
        """Whether it had its time and learned nothing, or lost what it had learned."""
        return self.outcome in (Outcome.NOTHING, Outcome.FELL)

    @property
    def stuck(self) -> bool:
        """Whether it learned nothing, and nothing moves: more time would not help."""
        return self.outcome is Outcome.NOTHING and not self.improves and not self.loss_falls

    @property
    def suspect(self) -> bool:
        """Whether it failed, or has not yet shown what it can and has no means to mend what is wrong."""
        early = self.outcome is Outcome.EARLY
        early = early or (self.outcome is Outcome.UNKNOWN and not self.learned_by_loss)
        return self.failed or (early and not self.case.jumpstarted and not self.case.bypassed)

    @property
    def to_wake_units(self) -> tuple[str, ...]:
        """What wakes units, unless the accuracy fell: the learning rate is the cure then, as jumpstart keeps
        units alive and does not save the accuracy (FINDINGS 9)."""
        if not self.suspect or self.outcome is Outcome.FELL:
            return ()
        slower = ("a lower learning rate",) if self.case.died_since is not None else ()
        return (*slower, *self.case.to_wake_units)

    @property
    def severity(self) -> Severity:
        """Of something that keeps networks from learning: no harm is seen where this one learns."""
        return Severity.ILL if self.failed else Severity.NOTE

    @cached_property
    def class_answered(self) -> str | None:
        """The one class whose share the accuracy is, to within half a sample."""
        if self.shares is None:
            return None
        alike = np.flatnonzero(np.abs(self.shares - self.now) * self.on.observed < 0.5)
        names = self.case.record.class_names
        if len(alike) != 1 or not names:
            return None
        name = names[int(alike[0])]
        return f"‘class {name}’" if name.isdigit() else f"‘{name}’"

    @cached_property
    def answers_one_class(self) -> bool:
        """Whether the accuracy is exactly a class's share."""
        return self.shares is not None and bool(
            (np.abs(self.shares - self.now) * self.on.observed < 0.5).any()
        )

    @cached_property
    def improves(self) -> bool:
        """Whether its accuracy still rose in the last fifth of what is recorded."""
        before, after = self._last_fifths(self.accuracies)
        return after - before >= STILL

    @cached_property
    def loss_falls(self) -> bool:
        """Whether its loss still fell in the last fifth of what is recorded."""
        losses = self.losses
        before, after = self._last_fifths(losses)
        fifth = len(losses) // 5
        # With batches it goes up and down by more than that: so all of the last fifth has to lie lower.
        steadily = fifth > 0 and losses[-fifth:].max() < losses[-2 * fifth : -fifth].min()
        return bool(after < before - FALLING * abs(before) and steadily)

    def _last_fifths(self, values: np.ndarray) -> tuple[float, float]:
        """The medians of the last two fifths; nan where too little is recorded."""
        rows = len(values) // 5
        if len(values) < ENOUGH_ROWS or not np.isfinite(values[-2 * rows :]).all():
            return np.nan, np.nan
        return float(np.median(values[-2 * rows : -rows])), float(np.median(values[-rows:]))

    def seen(self, row: int = -1) -> Evidence:
        return Evidence(epoch=int(self.case.epochs[row]), split=self.split)
