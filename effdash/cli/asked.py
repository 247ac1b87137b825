"""How to prune, as it was typed: by options, or by a plan in a file."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from torch import nn

    from effdash.data import Dataset
    from effdash.pruning import Choice, Reference
    from effdash.pruning import Path as RemovalPath
    from effdash.runs import Run

METHOD: Final = "margin"


@dataclass(frozen=True)
class Asked:
    """How to prune, as it was typed."""

    method: str
    amount: float | None
    compensate: bool
    tolerance: float | None
    plan: Path | None
    vanish: bool = False

    def refuse_contradictions(self, *, auto: bool) -> None:
        """Raises a UserError where two options say the same, or one is out of range."""
        from effdash.vocab import UserError

        plain = Asked(METHOD, None, True, None, self.plan)
        if self.plan is not None and (auto or self != plain):
            raise UserError("--plan says itself what goes and how; leave out what says so as well, or --plan")
        if self.amount is not None and auto:
            raise UserError("--auto and --amount both say how much goes; give one of them")
        if self.amount is not None and self.tolerance is not None:
            raise UserError("--tolerance belongs to --auto; leave out --amount or --tolerance")
        if self.amount is not None and not 0 <= self.amount <= 1:
            raise UserError(
                f"amount = {self.amount} is out of range; it is a share of the units, from 0 to 1"
            )

    def choice(
        self, reference: "Reference", run: "Run", model: "nn.Module", data: "Dataset", epoch: int
    ) -> "tuple[RemovalPath, Choice]":
        """The choice, and the removal path that it is made on.

        Raises:
            UserError: an unknown method, or a plan that cannot be read or was made for something else.
        """
        from effdash.pruning import Choice, applies_to, find_auto, plan_removals, read_plan

        if self.plan is not None:
            choice = read_plan(_plan_text(self.plan), applies_to(model, data, run_id=run.id, epoch=epoch))
            return plan_removals(reference, choice.method, vanish=choice.vanish), choice
        choice = Choice(
            method=self.method,
            compensate=self.compensate,
            tolerance=self.tolerance or 0.0,
            vanish=self.vanish,
        )
        path = plan_removals(reference, self.method, vanish=self.vanish)
        if self.amount is None:
            return path, find_auto(reference, path, choice)
        # What is asked for in shares is meant in whole units.
        return path, choice.taking(round(self.amount * _units_that_can_go(reference)))


def _units_that_can_go(reference: "Reference") -> int:
    """In all groups that can lose some, the last ones of each counted."""
    return sum(
        units.size for number in reference.prunable for units in reference.groups[number].sites.values()
    )


def _plan_text(path: Path) -> str:
    """A plan in a file of its own, or the one in a report.

    Raises:
        UserError: there is no such file, or it is no text.
    """
    from effdash.figures.pruning_report import plan_in
    from effdash.vocab import UserError

    if not path.is_file():
        raise UserError(f"--plan {path} is no file")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UserError(f"--plan {path} is no text; it should be a plan as JSON, or a report") from None
    return plan_in(text) if text.lstrip()[:1] == "<" else text
