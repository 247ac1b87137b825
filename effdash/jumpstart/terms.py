"""The written formula: which terms there are, what each weighs, and how they become one number."""

from dataclasses import dataclass
from math import isfinite
from typing import Final

from effdash.vocab import UserError

AGGREGATIONS: Final = ("balanced", "mean", "norm")


@dataclass(frozen=True)
class Terms:
    """The settings of the regularizer, checked; `effdash.jumpstart.jumpstart_loss` describes each.

    Raises:
        UserError: a setting is out of range, or every term is switched off.
    """

    sign_balance: float = 0.5
    aggregation: str = "balanced"
    unit: bool = True
    point: bool = True
    positive: bool = True
    negative: bool = True
    margin: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.sign_balance <= 1:
            raise UserError(f"sign_balance is {self.sign_balance!r}, but should lie between 0 and 1")
        if self.aggregation not in AGGREGATIONS:
            raise UserError(
                f"aggregation {self.aggregation!r} is unknown; known are {', '.join(AGGREGATIONS)}"
            )
        if not isfinite(self.margin):
            raise UserError(f"margin is {self.margin!r}, but should be a finite number")
        if not (self.unit or self.point):
            raise UserError("unit and point are both False, but jumpstart needs one kind of terms")
        if not (self.positive or self.negative):
            raise UserError("positive and negative are both False, but jumpstart needs one sign")

    @property
    def signs(self) -> tuple[float, float]:
        """What a positive and a negative term weigh inside an entry of `U` or `P`."""
        return self.positive * self.sign_balance, self.negative * (1 - self.sign_balance)

    def entry_weights(self, n_unit_entries: int, n_point_entries: int) -> tuple[float, float]:
        """What an entry of `U` and an entry of `P` weigh in the loss; 1 under `norm`, which is not linear."""
        if self.aggregation == "norm":
            return 1.0, 1.0
        if self.aggregation == "mean":
            share = 1 / (self.unit * n_unit_entries + self.point * n_point_entries)
            return share, share
        return 1 / n_unit_entries, 1 / n_point_entries
